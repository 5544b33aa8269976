import { describe, expect, test } from 'vitest'
import { elementCount, type Shape } from '../../src/base/shape.ts'
import { max, permute, prod, slice, sum, tensor } from '../../src/index.ts'
import { referenceReduction, type Monoid } from '../kernel/reduction-reference.ts'
import { inEveryMode, spread } from './same-bits.ts'

const add32: Monoid = { identity: 0, combine: (a, b) => Math.fround(a + b) }
const add64: Monoid = { identity: 0, combine: (a, b) => a + b }
const multiply32: Monoid = { identity: 1, combine: (a, b) => Math.fround(a * b) }

const cases: readonly (readonly [Shape, readonly number[]])[] = [
  [[1], [0]],
  [[15], [0]],
  [[16], [0]],
  [[17], [0]],
  [[1000], [0]],
  [[1024], [0]],
  [[1025], [0]],
  [[2048 + 37], [0]],
  [[131072 + 1025], [0]],
  [[3, 5], [0]],
  [[3, 5], [1]],
  [
    [3, 5],
    [0, 1],
  ],
  [[128, 7], [0]],
  [[129, 7], [0]],
  [[300, 33], [0]],
  [[16385, 3], [0]],
  [[7, 1031], [1]],
  [
    [7, 1031],
    [0, 1],
  ],
  [
    [4, 1, 260],
    [0, 2],
  ],
  [
    [4, 6, 260],
    [0, 2],
  ],
  [
    [131, 3, 20],
    [0, 2],
  ],
  [
    [2, 3, 4, 5],
    [0, 2],
  ],
  [
    [2, 3, 4, 5],
    [1, 3],
  ],
  [
    [2, 3, 4, 5],
    [1, 2],
  ],
  [[5, 1, 1], [1]],
  [
    [1, 40, 1, 50],
    [1, 3],
  ],
  [[2, 0, 3], [1]],
]

describe('the order of a reduction is a function of shape and axes, the written one', () => {
  test.each(cases)('sum of float32 %j over %j', (shape, axes) => {
    const elements = spread(elementCount(shape))
    const expected = referenceReduction(elements, shape, axes, add32)
    expect(inEveryMode((x) => sum(x, axes), tensor(elements, { shape }))).toEqual(expected)
  })

  test.each(cases)('sum of float64 %j over %j', (shape, axes) => {
    const elements = spread(elementCount(shape))
    expect(inEveryMode((x) => sum(x, axes), tensor(elements, { shape, dtype: 'float64' }))).toEqual(
      referenceReduction(elements, shape, axes, add64),
    )
  })

  test('product of float32', () => {
    const elements = spread(300 * 7).map((x) => Math.fround(1 + x * 1e-6))
    expect(inEveryMode((x) => prod(x, 0), tensor(elements, { shape: [300, 7] }))).toEqual(
      referenceReduction(elements, [300, 7], [0], multiply32),
    )
  })
})

describe('the order does not follow where elements lie or what the reduction is fused with', () => {
  const shape = [37, 1100]
  const elements = spread(37 * 1100)
  const expected = referenceReduction(elements, shape, [1], add32)

  test('elements in column order', () => {
    const columns = permute(
      tensor(
        Array.from({ length: elements.length }, (_, i) => elements[(i % 37) * 1100 + Math.floor(i / 37)]!),
        { shape: [1100, 37] },
      ),
      [1, 0],
    )
    expect(inEveryMode((x) => sum(x, 1), columns)).toEqual(expected)
  })

  test('elements backwards in memory', () => {
    const backwards = slice(tensor(elements.toReversed(), { shape }), [
      [null, null, -1],
      [null, null, -1],
    ])
    expect(inEveryMode((x) => sum(x, 1), backwards)).toEqual(expected)
  })

  test('nodes before and after it in one kernel', () => {
    expect(inEveryMode((x) => sum(x.neg(), 1).neg(), tensor(elements, { shape }))).toEqual(expected)
  })

  test('a view between it and its operand', () => {
    expect(
      inEveryMode((x) => sum(x.neg().permute([1, 0]).neg().permute([1, 0]), 1), tensor(elements, { shape })),
    ).toEqual(expected)
  })
})

describe('extremes', () => {
  test('a NaN anywhere makes the extreme NaN', () => {
    for (const at of [0, 15, 16, 1023, 1024, 2047]) {
      const elements = spread(2048).with(at, NaN)
      expect(inEveryMode((x) => max(x), tensor(elements))).toEqual([NaN])
      expect(inEveryMode((x) => max(x.reshape([2048, 1]), 0), tensor(elements))).toEqual([NaN])
    }
  })

  test('of zeros of both signs the one that comes first in its lane stays', () => {
    expect(inEveryMode((x) => max(x), tensor([-0, ...Array.from({ length: 15 }, () => -1), 0]))).toEqual([-0])
    expect(inEveryMode((x) => max(x), tensor([0, ...Array.from({ length: 15 }, () => -1), -0]))).toEqual([0])
  })
})
