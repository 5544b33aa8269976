import { describe, expect, it } from 'vitest'

import type { TypedArray } from '../../src/base/dtype.ts'
import type { GraphNode } from '../../src/ir/graph.ts'
import { emptyArray, type Given, input, node, runGroup } from './group-fixture.ts'

const opaque = (anchor: GraphNode) => ({ kind: 'opaque', nodes: [anchor], anchor, outputs: [anchor] }) as const
const counting = (count: number, from = 0): Float32Array => Float32Array.from({ length: count }, (_, i) => from + i)

function both(anchor: GraphNode, given: readonly Given[]): TypedArray {
  const [vector, scalar] = [true, false].map((simd) => runGroup(opaque(anchor), given, { simd }).outputs[0]!)
  expect(vector).toEqual(scalar)
  return vector!
}

describe('an opaque op', () => {
  it('joins operands along an axis', () => {
    const [a, b] = [input('float32', [2, 3]), input('float32', [2, 6])]
    const joined = node('concat', [a, b], { axis: 1 })
    const given = [
      { value: a, data: counting(6) },
      { value: b, data: counting(12, 100) },
    ]
    expect([...both(joined, given)]).toEqual([
      0, 1, 2, 100, 101, 102, 103, 104, 105, 3, 4, 5, 106, 107, 108, 109, 110, 111,
    ])
  })

  it('puts an operand into a filled result, backwards if so asked', () => {
    const x = input('float32', [3])
    expect([
      ...both(node('pad', [x], { shape: [9], starts: [6], steps: [-2], value: 7 }), [{ value: x, data: counting(3) }]),
    ]).toEqual([7, 7, 2, 7, 1, 7, 0, 7, 7])
    const flags = input('bool', [5])
    expect([
      ...both(node('pad', [flags], { shape: [7], starts: [1], steps: [1], value: 1 }), [
        { value: flags, data: Uint8Array.of(0, 1, 0, 0, 1) },
      ]),
    ]).toEqual([1, 0, 1, 0, 0, 1, 1])
  })

  it('puts operands side by side, and those that take turns at once', () => {
    for (const dtype of ['float32', 'float64', 'int32', 'uint8'] as const) {
      const parts = [0, 1, 2, 3].map(() => input(dtype, [3, 5]))
      const attrs = {
        shape: [6, 10],
        starts: [
          [0, 0],
          [0, 1],
          [1, 0],
          [1, 1],
        ],
        steps: parts.map(() => [2, 2]),
      }
      const given = parts.map((value, k) => ({ value, data: emptyArray(dtype, 15).map((_, i) => 15 * k + i) }))
      const expected = Array.from({ length: 60 }, (_, at) => {
        const [row, column] = [Math.floor(at / 10), at % 10]
        return 15 * (2 * (row % 2) + (column % 2)) + Math.floor(row / 2) * 5 + Math.floor(column / 2)
      })
      expect([...both(node('assemble', parts, attrs), given)]).toEqual(expected)
    }
  })

  it('adds updates with the same index one after the other, along any axis', () => {
    const [updates, indices] = [input('float32', [4, 5]), input('int32', [4])]
    const data = counting(20)
    const rows = node('scatterAdd', [updates, indices], { axis: 0, size: 3 })
    const expected = new Float32Array(15)
    const places = [2, 0, 2, 2]
    places.forEach((row, j) => data.slice(j * 5, j * 5 + 5).forEach((v, c) => (expected[row * 5 + c]! += v)))
    expect(
      both(rows, [
        { value: updates, data },
        { value: indices, data: Int32Array.of(2, 0, -1, 2) },
      ]),
    ).toEqual(expected)

    const along = input('int32', [5])
    const columns = node('scatterAdd', [updates, along], { axis: 1, size: 2 })
    const sums = new Float32Array(8)
    for (let r = 0; r < 4; r++) for (let c = 0; c < 5; c++) sums[r * 2 + (c % 2)]! += data[r * 5 + c]!
    expect(
      both(columns, [
        { value: updates, data },
        { value: along, data: Int32Array.of(0, 1, 0, 1, 0) },
      ]),
    ).toEqual(sums)
  })

  it('adds every update to one element when a single index is repeated by its layout', () => {
    const [updates, indices] = [input('float32', [4]), input('int32', [4])]
    const sum = node('scatterAdd', [updates, indices], { axis: 0, size: 2 })
    const given = [
      { value: updates, data: counting(4, 1) },
      { value: indices, data: Int32Array.of(1), layout: { offset: 0, strides: [0] } },
    ]
    expect([...both(sum, given)]).toEqual([0, 10])
  })

  it('stops at an index out of range', () => {
    const [updates, indices] = [input('float32', [2, 5]), input('int32', [2])]
    const given = [
      { value: updates, data: counting(10) },
      { value: indices, data: Int32Array.of(0, 3) },
    ]
    for (const simd of [true, false]) {
      const { failed } = runGroup(opaque(node('scatterAdd', [updates, indices], { axis: 0, size: 3 })), given, { simd })
      expect(failed?.value).toBe(3)
    }
  })

  it('shuffles 0 … n−1', () => {
    const state = input('int32', [4])
    const attempt = (size: number): number[] => [
      ...both(node('permutation', [state], { size }), [{ value: state, data: Int32Array.of(7, 1, 2, 3) }]),
    ]
    for (const size of [1, 2, 50])
      expect(attempt(size).sort((a, b) => a - b)).toEqual(Array.from({ length: size }, (_, i) => i))
    expect(attempt(50)).not.toEqual(Array.from({ length: 50 }, (_, i) => i))
  })
})

describe('a copy', () => {
  it('writes a view in row-major order', () => {
    const x = input('float32', [3, 7])
    const flat = node('reshape', [x], { shape: [21] })
    const layout = { offset: 0, strides: [1, 3] }
    for (const simd of [true, false]) {
      const { outputs } = runGroup(
        { kind: 'copy', nodes: [flat], anchor: flat, outputs: [flat] },
        [{ value: x, data: counting(21), layout }],
        { simd },
      )
      expect([...outputs[0]!]).toEqual(Array.from({ length: 21 }, (_, i) => Math.floor(i / 7) + 3 * (i % 7)))
    }
  })
})
