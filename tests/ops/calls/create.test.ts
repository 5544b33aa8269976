import { describe, expect, test } from 'vitest'
import {
  advanceState,
  arange,
  eye,
  full,
  iota,
  linspace,
  ones,
  randomBits,
  randomNormal,
  randomPermutation,
  randomUniform,
  slice,
  zeros,
} from '../../../src/ops/calls/index.ts'
import type { Value } from '../../../src/ops/interpreter.ts'
import { bool, f32, f64, i32, u8, type HostArray } from '../host-array.ts'
import { byReference, host, reference } from '../reference-interpreter.ts'

const of = (call: () => Value): HostArray => byReference(() => host(call()))

describe('tensors of known contents', () => {
  test('are filled with one number', () => {
    expect(of(() => zeros([2, 0]))).toEqual(f32([2, 0]))
    expect(of(() => ones([2], 'uint8'))).toEqual(u8([2], 1, 1))
    expect(of(() => full([], 2.5, 'float64'))).toEqual(f64([], 2.5))
    expect(of(() => full([2], 1, 'bool'))).toEqual(bool([2], 1, 1))
  })
  test('arange stops before the end', () => {
    expect(of(() => arange(3))).toEqual(i32([3], 0, 1, 2))
    expect(of(() => arange(5, 0, -2))).toEqual(i32([3], 5, 3, 1))
    expect(of(() => arange(0, 1, 0.25))).toEqual(f32([4], 0, 0.25, 0.5, 0.75))
    expect(of(() => arange(3, 0))).toEqual(i32([0]))
    expect(of(() => arange(0, 3, 1, 'float64'))).toEqual(f64([3], 0, 1, 2))
  })
  test('linspace hits both ends', () => {
    expect(of(() => linspace(0, 1, 4, 'float64'))).toEqual(f64([4], 0, 1 / 3, 2 / 3, 1))
    expect(of(() => linspace(0.1, 0.7, 7)).elements.at(-1)).toBe(Math.fround(0.7))
    expect(of(() => linspace(2, 3, 1))).toEqual(f32([1], 2))
  })
  test('iota counts along an axis', () => {
    expect(of(() => iota([2, 2], 1, 'float32'))).toEqual(f32([2, 2], 0, 1, 0, 1))
  })
  test('eye has ones on the diagonal', () => {
    expect(of(() => eye(2, 3))).toEqual(f32([2, 3], 1, 0, 0, 0, 1, 0))
  })
})

describe('random numbers', () => {
  const state = reference(i32([4], 42, -7, -2, 5))

  test('from an advanced state continue the sequence, over the end of the low counter word too', () => {
    const all = of(() => randomBits(state, [6])).elements
    expect(of(() => randomBits(advanceState(state, 4), [2])).elements).toEqual(all.slice(4))
    expect(of(() => advanceState(state, 4)).elements).toEqual([42, -7, 2, 6])
    expect(of(() => advanceState(state, 1)).elements).toEqual([42, -7, -1, 5])
    expect(of(() => advanceState(reference(i32([4], 1, 2, -1, -1)), 1)).elements).toEqual([1, 2, 0, 0])
    expect(of(() => advanceState(reference(i32([4], 1, 2, 2 ** 31 - 1, 3)), 2 ** 31 - 1)).elements).toEqual([
      1, 2, -2, 3,
    ])
    expect(of(() => advanceState(state, 0)).elements).toEqual([42, -7, -2, 5])
  })

  test('do not depend on the shape', () => {
    const flat = of(() => randomNormal(state, [6], 'float64')).elements
    expect(of(() => randomNormal(state, [2, 3], 'float64')).elements).toEqual(flat)
  })

  test('are spread as they should be', () => {
    const moments = (values: readonly number[]): [number, number] => {
      const mean = values.reduce((a, b) => a + b, 0) / values.length
      return [mean, values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length]
    }
    const [mean, variance] = moments(of(() => randomUniform(state, [5000])).elements)
    expect(mean).toBeCloseTo(0.5, 1)
    expect(variance).toBeCloseTo(1 / 12, 2)
    const [normalMean, normalVariance] = moments(of(() => randomNormal(state, [5000])).elements)
    expect(Math.abs(normalMean)).toBeLessThan(0.05)
    expect(normalVariance).toBeCloseTo(1, 1)
  })

  test('permute each position once', () => {
    const order = of(() => randomPermutation(state, 100)).elements
    expect(order.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i))
    expect(order).not.toEqual(order.toSorted((a, b) => a - b))
    expect(of(() => slice(randomPermutation(state, 1), [0])).elements).toEqual([0])
  })
})
