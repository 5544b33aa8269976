import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contiguousLayout, type Layout } from '../../src/base/layout.ts'
import { elementCount, type Shape } from '../../src/base/shape.ts'
import type { GraphNode, GraphValue } from '../../src/ir/graph.ts'
import { printKernel } from '../../src/kernel/print.ts'
import { matchesGolden } from '../golden.ts'
import { emptyArray, type Given, input, node, number, runGroup } from './group-fixture.ts'

/** Elementwise nodes over inputs of their own, which give float32, float64 or int32. */
interface Produced {
  readonly root: GraphNode
  readonly nodes: readonly GraphNode[]
  readonly given: readonly Given[]
}

const kinds = ['scaled bytes', 'masked', 'rows and columns', 'wide'] as const
type Kind = (typeof kinds)[number]
type Dtype = 'float32' | 'float64' | 'int32'

const filled = (value: GraphValue, seed: number): Given => {
  const { dtype, shape } = value.type
  const data = emptyArray(dtype, elementCount(shape))
  for (let i = 0; i < data.length; i++)
    data[i] =
      dtype === 'bool'
        ? ((i * 7 + seed) % 3) % 2
        : dtype.startsWith('float')
          ? Math.sin(i * 12.9898 + seed)
          : (i * 31 + seed) % 251
  return { value, data }
}

function produce(kind: Kind, dtype: Dtype, shape: Shape, seed: number): Produced {
  const factor = number(3, dtype)
  if (kind === 'scaled bytes') {
    const x = input('uint8', shape)
    const wide = node('cast', [x], { dtype })
    const root = node('mul', [wide, factor])
    return { root, nodes: [wide, root], given: [filled(x, seed)] }
  }
  const x = input(dtype, shape)
  if (kind === 'masked') {
    const mask = input('bool', shape)
    const root = node('where', [mask, x, number(0, dtype)])
    return { root, nodes: [root], given: [filled(x, seed), filled(mask, seed)] }
  }
  if (kind === 'rows and columns') {
    const column = input(dtype, [...shape.slice(0, -1), 1])
    const row = input(dtype, shape.slice(-1))
    const scaled = node('mul', [x, column])
    const root = node('add', [scaled, row])
    return { root, nodes: [scaled, root], given: [x, column, row].map((value, i) => filled(value, seed + i)) }
  }
  const twice = node('add', [x, x])
  const square = node('mul', [twice, twice])
  const root = node('maximum', [square, twice])
  return { root, nodes: [twice, square, root], given: [filled(x, seed)] }
}

const tiles = [{ microTile: '3x12' }, { microTile: '4x8' }, { microTile: '6x8' }] as const

interface Case {
  readonly batch: Shape
  readonly sizes: readonly [m: number, k: number, n: number]
  readonly dtype: Dtype
  readonly kinds: readonly [Kind | undefined, Kind | undefined]
  readonly isTransposed: readonly [boolean, boolean]
}

