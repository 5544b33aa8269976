import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contiguousLayout, type Layout } from '../../src/base/layout.ts'
import type { Shape } from '../../src/base/shape.ts'
import type { GraphNode } from '../../src/ir/graph.ts'
import type { OpTable } from '../../src/ops/table.ts'
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
type Attrs = OpTable['conv2d']['attrs']
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
  readonly dtype: Kind
  readonly x: Shape
  readonly w: Shape
  readonly attrs: Attrs
  readonly layoutX: Layout
  readonly layoutW: Layout
}
type Four = readonly [number, number, number, number]

/** Products in the order of channel, row, column of the window, into one accumulator or into one for every fourth column. */
function reference(
  { dtype, x, w, attrs: { strides, dilations, groups } }: Case,
  images: number[],
  weights: number[],
  result: Shape,
): number[] {
  const [, channels, height, width] = x as Four // by the case
  const [outputs, perGroup, rows, columns] = w as Four // by the case
  const [n, , high, wide] = result as Four // by the op
  const byColumn = dtype === 'float32' && groups > 1 && outputs / groups <= 2 && high * wide <= 25 && columns >= 4
  const sums: number[] = []
  for (let e = 0; e < n; e++)
    for (let o = 0; o < outputs; o++)
      for (let y = 0; y < high; y++)
        for (let z = 0; z < wide; z++) {
          const lanes = [0, 0, 0, 0]
          const first = Math.floor((o * groups) / outputs) * perGroup
          for (let c = 0; c < perGroup; c++)
            for (let i = 0; i < rows; i++)
              for (let j = 0; j < columns; j++) {
                const [row, column] = [y * strides[0] + i * dilations[0], z * strides[1] + j * dilations[1]]
                const a = images[((e * channels + first + c) * height + row) * width + column]!
                const lane = byColumn ? j % 4 : 0
                const weight = weights[((o * perGroup + c) * rows + i) * columns + j]!
                lanes[lane] = multiplyAdd[dtype](weight, a, lanes[lane]!)
              }
          const add = (p: number, q: number): number => multiplyAdd[dtype](1, p, q)
          sums.push(byColumn ? add(add(lanes[0]!, lanes[2]!), add(lanes[1]!, lanes[3]!)) : lanes[0]!)
        }
  return sums
}

const tiles = [
  { simd: true, microTile: '3x12' },
  { simd: true, microTile: '6x8', parallel: true },
  { simd: false },
] as const

/** Returns the working memory that the kernel with vectors has. */
function expectSums(given: Case): string[] {
  const { dtype, x, w, attrs, layoutX, layoutW } = given
  const [images, weights] = [input(dtype, x), input(dtype, w)]
  const [dataX, dataW] = [filled(dtype, bufferLength(layoutX, x), 1), filled(dtype, bufferLength(layoutW, w), 2)]
  const anchor = node('conv2d', [images, weights], { ...attrs })
  const expected = reference(given, elementsOf(dataX, layoutX, x), elementsOf(dataW, layoutW, w), anchor.type.shape)
  const scratch = tiles.map((options) => {
    const { outputs, kernel } = runGroup(
      { kind: 'contraction', nodes: [anchor], anchor, outputs: [anchor] },
      [
        { value: images, data: dataX, layout: layoutX },
        { value: weights, data: dataW, layout: layoutW },
      ],
      options,
    )
    expect({ options, elements: [...outputs[0]!] }).toEqual({ options, elements: expected })
    return kernel.scratch.map((buffer) => buffer.name.replace(/\d/, ''))
  })
  return scratch[0]!
}

const dense = (dtype: Kind, x: Shape, w: Shape, attrs: Partial<Attrs> = {}): Case => ({
  dtype,
  x,
  w,
  attrs: { strides: [1, 1], dilations: [1, 1], groups: 1, ...attrs },
  layoutX: contiguousLayout(x),
  layoutW: contiguousLayout(w),
})

const someLayout = (shape: Shape) =>
  fc
    .record({ order: fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }), gap: fc.nat(1), isDense: fc.boolean() })
    .map(({ order, gap, isDense }) => (isDense ? contiguousLayout(shape) : scatteredLayout(shape, order, gap)))
const pair = fc.tuple(fc.constantFrom(1, 1, 2, 3), fc.constantFrom(1, 1, 2))
const slidingCase = fc
  .record({
    n: fc.constantFrom(1, 2, 5),
    groups: fc.constantFrom(1, 1, 2, 3),
    channels: fc.constantFrom(1, 2, 3),
    outputs: fc.constantFrom(1, 2, 3, 7, 16),
    window: fc.tuple(fc.constantFrom(1, 2, 3), fc.constantFrom(1, 3, 4, 6)),
    extra: fc.tuple(fc.constantFrom(0, 1, 4, 6), fc.constantFrom(0, 2, 5, 15, 17)),
    strides: pair,
    dilations: pair,
    dtype: fc.constantFrom<Kind>('float32', 'float32', 'float64', 'int32'),
  })
  .chain(({ n, groups, channels, outputs, window, extra, strides, dilations, dtype }) => {
    const x = [n, groups * channels, ...window.map((size, i) => (size - 1) * dilations[i]! + 1 + extra[i]!)]
    const w = [groups * outputs, channels, ...window]
    return fc.record({
      dtype: fc.constant(dtype),
      x: fc.constant(x),
      w: fc.constant(w),
      attrs: fc.constant({ strides, dilations, groups }),
      layoutX: someLayout(x),
      layoutW: someLayout(w),
    })
  })

