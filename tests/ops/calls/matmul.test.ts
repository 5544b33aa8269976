import { describe, expect, test } from 'vitest'
import { dot, matmul, outer, sum } from '../../../src/ops/calls/index.ts'
import type { Value } from '../../../src/ops/interpreter.ts'
import { f32, f64, i32, u8 } from '../host-array.ts'
import { applied, byReference, gradients, host, reference } from '../reference-interpreter.ts'

const of = (call: () => Value) => byReference(() => host(call()))
const range = (count: number, from = 0): number[] => Array.from({ length: count }, (_, i) => i + from)
const a = reference(f64([2, 2, 3], ...range(12)))
const b = reference(f64([3, 2], ...range(6, -1)))
const c = reference(f64([2, 3, 2], ...range(12)))
const v = reference(f64([3], 1, -1, 2))

describe('matmul', () => {
  // As NumPy gives for a @ b.
  test('broadcasts the axes before the last two', () => {
    expect(of(() => matmul(a, b))).toEqual(f64([2, 2, 2], 7, 10, 16, 28, 25, 46, 34, 64))
    const first = reference(f64([1, 2, 3], ...range(6)))
    expect(of(() => matmul(first, c))).toEqual(f64([2, 2, 2], 10, 13, 28, 40, 28, 31, 100, 112))
    expect(of(() => matmul(reference(f64([2, 3], ...range(6))), c))).toEqual(
      f64([2, 2, 2], 10, 13, 28, 40, 28, 31, 100, 112),
    )
  })
  test('takes a 1-D operand as a row or a column', () => {
    expect(of(() => matmul(a, v))).toEqual(f64([2, 2], 3, 9, 15, 21))
    expect(of(() => matmul(v, b))).toEqual(f64([2], 4, 6))
    expect(of(() => matmul(v, c))).toEqual(f64([2, 2], 6, 8, 18, 20))
    expect(of(() => matmul(v, v))).toEqual(f64([], 6))
    expect(of(() => dot(v, v))).toEqual(f64([], 6))
    expect(of(() => outer(v, v)).elements).toEqual([1, -1, 2, -1, 1, -2, 2, -2, 4])
  })
  test('is a product and a sum where the second operand is one column', () => {
    const column = reference(f64([3, 1], -1, 1, 3))
    applied.length = 0
    expect(of(() => matmul(a, column))).toEqual(f64([2, 2, 1], 7, 16, 25, 34))
    expect(applied).not.toContain('matmul')
  })
  test('folds a batch into rows for a shared matrix', () => {
    applied.length = 0
    byReference(() => matmul(a, b))
    expect(applied).toEqual(['reshape', 'matmul', 'reshape'])
  })
  test('promotes, and keeps whole numbers whole', () => {
    expect(of(() => matmul(reference(i32([1, 2], 1, 2)), reference(i32([2, 2], 3, 4, 5, 6))))).toEqual(
      i32([1, 2], 13, 16),
    )
    expect(of(() => matmul(reference(u8([1, 2], 1, 2)), reference(f32([2, 2], 3, 4, 5, 6)))).dtype).toBe('float32')
  })
  test.each([
    ['batched by shared', a, b],
    ['batched by batched with broadcasting', reference(f64([1, 2, 3], ...range(6))), c],
    ['batched by vector', a, v],
    ['vector by batched', v, c],
    ['vector by vector', v, v],
  ])('has the gradient of its sum: %s', (_, x, y) => {
    byReference(() => {
      // For linear f, f(x) = ⟨∇f, x⟩.
      const total = sum(matmul(x, y))
      const [dx] = gradients(total, [x])
      const product = dx!.elements.reduce((inner, element, i) => inner + element * host(x).elements[i]!, 0)
      expect(product).toBeCloseTo(host(total).elements[0]! * (x === y ? 2 : 1), 9)
    })
  })
})
