import { describe, expect, test } from 'vitest'
import { hybridize, matmul, tensor, type Tensor } from '../../../src/index.ts'
import { outlinedLoops } from '../../../src/codegen/wasm/outlined-body.ts'
import * as k from '../../../src/kernel/builder.ts'
import type { Buffer, Statement, Variable } from '../../../src/kernel/ir.ts'

const values = (count: number, seed: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => ((i * 7919 + seed * 104729) % 2003) / 1001 - 1)
const matrix = (rows: number, columns: number, seed: number): Tensor =>
  tensor(values(rows * columns, seed), { shape: [rows, columns] })

describe('the bodies of a long product’s loops are functions of their own', () => {
  const [rows, depth, columns] = [351, 400, 301]
  const [x, w, b] = [matrix(rows, depth, 1), matrix(depth, columns, 2), matrix(1, columns, 3)]
  const layer = (x: Tensor, w: Tensor, b: Tensor): Tensor => matmul(x, w).add(b).relu()
  const forms: [string, (x: Tensor, w: Tensor, b: Tensor) => Tensor][] = [
    ['plain', layer],
    ['left operand transposed', (x, w, b) => layer(x.transpose().clone().transpose(), w, b)],
    ['right operand transposed', (x, w, b) => layer(x, w.transpose().clone().transpose(), b)],
  ]

  test.each(forms)('%s: with the bits of small products, which have none', (_, form) => {
    const small = hybridize(layer)
    for (const threads of [1, 2]) {
      const long = hybridize(form, { threads })
      const result = long(x, w, b)
      expect(long.source('wat')).toMatch(/\(func \$k\d+_\w*matmul\w*_[ij]\d+/)
      for (const first of [0, 174, rows - 3]) {
        const part = small(x.slice([[first, first + 3]]), w, b)
        expect(result.slice([[first, first + 3]]).data()).toEqual(part.data())
      }
    }
    expect(small.source('wat')).not.toMatch(/_[ij]\d+$/m)
    expect(
      matmul(x, w)
        .add(b)
        .relu()
        .slice([[0, 3]])
        .data(),
    ).toEqual(small(x.slice([[0, 3]]), w, b).data())
  })
})

describe('which loops', () => {
  const buffer: Buffer = { name: 'x', dtype: 'float32', elementCount: 4 }
  const type = k.register('f32', 4)
  const sum: Variable = { name: 'sum', type }
  const one = k.constant(1, type)
  const start: Statement = { kind: 'let', variable: sum, value: one }
  const step: Statement = { kind: 'assign', variable: sum, value: k.fma(one, one, k.read(sum)) }
  const store: Statement = { kind: 'store', buffer, at: k.at(k.affine(0)), value: k.read(sum), laneStride: 1 }
  const loop = (extent: number, ...body: Statement[]): Statement & { kind: 'loop' } => ({
    kind: 'loop',
    index: { name: 'i' },
    extent,
    step: 1,
    body,
  })

  test('the innermost one whose passes are long', () => {
    const tile = loop(100, start, loop(20_000, step), store)
    expect([...outlinedLoops([loop(50, tile)])]).toEqual([tile])
    const shortTile = loop(100, start, loop(2000, step), store)
    const rows = loop(500, shortTile)
    expect([...outlinedLoops([rows])]).toEqual([rows])
  })

  test('none in a short kernel, or where nothing is multiplied and added', () => {
    expect(outlinedLoops([loop(10, start, loop(20_000, step), store)]).size).toBe(0)
    expect(outlinedLoops([loop(5000, start, loop(20_000, store))]).size).toBe(0)
  })

  test('none whose body sets a variable from outside or can fail', () => {
    expect(outlinedLoops([start, loop(5000, loop(20_000, step)), store]).size).toBe(0)
    const check: Statement = { kind: 'check', ok: k.compare('lt', k.i32(1), k.i32(2)), value: k.i32(1), site: 1 }
    expect(outlinedLoops([loop(5000, start, loop(20_000, step), check)]).size).toBe(0)
  })
})
