import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { type Layout, contiguousLayout } from '../../src/base/layout.ts'
import type { Shape } from '../../src/base/shape.ts'
import type { GraphNode, GraphValue } from '../../src/ir/graph.ts'
import type { Buffer, Expr, Statement } from '../../src/kernel/ir.ts'
import { lowerGroup } from '../../src/kernel/lower.ts'
import { operandsOf } from '../../src/kernel/operands.ts'
import { printKernel } from '../../src/kernel/print.ts'
import { matchesGolden } from '../golden.ts'
import {
  bufferLength,
  elementsOf,
  emptyArray,
  type Given,
  input,
  node,
  number,
  runGroup,
  scatteredLayout,
} from './group-fixture.ts'
import { runKernel } from './interpreter.ts'

const groupOf = (nodes: readonly GraphNode[], outputs: readonly GraphNode[] = [nodes.at(-1)!]) =>
  ({ kind: 'elementwise', nodes, outputs }) as const

/** Largest lane count in a kernel's stores. */
function lanesOf(body: readonly Statement[]): number {
  return Math.max(
    ...body.map((s) => (s.kind === 'loop' ? lanesOf(s.body) : s.kind === 'store' ? s.value.type.lanes : 1)),
  )
}
function both(group: Parameters<typeof runGroup>[0], given: readonly Given[]): number[][] {
  const [vector, scalar] = [true, false].map((simd) => runGroup(group, given, { simd }))
  expect(vector!.outputs).toEqual(scalar!.outputs)
  return vector!.outputs.map((output) => [...output])
}
const floats = (count: number, seed = 1): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(i * 12.9898 + seed) * 10)

const someShape = fc.array(fc.constantFrom(1, 2, 3, 4, 5, 8, 9, 19), { maxLength: 4 })
const someOperand = (shape: Shape) =>
  fc
    .record({
      order: fc.shuffledSubarray(
        shape.map((_, axis) => axis),
        { minLength: shape.length },
      ),
      gap: fc.nat(2),
      ones: fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }),
      dropped: fc.nat(shape.length),
    })
    .map(({ order, gap, ones, dropped }): { shape: Shape; layout: Layout } => {
      const full = scatteredLayout(shape, order, gap)
      const own = shape.map((size, axis) => (ones[axis] ? 1 : size)).slice(dropped)
      return { shape: own, layout: { offset: full.offset, strides: full.strides.slice(dropped) } }
    })

