import { expect, test } from 'vitest'
import * as k from '../../src/kernel/builder.ts'
import { floatingPointCount } from '../../src/kernel/floating-point-count.ts'
import type { Buffer, Expr, Statement } from '../../src/kernel/ir.ts'
import { input, node, runGroup } from './group-fixture.ts'

const buffer: Buffer = { name: 'a', dtype: 'float64', elementCount: 64 }
const store = (value: Expr): Statement => ({
  kind: 'store',
  buffer,
  at: k.at(k.affine(0)),
  value,
  laneStride: 1,
})
const loop = (extent: number, step: number, ...body: Statement[]): Statement => ({
  kind: 'loop',
  index: { name: 'i' },
  extent,
  step,
  body,
})

test('each lane of each operation counts once for every pass of its loops', () => {
  const [x, y] = [k.f32(1, 4), k.f32(2, 4)]
  const body = [loop(12, 4, store(k.add(k.mul(x, y), k.unary('sqrt', k.div(x, y)))), loop(5, 1, store(k.fma(x, x, y))))]
  expect(floatingPointCount(body)).toEqual({ single: 3 * 4 * 4, multiplyAdds: 3 * 5 * 4, hostCalls: 0 })
})

test('integers, comparisons, choices and signs are no arithmetic', () => {
  const [x, i] = [k.f32(1), k.i32(1)]
  const body = [store(k.select(k.compare('lt', x, x), k.unary('neg', x), k.unary('abs', x))), store(k.add(i, i))]
  expect(floatingPointCount(body)).toEqual({ single: 0, multiplyAdds: 0, hostCalls: 0 })
})

test('functions of the host are told apart: what they do is not known', () => {
  expect(floatingPointCount([store(k.host('exp', k.f64(1)))])).toEqual({ single: 0, multiplyAdds: 0, hostCalls: 1 })
})

test('lanes at the edge of a matrix product are among its multiply-adds', () => {
  const [a, b] = [input('float32', [6, 5]), input('float32', [5, 10])]
  const product = node('matmul', [a, b])
  const { kernel } = runGroup(
    { kind: 'contraction', nodes: [product], anchor: product, outputs: [product] },
    [
      { value: a, data: new Float32Array(30) },
      { value: b, data: new Float32Array(50) },
    ],
    { simd: true },
  )
  expect(floatingPointCount(kernel.body).multiplyAdds).toBeGreaterThanOrEqual(6 * 5 * 10)
})