/** The product of operands that its kernel computes, beside that of operands that kernels of their own have stored. */
function expectProduct({ batch, sizes: [m, k, n], dtype, kinds: chosen, isTransposed }: Case): void {
  const axes = [...batch.map((_, axis) => axis), batch.length + 1, batch.length]
  const nodes: GraphNode[] = []
  const given: Given[] = []
  const stored: { data: Given['data']; layout: Layout }[] = []
  const operands = [
    [m, k],
    [k, n],
  ].map((shape, i) => {
    const inMemory = [...batch, ...(isTransposed[i] ? shape.toReversed() : shape)]
    const seed = 5 * i + 1
    const kind = chosen[i]
    let value: GraphValue
    if (kind) {
      const made = produce(kind, dtype, inMemory, seed)
      nodes.push(...made.nodes)
      given.push(...made.given)
      const { outputs } = runGroup({ kind: 'elementwise', nodes: made.nodes, outputs: [made.root] }, made.given, {
        simd: false,
      })
      stored.push({ data: outputs[0]!, layout: contiguousLayout(inMemory) })
      value = made.root
    } else {
      const own = filled(input(dtype, inMemory), seed)
      stored.push({ data: own.data, layout: contiguousLayout(inMemory) })
      value = own.value
      given.push(own)
    }
    if (!isTransposed[i]) return value
    const view = node('permute', [value], { axes })
    const { offset, strides } = stored[i]!.layout
    const layout = { offset, strides: axes.map((axis) => strides[axis]!) }
    stored[i] = { data: stored[i]!.data, layout }
    if (!kind) given.push({ value: view, data: stored[i]!.data, layout })
    return view
  })
  const anchor = node('matmul', operands)
  const inputs = operands.map(({ type }) => input(dtype, type.shape))
  const alone = node('matmul', inputs)
  const expected = runGroup(
    { kind: 'contraction', nodes: [alone], anchor: alone, outputs: [alone] },
    inputs.map((value, i) => ({ value, ...stored[i]! })),
    { simd: false },
  ).outputs[0]!
  for (const options of tiles) {
    const group = { kind: 'contraction', nodes: [...nodes, anchor], anchor, outputs: [anchor] } as const
    const { outputs } = runGroup(group, given, { simd: true, ...options })
    expect({ options, elements: [...outputs[0]!] }).toEqual({ options, elements: [...expected] })
  }
}

describe('operands that a product computes', () => {
  it('have the bits of operands in memory, on either or both sides, transposed or not', () => {
    const some = fc.option(fc.constantFrom(...kinds), { nil: undefined })
    const drawn = fc.record({
      batch: fc.constantFrom([], [], [2], [2, 1]),
      sizes: fc.tuple(
        fc.constantFrom(8, 9, 13, 34),
        fc.constantFrom(4, 5, 8, 11),
        fc.constantFrom(4, 5, 8, 12, 17, 28),
      ),
      dtype: fc.constantFrom<Dtype>('float32', 'float32', 'float64', 'int32'),
      kinds: fc.tuple(some, some),
      isTransposed: fc.tuple(fc.boolean(), fc.boolean()),
    })
    fc.assert(fc.property(drawn, expectProduct), { numRuns: 80 })
  })

  it('are computed in blocks of rows where they are large', () => {
    for (const isTransposed of [false, true])
      expectProduct({
        batch: [],
        sizes: [110, 1300, 4],
        dtype: 'float32',
        kinds: ['scaled bytes', undefined],
        isTransposed: [isTransposed, false],
      })
  })

  it('print as loops before the tiles', () => {
    const [bytes, w] = [input('uint8', [32, 12]), input('float32', [12, 8])]
    const image = node('cast', [bytes], { dtype: 'float32' })
    const scaled = node('div', [image, number(255)])
    const product = node('matmul', [scaled, w])
    const forward = {
      kind: 'contraction',
      nodes: [image, scaled, product],
      anchor: product,
      outputs: [product],
    } as const
    const run = { simd: true, microTile: '3x12' } as const
    matchesGolden(
      printKernel(runGroup(forward, [filled(bytes, 1), filled(w, 2)], run).kernel),
      'kernel/matmul-bytes.txt',
    )

    const [x, mask, gradient] = [input('float32', [12, 32]), input('bool', [12, 8]), input('float32', [12, 8])]
    const masked = node('where', [mask, gradient, number(0)])
    const turned = node('permute', [x], { axes: [1, 0] })
    const dw = node('matmul', [turned, masked])
    const backward = { kind: 'contraction', nodes: [masked, dw], anchor: dw, outputs: [dw] } as const
    const own = filled(x, 1)
    const given = [
      { value: turned, data: own.data, layout: { offset: 0, strides: [1, 32] } },
      filled(mask, 2),
      filled(gradient, 3),
    ]
    matchesGolden(printKernel(runGroup(backward, given, run).kernel), 'kernel/matmul-masked.txt')
  })
})
