import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { contiguousLayout, type Layout } from '../../src/base/layout.ts'
import type { Shape } from '../../src/base/shape.ts'
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

type Kind = 'float32' | 'float64' | 'int32'
const multiplyAdd: { readonly [K in Kind]: (a: number, b: number, sum: number) => number } = {
  float32: (a, b, sum) => Math.fround(Math.fround(a * b) + sum),
  float64: (a, b, sum) => a * b + sum,
  int32: (a, b, sum) => (Math.imul(a, b) + sum) | 0,
}
const filled = (dtype: Kind, count: number, seed: number) =>
  emptyArray(dtype, count).map((_, i) =>
    dtype === 'int32' ? ((i * 7919 + seed) % 2001) - 1000 : Math.sin(i * 12.9898 + seed),
  )

interface Case {
  readonly batch: Shape
  readonly m: number
  readonly k: number
  readonly n: number
  readonly dtype: Kind
  readonly layoutA: Layout
  readonly layoutB: Layout
}

/** Products in increasing k into one accumulator. */
function reference({ batch, m, k, n, dtype }: Case, a: readonly number[], b: readonly number[]): number[] {
  const result: number[] = []
  const count = batch.reduce((product, size) => product * size, 1)
  for (let p = 0; p < count; p++)
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++) {
        let sum = 0
        for (let l = 0; l < k; l++) sum = multiplyAdd[dtype](a[(p * m + i) * k + l]!, b[(p * k + l) * n + j]!, sum)
        result.push(sum)
      }
  return result
}

const tiles = [
  { simd: true, microTile: '3x12' },
  { simd: true, microTile: '4x8' },
  { simd: true, microTile: '6x8' },
  { simd: false },
] as const

function expectProduct(given: Case): void {
  const { batch, m, k, n, dtype, layoutA, layoutB } = given
  const [shapeA, shapeB] = [
    [...batch, m, k],
    [...batch, k, n],
  ]
  const [a, b] = [input(dtype, shapeA), input(dtype, shapeB)]
  const [dataA, dataB] = [
    filled(dtype, bufferLength(layoutA, shapeA), 1),
    filled(dtype, bufferLength(layoutB, shapeB), 2),
  ]
  const anchor = node('matmul', [a, b])
  const expected = reference(given, elementsOf(dataA, layoutA, shapeA), elementsOf(dataB, layoutB, shapeB))
  for (const options of tiles) {
    const { outputs } = runGroup(
      { kind: 'contraction', nodes: [anchor], anchor, outputs: [anchor] },
      [
        { value: a, data: dataA, layout: layoutA },
        { value: b, data: dataB, layout: layoutB },
      ],
      options,
    )
    expect({ options, elements: [...outputs[0]!] }).toEqual({ options, elements: expected })
  }
}

const someLayout = (shape: Shape) =>
  fc
    .record({
      order: fc.shuffledSubarray(
        shape.map((_, axis) => axis),
        { minLength: shape.length },
      ),
      gap: fc.nat(1),
      repeats: fc.boolean(),
    })
    .map(({ order, gap, repeats }) =>
      scatteredLayout(
        shape,
        order,
        gap,
        shape.map((_, axis) => repeats && axis < shape.length - 2),
      ),
    )

const productCase = fc
  .record({
    batch: fc.array(fc.constantFrom(1, 2, 3), { maxLength: 2 }),
    m: fc.constantFrom(1, 2, 3, 4, 6, 7, 11, 34),
    k: fc.constantFrom(1, 2, 5, 9),
    n: fc.constantFrom(1, 2, 3, 4, 5, 8, 10, 12, 16, 17, 28, 35),
    dtype: fc.constantFrom<Kind>('float32', 'float64', 'int32'),
  })
  .chain((sizes) =>
    fc.record({
      ...Object.fromEntries(Object.entries(sizes).map(([key, value]) => [key, fc.constant(value)])),
      layoutA: someLayout([...sizes.batch, sizes.m, sizes.k]),
      layoutB: someLayout([...sizes.batch, sizes.k, sizes.n]),
    }),
  )
  .map((record) => record as unknown as Case) // Object.fromEntries forgets the keys

