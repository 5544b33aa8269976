import { describe, expect, test } from 'vitest'
import {
  argmax,
  argmin,
  logSoftmax,
  logSumExp,
  max,
  mean,
  min,
  prod,
  softmax,
  sum,
  variance,
} from '../../../src/ops/calls/index.ts'
import type { Value } from '../../../src/ops/interpreter.ts'
import { bool, f32, f64, i32 } from '../host-array.ts'
import { byReference, host, reference } from '../reference-interpreter.ts'

const x = reference(f64([2, 3], 1, 2, -3, 0.5, -1, 4))
const of = (call: () => Value) => byReference(() => host(call()))
const close = (call: () => Value, expected: readonly number[]): void =>
  of(call).elements.forEach((element, i) => expect(element).toBeCloseTo(expected[i]!, 13))

describe('reductions', () => {
  test('go along all axes, one, or several, counted from either end', () => {
    expect(of(() => sum(x))).toEqual(f64([], 3.5))
    expect(of(() => sum(x, 0))).toEqual(f64([3], 1.5, 1, 1))
    expect(of(() => sum(x, -1))).toEqual(f64([2], 0, 3.5))
    expect(of(() => sum(x, [1, 0], true))).toEqual(f64([1, 1], 3.5))
    expect(of(() => sum(x, []))).toEqual(f64([2, 3], 1, 2, -3, 0.5, -1, 4))
    expect(of(() => prod(x, 1))).toEqual(f64([2], -6, -2))
    expect(of(() => max(x, 1, true))).toEqual(f64([2, 1], 2, 4))
    expect(of(() => min(x))).toEqual(f64([], -3))
  })

  test('mean and variance are those of NumPy', () => {
    close(() => mean(x, 0), [0.75, 0.5, 0.5])
    close(() => variance(x), [4.868055555555556])
    close(() => variance(x, 0), [0.0625, 2.25, 12.25])
    close(() => variance(x, 1, false, 1), [7, 6.583333333333334])
    expect(of(() => variance(x, 1, true)).shape).toEqual([2, 1])
  })

  test('the sum of nothing is 0, its mean is NaN', () => {
    const empty = reference(f32([0]))
    expect(of(() => sum(empty))).toEqual(f32([], 0))
    expect(of(() => mean(empty))).toEqual(f32([], NaN))
  })
})

describe('argmax and argmin', () => {
  test('give the first position at ties', () => {
    const ties = reference(f32([2, 4], 1, 3, 3, 2, 0, 0, -1, -1))
    expect(of(() => argmax(ties, 1))).toEqual(i32([2], 1, 0))
    expect(of(() => argmin(ties, -1, true))).toEqual(i32([2, 1], 0, 2))
    expect(of(() => argmin(ties, 0))).toEqual(i32([4], 1, 1, 1, 1))
  })
  test('count in row-major order without an axis', () => {
    expect(of(() => argmax(x))).toEqual(i32([], 5))
    expect(of(() => argmin(reference(i32([2, 2], 4, 3, 2, 2))))).toEqual(i32([], 2))
  })
  test('take NaN for the extreme', () => {
    const odd = reference(f32([4], 5, NaN, 9, NaN))
    expect(of(() => argmax(odd))).toEqual(i32([], 1))
    expect(of(() => argmin(odd))).toEqual(i32([], 1))
  })
  test('work on bool and on infinities', () => {
    expect(of(() => argmax(reference(bool([3], 0, 1, 1))))).toEqual(i32([], 1))
    expect(of(() => argmax(reference(f32([2], -Infinity, -Infinity))))).toEqual(i32([], 0))
  })
})

describe('softmax and its relatives', () => {
  test('are those of NumPy', () => {
    close(
      () => softmax(x),
      [
        0.2676231541498624, 0.7274751568004648, 0.004901689049672921, 0.0291217615374784, 0.00649794331566194,
        0.9643802951468596,
      ],
    )
    close(
      () => logSoftmax(x),
      [
        -1.318175429247454, -0.31817542924745396, -5.318175429247454, -3.5362695651247793, -5.036269565124779,
        -0.036269565124779156,
      ],
    )
    close(() => logSumExp(x, -1), [2.318175429247454, 4.036269565124779])
    close(() => logSumExp(x), [4.201281970043309])
    expect(of(() => logSumExp(x, 1, true)).shape).toEqual([2, 1])
    close(
      () => softmax(x, 0),
      [
        0.6224593312018546, 0.9525741268224334, 0.0009110511944006454, 0.3775406687981454, 0.04742587317756678,
        0.9990889488055994,
      ],
    )
  })
  test('do not overflow', () => {
    const large = reference(f32([3], 1000, 1000, -1000))
    expect(of(() => softmax(large))).toEqual(f32([3], 0.5, 0.5, 0))
    expect(of(() => logSumExp(large)).elements[0]).toBeCloseTo(1000.6931, 3)
    expect(of(() => logSoftmax(large)).elements[2]).toBeCloseTo(-2000.6931, 3)
  })
  test('logSumExp of infinities is the limit', () => {
    expect(of(() => logSumExp(reference(f32([2], -Infinity, -Infinity))))).toEqual(f32([], -Infinity))
    expect(of(() => logSumExp(reference(f32([2], Infinity, 1))))).toEqual(f32([], Infinity))
    expect(of(() => logSumExp(reference(f32([2], NaN, 1))))).toEqual(f32([], NaN))
  })
})
