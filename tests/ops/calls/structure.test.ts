import { describe, expect, test } from 'vitest'
import {
  broadcastTo,
  concat,
  expandDims,
  flatten,
  gather,
  iota,
  oneHot,
  pad,
  permute,
  reshape,
  slice,
  squeeze,
  stack,
  take,
  transpose,
  type AxisRange,
} from '../../../src/ops/calls/index.ts'
import type { Value } from '../../../src/ops/interpreter.ts'
import { f32, f64, i32, u8 } from '../host-array.ts'
import { byReference, host, reference } from '../reference-interpreter.ts'

const of = (call: () => Value) => byReference(() => host(call()))
const x = reference(i32([2, 3], 1, 2, 3, 4, 5, 6))

describe('shapes', () => {
  test('reshape works out one size', () => {
    expect(of(() => reshape(x, [-1, 2]))).toEqual(i32([3, 2], 1, 2, 3, 4, 5, 6))
    expect(of(() => flatten(x)).shape).toEqual([6])
    expect(of(() => reshape(reference(f32([0, 3])), [3, -1])).shape).toEqual([3, 0])
    expect(of(() => flatten(reference(f32([], 1)))).shape).toEqual([1])
  })
  test('transpose swaps two axes or reverses all', () => {
    expect(of(() => transpose(x))).toEqual(i32([3, 2], 1, 4, 2, 5, 3, 6))
    const y = reference(f32([1, 2, 3], 1, 2, 3, 4, 5, 6))
    expect(of(() => transpose(y)).shape).toEqual([3, 2, 1])
    expect(of(() => transpose(y, 0, -1)).shape).toEqual([3, 2, 1])
    expect(of(() => transpose(y, 1, 2))).toEqual(f32([1, 3, 2], 1, 4, 2, 5, 3, 6))
    expect(of(() => permute(y, [-1, 0, 1])).shape).toEqual([3, 1, 2])
  })
  test('axes of size 1 come and go', () => {
    expect(of(() => expandDims(x, 1)).shape).toEqual([2, 1, 3])
    expect(of(() => expandDims(x, -1)).shape).toEqual([2, 3, 1])
    const y = reference(f32([1, 2, 1], 1, 2))
    expect(of(() => squeeze(y)).shape).toEqual([2])
    expect(of(() => squeeze(y, -1)).shape).toEqual([1, 2])
    expect(of(() => squeeze(y, [0, 2])).shape).toEqual([2])
  })
  test('broadcastTo repeats', () => {
    expect(of(() => broadcastTo(reference(f32([2, 1], 1, 2)), [2, 2]))).toEqual(f32([2, 2], 1, 1, 2, 2))
    expect(of(() => broadcastTo(7, [2]))).toEqual(f32([2], 7, 7))
  })
  test('what changes nothing is the tensor itself', () => {
    byReference(() => {
      for (const same of [
        reshape(x, [2, 3]),
        permute(x, [0, 1]),
        broadcastTo(x, [2, 3]),
        slice(x, []),
        pad(x, 0),
        concat([x]),
        squeeze(x),
      ])
        expect(same).toBe(x)
    })
  })
})

describe('slice', () => {
  const y = byReference(() => reshape(iota([24]), [2, 3, 4]))
  // As NumPy gives for the expression.
  test.each<[string, AxisRange[], number[], number[]]>([
    ['y[1]', [1], [3, 4], [12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23]],
    ['y[:, ::-1, 2]', [null, [null, null, -1], 2], [2, 3], [10, 6, 2, 22, 18, 14]],
    ['y[-1:, 1:, ::2]', [[-1], [1, null], [null, null, 2]], [1, 2, 2], [16, 18, 20, 22]],
    ['y[:, 5:, :]', [null, [5, null]], [2, 0, 4], []],
    ['y[0, -2, -4::3]', [0, -2, [-4, null, 3]], [2], [4, 7]],
    ['y[:, 2:0:-1, 3]', [null, [2, 0, -1], 3], [2, 2], [11, 7, 23, 19]],
    ['y[:, :-9:-1, 0]', [null, [null, -9, -1], 0], [2, 3], [8, 4, 0, 20, 16, 12]],
    ['y[:, 9:-9:-2, 0]', [null, [9, -9, -2], 0], [2, 2], [8, 0, 20, 12]],
    ['y[:, -100:100, 1]', [null, [-100, 100], 1], [2, 3], [1, 5, 9, 13, 17, 21]],
    ['y[1, 2, 3]', [1, 2, 3], [], [23]],
  ])('%s', (_, ranges, shape, elements) => {
    expect(of(() => slice(y, ranges))).toEqual(i32(shape, ...elements))
  })
})

describe('joining', () => {
  test('concat promotes and keeps order', () => {
    expect(of(() => concat([x, reference(f32([1, 3], 7, 8, 9))]))).toEqual(f32([3, 3], 1, 2, 3, 4, 5, 6, 7, 8, 9))
    expect(of(() => concat([x, x], -1)).shape).toEqual([2, 6])
  })
  test('stack makes an axis', () => {
    const [a, b] = [reference(f32([2], 1, 2)), reference(f32([2], 3, 4))]
    expect(of(() => stack([a, b]))).toEqual(f32([2, 2], 1, 2, 3, 4))
    expect(of(() => stack([a, b], -1))).toEqual(f32([2, 2], 1, 3, 2, 4))
  })
  test('stack brings plain numbers to the dtype of the tensors, and to float32 without any', () => {
    expect(of(() => stack([1, 2, 3]))).toEqual(f32([3], 1, 2, 3))
    expect(of(() => stack([1, reference(i32([], 2))]))).toEqual(i32([2], 1, 2))
    expect(of(() => stack([0.5, reference(i32([], 2))]))).toEqual(f32([2], 0.5, 2))
    expect(of(() => stack([1, reference(f64([], 2))]))).toEqual(f64([2], 1, 2))
  })
  test('pad frames', () => {
    expect(of(() => pad(reference(f32([2], 1, 2)), [[1, 2]], -1))).toEqual(f32([5], -1, 1, 2, -1, -1))
    expect(of(() => pad(x, 1)).shape).toEqual([4, 5])
  })
})

describe('picking', () => {
  test('gather takes along an axis, with bytes and numbers as indices too', () => {
    expect(of(() => gather(x, reference(u8([2], 1, 0))))).toEqual(i32([2, 3], 4, 5, 6, 1, 2, 3))
    expect(of(() => take(x, -1, -1))).toEqual(i32([2], 3, 6))
    expect(of(() => gather(x, reference(i32([2, 2], 0, 1, 2, -1)), 1)).shape).toEqual([2, 2, 2])
  })
  test('oneHot adds an axis of classes', () => {
    expect(of(() => oneHot(reference(u8([2], 1, 0)), 3))).toEqual(f32([2, 3], 0, 1, 0, 1, 0, 0))
    expect(of(() => oneHot(2, 3, 'int32'))).toEqual(i32([3], 0, 0, 1))
  })
})
