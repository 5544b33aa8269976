import { expect, test } from 'vitest'
import { contiguousLayout } from '../../src/base/layout.ts'
import * as k from '../../src/kernel/builder.ts'
import type { Buffer, Expr, Kernel, LoopIndex, Statement } from '../../src/kernel/ir.ts'
import { trafficOf } from '../../src/kernel/traffic.ts'
import { input, node, runGroup } from './group-fixture.ts'

const float = (name: string, elementCount: number): Buffer => ({ name, dtype: 'float32', elementCount })
const [a, b] = [float('a', 1000), float('b', 1000)]
const [i, j]: LoopIndex[] = [{ name: 'i' }, { name: 'j' }]
const loop = (index: LoopIndex, extent: number, step: number, ...body: Statement[]): Statement => ({
  kind: 'loop',
  index,
  extent,
  step,
  body,
})
const store = (buffer: Buffer, terms: { index: LoopIndex; stride: number }[], value: Expr): Statement => ({
  kind: 'store',
  buffer,
  at: k.at(k.affine(0, ...terms)),
  value,
  laneStride: 1,
})
const kernelOf = (body: readonly Statement[], scratch: readonly Buffer[] = []): Kernel => ({
  name: 'test',
  reads: [a],
  writes: [b],
  scratch,
  body,
  sources: [],
})
const vector = (...terms: { index: LoopIndex; stride: number }[]): Expr => k.load(a, k.at(k.affine(0, ...terms)), 4, 1)

test('each element of a loop counts, also where it is read again in an inner one', () => {
  const along = [{ index: i!, stride: 1 }]
  const body = [loop(i!, 40, 4, loop(j!, 7, 1, store(b, along, vector(...along))))]
  expect(trafficOf(kernelOf(body))).toEqual({ readBytes: 4 * 40, writtenBytes: 4 * 40 })
})

test('two passes over the same elements count once', () => {
  const along = [{ index: i!, stride: 1 }]
  const pass = loop(i!, 40, 4, store(b, along, vector(...along)))
  expect(trafficOf(kernelOf([pass, pass]))).toEqual({ readBytes: 4 * 40, writtenBytes: 4 * 40 })
})

test('rows with gaps between them count without the gaps', () => {
  const rows = [
    { index: i!, stride: 100 },
    { index: j!, stride: -1 },
  ]
  const body = [
    loop(
      i!,
      5,
      1,
      loop(
        j!,
        8,
        4,
        store(
          b,
          [
            { index: i!, stride: 8 },
            { index: j!, stride: 1 },
          ],
          vector(...rows),
        ),
      ),
    ),
  ]
  expect(trafficOf(kernelOf(body))).toEqual({ readBytes: 4 * 40, writtenBytes: 4 * 40 })
})

test('a number for all lanes is one element, and working memory is no traffic', () => {
  const splat = k.load(a, k.at(k.affine(3)), 4, 0)
  const scratch = float('scratch', 100)
  const body = [loop(i!, 8, 4, store(scratch, [{ index: i!, stride: 1 }], splat))]
  expect(trafficOf(kernelOf(body, [scratch]))).toEqual({ readBytes: 4, writtenBytes: 0 })
})

test('elements found by computed positions count as often as they are read, but no more than there are', () => {
  const read = (count: number): Kernel =>
    kernelOf([loop(i!, count, 1, store(b, [], k.load(a, k.at(k.affine(0), k.i32(1)), 1, 0)))])
  expect(trafficOf(read(10)).readBytes).toBe(4 * 10)
  expect(trafficOf(read(5000)).readBytes).toBe(4 * 1000)
})

test.each([
  [48, 64, 96],
  [7, 5, 10],
  [1, 33, 17],
])('a product of %d × %d and %d columns reads its operands and writes its result', (m, depth, n) => {
  const [left, right] = [input('float32', [m, depth]), input('float32', [depth, n])]
  const product = node('matmul', [left, right])
  const { kernel } = runGroup(
    { kind: 'contraction', nodes: [product], anchor: product, outputs: [product] },
    [left, right].map((value) => ({
      value,
      data: new Float32Array(value.type.shape[0]! * value.type.shape[1]!),
      layout: contiguousLayout(value.type.shape),
    })),
    { simd: true },
  )
  expect(trafficOf(kernel)).toEqual({ readBytes: 4 * (m * depth + depth * n), writtenBytes: 4 * m * n })
})
