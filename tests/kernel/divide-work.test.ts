import { describe, expect, it } from 'vitest'
import { Names } from '../../src/kernel/binding.ts'
import * as k from '../../src/kernel/builder.ts'
import { divideWork } from '../../src/kernel/divide-work.ts'
import type { Buffer, Expr, LoopIndex, Statement, Variable } from '../../src/kernel/ir.ts'
import { printKernel } from '../../src/kernel/print.ts'
import { verifyKernel } from '../../src/kernel/verify.ts'

const i: LoopIndex = { name: 'i' }
const a: Buffer = { name: 'a', dtype: 'float32', elementCount: 10 }
const c: Buffer = { name: 'c', dtype: 'float32', elementCount: 10 }
const each = k.at(k.affine(0, { index: i, stride: 1 }))
const store = (value: Expr, at = each): Statement => ({ kind: 'store', buffer: c, at, value, laneStride: 0 })
const last = k.at(k.affine(9))
const loop = (...body: Statement[]): Statement => ({ kind: 'loop', index: i, extent: 8, step: 1, body, parallel: true })
const scale: Variable = { name: 'scale', type: k.register('f32', 1) }
const setScale: Statement = { kind: 'let', variable: scale, value: k.load(a, k.at(k.affine(0)), 1, 0) }

/** The divided body as text, verified. */
function divided(...body: Statement[]): string[] {
  const kernel = {
    name: 'test',
    reads: [a, c],
    writes: [c],
    scratch: [],
    body: divideWork(body, new Names()),
    sources: [],
  }
  verifyKernel(kernel)
  return printKernel(kernel)
    .split('\n')
    .slice(3, -1) // without the header
    .map((line) => line.replace(/^ {2}/, ''))
    .filter((line) => line !== '' && line !== '}')
}

describe('divideWork', () => {
  it('gives what stands beside a parallel loop to one thread', () => {
    expect(divided(loop(store(k.load(a, each, 1, 0))), store(k.f32(1), last))).toEqual([
      'parallel for i in 0..8 {',
      '  c[i] = a[i]',
      'parallel for once0 in 0..1 {',
      '  c[9] = 1',
    ])
  })

  it('lets every thread bind what parallel loops read, and make the checks in front of them', () => {
    const check: Statement = { kind: 'check', ok: k.compare('lt', k.read(scale), k.f32(2)), value: k.i32(0), site: 1 }
    expect(divided(setScale, check, loop(store(k.read(scale))), store(k.read(scale), last))).toEqual([
      'let scale: f32 = a[0]',
      'check scale < 2 else site 1 reports 0',
      'parallel for i in 0..8 {',
      '  c[i] = scale',
      'parallel for once0 in 0..1 {',
      '  c[9] = scale',
    ])
  })

  it('leaves nothing parallel where threads would share a variable that changes, or a value that is stored over', () => {
    const changing: Statement = { kind: 'assign', variable: scale, value: k.f32(3) }
    expect(divided(setScale, changing, loop(store(k.read(scale))))).toContain('for i in 0..8 {')
    const overwritten: Statement = { kind: 'let', variable: scale, value: k.load(c, last, 1, 0) }
    expect(divided(overwritten, loop(store(k.read(scale))))).toContain('for i in 0..8 {')
  })

  it('drops barriers where nothing is divided', () => {
    expect(divided(store(k.f32(1), last), { kind: 'barrier' }, store(k.f32(2), last))).toEqual(['c[9] = 1', 'c[9] = 2'])
  })
})
