import { describe, expect, test } from 'vitest'
import { avgPool2d, conv2d, maxPool2d, mul, sum } from '../../../src/ops/calls/index.ts'
import type { Value } from '../../../src/ops/interpreter.ts'
import { codeOf } from '../../nn/modes.ts'
import { f32, f64, i32, type HostArray } from '../host-array.ts'
import { byReference, gradients, host, reference } from '../reference-interpreter.ts'

const of = (call: () => Value): HostArray => byReference(() => host(call()))
const gradientOf = (x: HostArray, weights: readonly number[], call: (x: Value) => Value): readonly number[] =>
  byReference(() => {
    const leaf = reference(x)
    const result = call(leaf)
    return gradients(sum(mul(result, reference(f64(result.type.shape, ...weights)))), [leaf])[0]!.elements
  })
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i)
const grid = f64([1, 1, 3, 3], ...range(9))

describe('conv2d', () => {
  test('adds zeros around images, steps over them, and adds a bias for each output', () => {
    const ones = reference(f64([2, 1, 3, 3], ...range(18).map(() => 1)))
    const bias = reference(f64([2], 0, 100))
    expect(of(() => conv2d(reference(grid), ones, bias, { padding: 1, stride: 2 }))).toEqual(
      f64([1, 2, 2, 2], 8, 12, 20, 24, 108, 112, 120, 124),
    )
  })
  // height: ⌊(h + 2·padding − dilation·(k − 1) − 1) / stride⌋ + 1
  test.each([
    [{}, [2, 4, 6, 9]],
    [{ padding: 1 }, [2, 4, 8, 11]],
    [{ stride: 2 }, [2, 4, 3, 5]],
    [{ stride: [3, 1] as const, padding: [0, 2] as const }, [2, 4, 2, 13]],
    [{ dilation: 3 }, [2, 4, 2, 5]],
    [{ dilation: [1, 2] as const, stride: [2, 3] as const, padding: [2, 1] as const }, [2, 4, 5, 3]],
  ])('gives the sizes of PyTorch with %j', (options, shape) => {
    const x = reference(f64([2, 3, 8, 11], ...range(528)))
    expect(of(() => conv2d(x, reference(f64([4, 3, 3, 3], ...range(108))), null, options)).shape).toEqual(shape)
  })
  test('gives each group of outputs its own channels', () => {
    const x = reference(f64([1, 2, 1, 2], 1, 2, 10, 20))
    expect(of(() => conv2d(x, reference(f64([4, 1, 1, 1], 1, 2, 3, 4)), null, { groups: 2 }))).toEqual(
      f64([1, 4, 1, 2], 1, 2, 2, 4, 30, 60, 40, 80),
    )
  })
  test('multiplies in the stronger dtype', () => {
    expect(of(() => conv2d(reference(i32([1, 1, 1, 1], 3)), reference(f32([1, 1, 1, 1], 0.5))))).toEqual(
      f32([1, 1, 1, 1], 1.5),
    )
  })
  test('lets padding take part as zeros, which an infinite weight turns into NaN', () => {
    const weight = reference(f64([1, 1, 1, 3], Infinity, 1, 1))
    expect(of(() => conv2d(reference(f64([1, 1, 1, 1], 2)), weight, null, { padding: [0, 1] })).elements).toEqual([NaN])
  })
})

describe('maxPool2d and avgPool2d', () => {
  test('take windows side by side unless a stride is given', () => {
    const x = reference(f64([1, 1, 2, 5], 1, 2, 3, 4, 5, 6, 7, 0, 9, 0))
    expect(of(() => maxPool2d(x, 2))).toEqual(f64([1, 1, 1, 2], 7, 9))
    expect(of(() => maxPool2d(x, [1, 3], { stride: 1 }))).toEqual(f64([1, 1, 2, 3], 3, 4, 5, 7, 9, 9))
    expect(of(() => avgPool2d(x, 2))).toEqual(f64([1, 1, 1, 2], 4, 4))
  })
  test('pad with −∞ and with zeros that count', () => {
    const x = reference(f64([1, 1, 1, 2], -4, -8))
    expect(of(() => maxPool2d(x, [1, 2], { padding: [0, 1] })).elements).toEqual([-4, -8])
    expect(of(() => avgPool2d(x, [1, 2], { padding: [0, 1] })).elements).toEqual([-2, -4])
  })
  test('give NaN for a window with a NaN, and make integers floats', () => {
    expect(of(() => maxPool2d(reference(f64([1, 1, 1, 4], NaN, 1, 2, NaN)), [1, 2])).elements).toEqual([NaN, NaN])
    expect(of(() => maxPool2d(reference(i32([1, 1, 1, 2], 3, 4)), [1, 2]))).toEqual(f32([1, 1, 1, 1], 4))
  })
  test('maxPool2d gives the whole cotangent to the first of equal elements', () => {
    const ties = f64([1, 1, 2, 4], 5, 5, 1, 2, 5, 5, 2, 2)
    expect(gradientOf(ties, [3, 4], (x) => maxPool2d(x, 2))).toEqual([3, 0, 0, 4, 0, 0, 0, 0])
  })
  test('add up the cotangents of windows that overlap', () => {
    expect(gradientOf(grid, [1, 2, 3, 4], (x) => maxPool2d(x, 2, { stride: 1 }))).toEqual([0, 0, 0, 0, 1, 2, 0, 3, 4])
    expect(gradientOf(grid, [4, 8, 12, 16], (x) => avgPool2d(x, 2, { stride: 1 }))).toEqual([
      1, 3, 2, 4, 10, 6, 3, 7, 4,
    ])
  })
})

test.each<[string, () => Value]>([
  ['CONV_SHAPE', () => conv2d(reference(f64([3, 3], ...range(9))), reference(f64([1, 1, 1, 1], 1)))],
  ['CONV_SHAPE', () => conv2d(reference(grid), reference(f64([1, 2, 1, 1], 1, 1)))],
  ['CONV_SHAPE', () => conv2d(reference(grid), reference(f64([1, 1, 4, 1], 1, 1, 1, 1)))],
  ['CONV_SHAPE', () => conv2d(reference(grid), reference(f64([1, 1, 2, 1], 1, 1)), null, { dilation: 3 })],
  [
    'CONV_SHAPE',
    () => conv2d(reference(f64([1, 2, 1, 1], 1, 1)), reference(f64([3, 1, 1, 1], 1, 1, 1)), null, { groups: 2 }),
  ],
  ['CONV_SHAPE', () => conv2d(reference(grid), reference(f64([1, 1, 1, 1], 1)), reference(f64([2], 1, 1)))],
  ['WINDOW_OPTION', () => conv2d(reference(grid), reference(f64([1, 1, 1, 1], 1)), null, { stride: 0 })],
  ['WINDOW_OPTION', () => conv2d(reference(grid), reference(f64([1, 1, 1, 1], 1)), null, { padding: [1, 0.5] })],
  ['WINDOW_OPTION', () => maxPool2d(reference(grid), 0)],
  ['POOL_SHAPE', () => maxPool2d(reference(grid), 4)],
  ['POOL_SHAPE', () => avgPool2d(reference(grid), 2, { padding: 2 })],
  ['POOL_SHAPE', () => maxPool2d(reference(f64([3], 1, 2, 3)), 1)],
])('%s is thrown for what does not fit (%#)', (code, call) => {
  expect(codeOf(() => byReference(call))).toBe(code)
})