describe('a product over windows', () => {
  it('adds products in the order of channel, row, column for any sizes, layouts, tiles and dtypes', () => {
    fc.assert(
      fc.property(slidingCase, (given) => void expectSums(given)),
      { numRuns: 100 },
    )
  })

  it.each([
    [
      'gathered rows shared by the windows above each other',
      dense('float32', [2, 3, 14, 14], [5, 3, 3, 3]),
      ['windows'],
    ],
    [
      'several blocks of gathered rows and a shorter last one',
      dense('float32', [1, 40, 16, 18], [4, 40, 3, 3]),
      ['windows'],
    ],
    [
      'gathered rows of every second row of positions',
      dense('float32', [1, 2, 15, 13], [6, 2, 3, 3], { strides: [2, 2] }),
      ['windows'],
    ],
    ['windows read where they lie', dense('float32', [1, 4, 7, 19], [4, 1, 3, 3], { groups: 4 }), []],
    [
      'a plane for each group and rows that share their loads',
      dense('float32', [2, 5, 9, 11], [10, 1, 3, 3], { groups: 5 }),
      [],
    ],
    [
      'planes of two channels, stepped over',
      dense('float64', [1, 6, 9, 12], [3, 2, 2, 3], { groups: 3, strides: [2, 2], dilations: [1, 2] }),
      [],
    ],
    [
      'columns of large windows along the lanes',
      dense('float32', [2, 6, 9, 16], [6, 2, 7, 14], { groups: 3 }),
      ['tile'],
    ],
    [
      'every second column of large windows along the lanes',
      dense('float32', [1, 3, 7, 17], [3, 1, 3, 7], { groups: 3, dilations: [2, 2] }),
      ['tile'],
    ],
    ['windows of one point', dense('float32', [2, 6, 5, 9], [4, 6, 1, 1]), []],
    ['outputs along the lanes', dense('float32', [4, 9, 4, 5], [16, 9, 3, 3]), ['packed']],
    ['outputs along the lanes, stored at the end', dense('float32', [3, 9, 5, 5], [16, 9, 3, 3]), ['packed', 'sums']],
    [
      'outputs along the lanes, with sums kept in memory',
      dense('float32', [6, 3, 16, 16], [16, 3, 14, 14]),
      ['packed', 'sums'],
    ],
    ['examples as rows', dense('float32', [10, 5, 4, 4], [6, 5, 4, 4]), ['packed']],
    [
      'examples as rows, with sums kept in memory and groups',
      dense('float32', [9, 24, 16, 16], [16, 12, 16, 16], { groups: 2 }),
      ['packed', 'sums'],
    ],
  ])('adds in the same order with %s', (_, given, scratch) => {
    expect(expectSums(given)).toEqual(scratch)
  })

  it('is 0 where there is nothing to add', () => {
    expectSums(dense('float32', [2, 0, 4, 4], [3, 0, 2, 2]))
  })

  it('applies what follows to a tile before it is stored', () => {
    for (const x of [
      [2, 3, 9, 9],
      [4, 9, 4, 4],
      [6, 40, 3, 3],
    ] as const) {
      const [images, weights, bias] = [
        input('float32', x),
        input('float32', [5, x[1], 3, 3]),
        input('float32', [5, 1, 1]),
      ]
      const anchor = node('conv2d', [images, weights], { strides: [1, 1], dilations: [1, 1], groups: 1 })
      const biased = node('add', [anchor, bias])
      const positive = node('relu', [biased])
      const mask = node('greater', [positive, number(0)])
      const data = [images, weights, bias].map((value, i) => ({
        value,
        data: filled(
          'float32',
          value.type.shape.reduce((a, b) => a * b, 1),
          i,
        ),
      }))
      const run = (outputs: readonly GraphNode[], options: (typeof tiles)[number]) =>
        runGroup({ kind: 'contraction', nodes: [anchor, biased, positive, mask], anchor, outputs }, data, options)
          .outputs
      const plain = run([anchor], tiles[2])[0]!
      const perOutput = plain.length / x[0] / 5
      const expected = [...plain].map((sum, i) =>
        Math.max(Math.fround(sum + data[2]!.data[Math.floor(i / perOutput) % 5]!), 0),
      )
      for (const options of tiles) {
        const [values, masks] = run([positive, mask], options)
        expect([...values!]).toEqual(expected)
        expect([...masks!]).toEqual(expected.map((value) => Number(value > 0)))
      }
    }
  })
})
