import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { Dtype } from '../../src/base/dtype.ts'
import { contiguousLayout } from '../../src/base/layout.ts'
import { elementCount, type Shape } from '../../src/base/shape.ts'
import type { GraphNode } from '../../src/ir/graph.ts'
import { needsContiguousOperand } from '../../src/kernel/lower.ts'
import { printKernel } from '../../src/kernel/print.ts'
import { matchesGolden } from '../golden.ts'
import {
  bufferLength,
  elementsOf,
  emptyArray,
  input,
  node,
  number,
  runGroup,
  scatteredLayout,
} from './group-fixture.ts'
import { type Monoid, referenceReduction } from './reduction-reference.ts'

type Name = 'sum' | 'prod' | 'max' | 'min'
const round = { float32: Math.fround, float64: (x: number) => x, int32: (x: number) => x | 0 }
type Kind = keyof typeof round

function monoidOf(name: Name, dtype: Kind): Monoid {
  const r = round[dtype]
  const [low, high] = dtype === 'int32' ? [-(2 ** 31), 2 ** 31 - 1] : [-Infinity, Infinity]
  switch (name) {
    case 'sum':
      return { identity: 0, combine: (a, b) => r(a + b) }
    case 'prod':
      return { identity: 1, combine: (a, b) => (dtype === 'int32' ? Math.imul(a, b) : r(a * b)) }
    case 'max':
      return { identity: low, combine: (a, b) => (Number.isNaN(b) || a < b ? b : a) }
    case 'min':
      return { identity: high, combine: (a, b) => (Number.isNaN(b) || b < a ? b : a) }
  }
}

const alone = (anchor: GraphNode) => ({ kind: 'reduction', nodes: [anchor], anchor, outputs: [anchor] }) as const
const filled = (dtype: Dtype, count: number, seed: number) =>
  emptyArray(dtype, count).map((_, i) =>
    dtype === 'int32' ? ((i * 7919 + seed) % 201) - 100 : Math.sin(i * 12.9898 + seed) * (i % 7 === 0 ? 1e4 : 1),
  )

const reductionCase = fc
  .record({
    shape: fc
      .array(fc.constantFrom(1, 2, 3, 4, 5, 7, 16, 17, 18, 130), { minLength: 1, maxLength: 4 })
      .filter((shape) => elementCount(shape) <= 4000),
    name: fc.constantFrom<Name>('sum', 'prod', 'max', 'min'),
    dtype: fc.constantFrom<Kind>('float32', 'float64', 'int32'),
    keepDims: fc.boolean(),
    seed: fc.nat(1000),
    gap: fc.nat(2),
  })
  .chain((given) => {
    const axes = given.shape.map((_, axis) => axis)
    return fc.record({
      given: fc.constant(given),
      axes: fc.subarray(axes),
      order: fc.shuffledSubarray(axes, { minLength: axes.length }),
    })
  })

function expectReduction(
  name: Name,
  dtype: Kind,
  shape: Shape,
  axes: readonly number[],
  keepDims = false,
  order?: readonly number[],
  gap = 0,
  seed = 1,
): void {
  const x = input(dtype, shape)
  const anchor = node(name, [x], { axes, keepDims })
  const layout = order ? scatteredLayout(shape, order, gap) : contiguousLayout(shape)
  const data = filled(dtype, bufferLength(layout, shape), seed)
  const group = alone(anchor)
  if (needsContiguousOperand(group, (value) => (value === x ? layout : contiguousLayout(value.type.shape)))) return
  const expected = referenceReduction(elementsOf(data, layout, shape), shape, axes, monoidOf(name, dtype))
  for (const simd of [true, false]) {
    const { outputs } = runGroup(group, [{ value: x, data, layout }], { simd })
    expect({ simd, elements: [...outputs[0]!] }).toEqual({ simd, elements: expected })
  }
}