describe('a contraction', () => {
  it('adds products in increasing k for any sizes, layouts, tiles and dtypes', () => {
    fc.assert(fc.property(productCase, expectProduct), { numRuns: 100 })
  })

  it('packs the columns of long products', () => {
    for (const [m, k, n] of [
      [33, 512, 16],
      [33, 20, 7],
      [65, 19, 30],
      [33, 3, 1030],
    ] as const) {
      expectProduct({
        batch: [],
        m,
        k,
        n,
        dtype: 'float32',
        layoutA: contiguousLayout([m, k]),
        layoutB: contiguousLayout([k, n]),
      })
      expectProduct({
        batch: [],
        m,
        k,
        n,
        dtype: 'float32',
        layoutA: { offset: 0, strides: [1, m] },
        layoutB: { offset: 0, strides: [1, k] },
      })
    }
  })

  it('streams the right operand past few rows', () => {
    for (const dtype of ['float32', 'float64', 'int32'] as const)
      for (const [m, k, n] of [
        [1, 13, 33],
        [1, 30, 64],
        [2, 9, 1025],
        [2, 23, 32],
      ] as const)
        expectProduct({
          batch: [],
          m,
          k,
          n,
          dtype,
          layoutA: contiguousLayout([m, k]),
          layoutB: contiguousLayout([k, n]),
        })
  })

  it('packs the rows of a left operand that lie side by side', () => {
    for (const dtype of ['float32', 'float64', 'int32'] as const)
      for (const [m, k, n] of [
        [7, 96, 52],
        [13, 100, 30],
      ] as const)
        expectProduct({
          batch: [2],
          m,
          k,
          n,
          dtype,
          layoutA: { offset: 0, strides: [m * k, 1, m] },
          layoutB: contiguousLayout([2, k, n]),
        })
  })

  it('is zero where k has no elements, and nothing where the result has none', () => {
    const anchorOf = (m: number, k: number) => node('matmul', [input('float32', [m, k]), input('float32', [k, 3])])
    for (const simd of [true, false]) {
      for (const [anchor, expected] of [
        [anchorOf(2, 0), [0, 0, 0, 0, 0, 0]],
        [anchorOf(0, 2), []],
      ] as const) {
        const given = anchor.operands.map((value) => ({ value, data: new Float32Array(6) }))
        expect([
          ...runGroup({ kind: 'contraction', nodes: [anchor], anchor, outputs: [anchor] }, given, { simd }).outputs[0]!,
        ]).toEqual(expected)
      }
    }
  })
})

describe('an epilogue', () => {
  const [m, k, n] = [7, 5, 11]
  const [a, b, bias, factor] = [
    input('float32', [m, k]),
    input('float32', [k, n]),
    input('float32', [n]),
    input('float32', [m, 1]),
  ]
  const anchor = node('matmul', [a, b])
  const biased = node('add', [anchor, bias])
  const positive = node('relu', [biased])
  const scaled = node('mul', [positive, factor])
  const given = [a, b, bias, factor].map((value, i) => ({
    value,
    data: filled(
      'float32',
      value.type.shape.reduce((x, y) => x * y, 1),
      i,
    ),
  }))
  const products = reference(
    { batch: [], m, k, n, dtype: 'float32', layoutA: contiguousLayout([]), layoutB: contiguousLayout([]) },
    [...given[0]!.data],
    [...given[1]!.data],
  )
  const expected = products.map((x, i) => {
    const sum = Math.fround(x + given[2]!.data[i % n]!)
    return Math.fround((sum > 0 ? sum : 0) * given[3]!.data[Math.floor(i / n)]!)
  })

  it('is applied to the accumulators, and every output is stored', () => {
    for (const options of tiles) {
      const { outputs } = runGroup(
        { kind: 'contraction', nodes: [anchor, biased, positive, scaled], anchor, outputs: [anchor, scaled] },
        given,
        options,
      )
      expect([...outputs[0]!]).toEqual(products)
      expect([...outputs[1]!]).toEqual(expected)
    }
  })

  it('goes through memory when it is long or has no vector form', () => {
    const wide = node('cast', [scaled], { dtype: 'float64' })
    let long = scaled
    for (let i = 0; i < 20; i++) long = node('add', [long, scaled])
    for (const options of tiles) {
      const nodes = [anchor, biased, positive, scaled]
      expect([
        ...runGroup({ kind: 'contraction', nodes: [...nodes, wide], anchor, outputs: [wide] }, given, options)
          .outputs[0]!,
      ]).toEqual(expected)
      const chain: typeof nodes = []
      for (let at = long; at !== scaled; at = at.operands[0] as typeof at) chain.unshift(at) // built above of nodes only
      const sums = expected.map((x) => Array.from({ length: 20 }).reduce((sum: number) => Math.fround(sum + x), x))
      expect([
        ...runGroup({ kind: 'contraction', nodes: [...nodes, ...chain], anchor, outputs: [long] }, given, options)
          .outputs[0]!,
      ]).toEqual(sums)
    }
  })

  it('prints as tiles with the epilogue inside', () => {
    const [x, w, c] = [input('float32', [32, 6]), input('float32', [6, 10]), input('float32', [10])]
    const product = node('matmul', [x, w])
    const sum = node('add', [product, c])
    const result = node('mul', [sum, number(0.5)])
    const data = [x, w, c].map((value) => ({ value, data: new Float32Array(192) }))
    const group = { kind: 'contraction', nodes: [product, sum, result], anchor: product, outputs: [result] } as const
    matchesGolden(printKernel(runGroup(group, data, { simd: true }).kernel), 'kernel/matmul.txt')
    matchesGolden(printKernel(runGroup(group, data, { simd: false }).kernel), 'kernel/matmul-scalar.txt')
  })
})