describe('an elementwise group', () => {
  it('walks a transposed operand in strips, so that lines of the cache are used up before they leave it', () => {
    const shape = [20, 265]
    const x = input('float32', shape)
    const y = node('neg', [x])
    const data = floats(20 * 265)
    const given = [{ value: x, data, layout: { offset: 0, strides: [1, 20] } }]
    expect(both(groupOf([y]), given)).toEqual([
      Array.from({ length: 20 * 265 }, (_, i) => -data[Math.floor(i / 265) + 20 * (i % 265)]!),
    ])
    const { body } = runGroup(groupOf([y]), given, { simd: true }).kernel
    expect(body.map((statement) => (statement.kind === 'loop' ? [statement.extent, statement.step] : []))).toEqual([
      [256, 16],
      [20, 1],
    ])
  })

  it('gives every element for any shape, layout and broadcasting, with and without vectors', () => {
    const cases = someShape.chain((shape) =>
      fc.record({ shape: fc.constant(shape), a: someOperand(shape), b: someOperand(shape) }),
    )
    fc.assert(
      fc.property(cases, ({ shape, a, b }) => {
        const whole = input('float32', shape)
        const [x, y] = [input('float32', a.shape), input('float32', b.shape)]
        const product = node('mul', [whole, x])
        const difference = node('sub', [product, y])
        const [dataX, dataY] = [floats(bufferLength(a.layout, a.shape)), floats(bufferLength(b.layout, b.shape), 2)]
        const dataWhole = floats(bufferLength(contiguousLayout(shape), shape), 3)
        const read = (operand: typeof a, data: Float32Array): number[] => {
          const added = shape.length - operand.shape.length
          const strides = shape.map((_, axis) =>
            axis < added || operand.shape[axis - added] === 1 ? 0 : operand.layout.strides[axis - added]!,
          )
          return elementsOf(data, { offset: operand.layout.offset, strides }, shape)
        }
        const [xs, ys] = [read(a, dataX), read(b, dataY)]
        const products = xs.map((v, i) => Math.fround(dataWhole[i]! * v))
        const given = [
          { value: whole, data: dataWhole },
          { value: x, data: dataX, layout: a.layout },
          { value: y, data: dataY, layout: b.layout },
        ]
        expect(both(groupOf([product, difference], [product, difference]), given)).toEqual([
          products,
          products.map((p, i) => Math.fround(p - ys[i]!)),
        ])
      }),
      { numRuns: 200 },
    )
  })

  it('uses vectors for float32, int32, uint8, bool and float64 alike', () => {
    const size = [37]
    const [x, i, u, d] = [input('float32', size), input('int32', size), input('uint8', size), input('float64', size)]
    const groups: GraphNode[][] = [
      [node('exp', [x])],
      [node('less', [x, x])],
      [node('add', [i, i])],
      [node('mul', [node('cast', [u], { dtype: 'float32' }), x])],
      [node('mul', [d, d])],
    ]
    for (const [last] of groups) {
      const nodes = [...last!.operands.filter((operand): operand is GraphNode => 'operands' in operand), last!]
      const ran = runGroup(
        groupOf(nodes),
        [x, i, u, d].map((value) => ({ value, data: emptyArray(value.type.dtype, 37) })),
        { simd: true },
      )
      expect([last!.op, lanesOf(ran.kernel.body)]).toEqual([last!.op, last!.type.dtype === 'float64' ? 2 : 4])
    }
  })

  it('wraps uint8 after every op, as stored values would', () => {
    const u = input('uint8', [5])
    const sum = node('add', [u, u])
    const half = node('cast', [sum], { dtype: 'float32' })
    expect(both(groupOf([sum, half]), [{ value: u, data: Uint8Array.of(0, 1, 127, 128, 255) }])).toEqual([
      [0, 2, 254, 0, 254],
    ])
  })

  it('may write its result over an operand', () => {
    const x = input('float32', [21])
    const [twice, square] = [node('add', [x, x]), node('mul', [x, x])]
    const buffers = new Map<GraphValue, Buffer>(
      [x, twice, square].map((value) => [value, { name: 'b', dtype: 'float32', elementCount: 21 }]),
    )
    for (const simd of [true, false]) {
      const kernel = lowerGroup(groupOf([twice, square], [twice, square]), 'test', {
        simd,
        bufferOf: (value) => ({ buffer: buffers.get(value)!, layout: contiguousLayout([21]) }),
        nextSite: () => 1,
      })
      const [data, other] = [floats(21), new Float32Array(21)]
      const squares = data.map((v) => v * v)
      runKernel(
        kernel,
        new Map([
          [buffers.get(x)!, data],
          [buffers.get(twice)!, data],
          [buffers.get(square)!, other],
        ]),
        { fma: 'separate' },
      )
      expect(other).toEqual(squares)
    }
  })

  it('computes what a loop does not change in front of the loop', () => {
    const [x, column] = [input('float32', [6, 64]), input('float32', [6, 1])]
    const product = node('mul', [x, column])
    const [sum, result] = [node('add', [x, column]), node('div', [product, x])]
    const given = [x, column].map((value) => ({ value, data: floats(384) }))
    const { kernel } = runGroup(groupOf([sum, product, result], [sum, result]), given, { simd: true })
    matchesGolden(printKernel(kernel), 'kernel/elementwise-broadcast.txt')
  })

  it('may be thousands of nodes deep', () => {
    const x = input('float32', [5])
    const nodes: GraphNode[] = [node('add', [x, number(1)])]
    while (nodes.length < 5000) nodes.push(node('add', [nodes.at(-1)!, number(1)]))
    expect(both(groupOf(nodes), [{ value: x, data: new Float32Array(5) }])).toEqual([[5000, 5000, 5000, 5000, 5000]])
  })

  it('prints a fused chain as one loop', () => {
    const [x, y, bias] = [input('float32', [4, 10]), input('float32', [4, 10]), input('float32', [10])]
    const sum = node('add', [x, bias])
    const positive = node('relu', [sum])
    const result = node('mul', [positive, y])
    const { kernel } = runGroup(
      groupOf([sum, positive, result]),
      [x, y, bias].map((value) => ({ value, data: floats(40) })),
      { simd: true },
    )
    matchesGolden(printKernel(kernel), 'kernel/elementwise.txt')
  })
})

