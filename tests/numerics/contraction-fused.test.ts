import { expect, test } from 'vitest'
import { configure } from '../../src/index.ts'
import { fmaRule } from '../../src/runtime/engine.ts'
import { expectWrittenOrder } from './contraction-cases.ts'

// The rule belongs to the whole process; every test file has one of its own.
configure({ relaxedSimd: 'enable' })

test('with relaxed SIMD the products of a contraction are fused multiply-adds, in every mode', () => {
  expect(fmaRule()).toBe('fused')
  expectWrittenOrder()
})