describe('the order of a reduction', () => {
  it('is the written one for any shape, axes, layout and dtype, with and without vectors', () => {
    fc.assert(
      fc.property(reductionCase, ({ given: { shape, name, dtype, keepDims, seed, gap }, axes, order }) => {
        expectReduction(name, dtype, shape, axes, keepDims, order, gap, seed)
      }),
      { numRuns: 200 },
    )
  })

  it.each([1023, 1024, 1025, 3000, 1024 * 128 + 1041])('cuts a row of %i elements into blocks', (count) => {
    expectReduction('sum', 'float32', [count], [0])
  })

  it.each([127, 128, 129, 300, 128 * 128 + 130])('cuts a column of %i elements into blocks', (count) => {
    expectReduction('sum', 'float32', [count, 5], [0])
  })

  it('nests levels that a kept axis parts', () => {
    expectReduction('sum', 'float32', [130, 3, 40], [0, 2])
    expectReduction('sum', 'float64', [130, 3, 17, 5], [0, 2])
  })

  it('keeps NaN in any place for extremes, and makes a sum of -0 a +0', () => {
    for (const place of [0, 5, 18, 39]) {
      const x = input('float32', [40])
      const data = new Float32Array(40).fill(1)
      data[place] = NaN
      for (const name of ['max', 'min'] as const) {
        for (const simd of [true, false])
          expect(
            runGroup(alone(node(name, [x], { axes: [0], keepDims: false })), [{ value: x, data }], { simd })
              .outputs[0]![0],
          ).toBeNaN()
      }
      const zeros = new Float32Array(40).fill(-0)
      for (const simd of [true, false])
        expect(
          runGroup(alone(node('sum', [x], { axes: [0], keepDims: false })), [{ value: x, data: zeros }], { simd })
            .outputs[0]![0],
        ).toBe(0)
    }
  })
})

describe('a reduction group', () => {
  it('computes nodes before and after the anchor in the same kernel', () => {
    const [rows, columns] = [3, 21]
    const [x, scale, bias] = [input('float32', [rows, columns]), input('float32', [rows, 1]), input('float32', [rows])]
    const scaled = node('mul', [x, scale])
    const anchor = node('sum', [scaled], { axes: [1], keepDims: false })
    const result = node('add', [anchor, bias])
    const given = [
      { value: x, data: filled('float32', rows * columns, 1) },
      { value: scale, data: filled('float32', rows, 2) },
      { value: bias, data: filled('float32', rows, 3) },
    ]
    const products = elementsOf(given[0]!.data, contiguousLayout([rows * columns]), [rows * columns]).map((v, i) =>
      Math.fround(v * given[1]!.data[Math.floor(i / columns)]!),
    )
    const sums = referenceReduction(products, [rows, columns], [1], monoidOf('sum', 'float32'))
    const expected = sums.map((sum, i) => Math.fround(sum + given[2]!.data[i]!))
    for (const simd of [true, false]) {
      const { outputs } = runGroup(
        { kind: 'reduction', nodes: [scaled, anchor, result], anchor, outputs: [scaled, result] },
        given,
        { simd },
      )
      expect([...outputs[0]!]).toEqual(products)
      expect([...outputs[1]!]).toEqual(expected)
    }
  })

  it('gives the identity for an axis of size 0', () => {
    const x = input('float32', [0, 3])
    const anchor = node('sum', [x], { axes: [0], keepDims: false })
    const result = node('add', [anchor, number(2)])
    for (const simd of [true, false]) {
      expect([
        ...runGroup(
          { kind: 'reduction', nodes: [anchor, result], anchor, outputs: [result] },
          [{ value: x, data: new Float32Array(0) }],
          { simd },
        ).outputs[0]!,
      ]).toEqual([2, 2, 2])
    }
  })

  it('asks for a contiguous operand where reduced axes have no common stride', () => {
    const x = input('float32', [4, 6])
    const all = alone(node('sum', [x], { axes: [0, 1], keepDims: false }))
    const transposed = { offset: 0, strides: [1, 4] }
    expect(needsContiguousOperand(all, () => transposed)).toBe(true)
    expect(needsContiguousOperand(all, () => contiguousLayout([4, 6]))).toBe(false)
    expect(needsContiguousOperand(alone(node('sum', [x], { axes: [0], keepDims: false })), () => transposed)).toBe(
      false,
    )
  })

  it('prints as a row reduction', () => {
    const x = input('float32', [8, 70])
    const square = node('mul', [x, x])
    const anchor = node('sum', [square], { axes: [1], keepDims: false })
    const root = node('sqrt', [anchor])
    const group = { kind: 'reduction', nodes: [square, anchor, root], anchor, outputs: [root] } as const
    matchesGolden(
      printKernel(runGroup(group, [{ value: x, data: new Float32Array(560) }], { simd: true }).kernel),
      'kernel/row-reduction.txt',
    )
  })

  it('prints as a column reduction', () => {
    const x = input('float32', [200, 35])
    const group = alone(node('sum', [x], { axes: [0], keepDims: false }))
    matchesGolden(
      printKernel(runGroup(group, [{ value: x, data: new Float32Array(7000) }], { simd: true }).kernel),
      'kernel/column-reduction.txt',
    )
  })
})