describe('a generator', () => {
  it('reads elements at computed positions, whole vectors where the position is one for all lanes', () => {
    const [table, indices] = [input('float32', [5, 9]), input('int32', [3])]
    const rows = node('gather', [table, indices], { axis: 0 })
    const doubled = node('add', [rows, rows])
    const given = [
      { value: table, data: floats(45) },
      { value: indices, data: Int32Array.of(4, -5, 2) },
    ]
    const expected = [4, 0, 2].flatMap((row) =>
      Array.from(given[0]!.data.slice(row * 9, row * 9 + 9), (v) => Math.fround(v + v)),
    )
    expect(both(groupOf([rows, doubled]), given)).toEqual([expected])
    const columns = node('gather', [table, indices], { axis: 1 })
    const picked = Array.from({ length: 5 }, (_, r) => [4, 4, 2].map((c) => given[0]!.data[r * 9 + c]!)).flat()
    expect(both(groupOf([columns]), given)).toEqual([picked])
    const { kernel } = runGroup(groupOf([rows]), given, { simd: true })
    expect(lanesOf(kernel.body)).toBe(4)
    expect(hasLaneWiseGather(kernel.body)).toBe(false)
  })

  it('stops with its site and the given value at an index out of range', () => {
    const [table, indices] = [input('float32', [5, 2]), input('int32', [6])]
    const rows = node('gather', [table, indices], { axis: 0 })
    const given = [
      { value: table, data: floats(10) },
      { value: indices, data: Int32Array.of(0, 1, 2, 3, 9, 1) },
    ]
    for (const simd of [true, false]) {
      const { failed, sites } = runGroup(groupOf([rows]), given, { simd })
      expect(failed?.value).toBe(9)
      expect(sites).toHaveLength(1)
      expect(sites.find(({ site }) => site === failed?.site)).toMatchObject({
        op: 'gather',
        code: 'INDEX_OUT_OF_RANGE',
      })
    }
  })

  it('knows where its elements are', () => {
    const counted = node('iota', [], { shape: [3, 7], axis: 1, dtype: 'int32' })
    expect(both(groupOf([counted]), [])).toEqual([[0, 1, 2].flatMap(() => [0, 1, 2, 3, 4, 5, 6])])
    const labels = input('int32', [3])
    const coded = node('oneHot', [labels], { depth: 5, dtype: 'float32' })
    expect(both(groupOf([coded]), [{ value: labels, data: Int32Array.of(4, 0, 2) }])).toEqual([
      [0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0],
    ])
  })
})

function hasLaneWiseGather(body: readonly Statement[]): boolean {
  const inExpr = (expr: Expr): boolean =>
    (expr.kind === 'load' && (expr.at.dynamic?.type.lanes ?? 1) > 1) || operandsOf(expr).some(inExpr)
  return body.some((s) =>
    s.kind === 'loop'
      ? hasLaneWiseGather(s.body)
      : s.kind !== 'comment' && s.kind !== 'barrier' && s.kind !== 'check' && inExpr(s.value),
  )
}
