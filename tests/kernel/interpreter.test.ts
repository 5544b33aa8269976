import { describe, expect, it } from 'vitest'

import type { TypedArray } from '../../src/base/dtype.ts'
import * as k from '../../src/kernel/builder.ts'
import type { Buffer, Expr, Kernel, Statement } from '../../src/kernel/ir.ts'
import { exactFma } from './exact-arithmetic.ts'
import { runKernel, type FailedCheck } from './interpreter.ts'

const a: Buffer = { name: 'a', dtype: 'float32', elementCount: 6 }
const c: Buffer = { name: 'c', dtype: 'float32', elementCount: 4 }
const start = k.at(k.affine(0))

function run(
  body: readonly Statement[],
  fma: 'fused' | 'separate' = 'separate',
): { c: number[]; failed: FailedCheck | undefined } {
  const kernel: Kernel = { name: 'test', reads: [a], writes: [c], scratch: [], body, sources: [] }
  const memory = new Map<Buffer, TypedArray>([
    [a, new Float32Array([1, 2, 3, 4, 5, 6])],
    [c, new Float32Array(4)],
  ])
  const failed = runKernel(kernel, memory, { fma })
  return { c: [...memory.get(c)!], failed }
}
const stored = (value: Expr, count = value.type.lanes): number[] =>
  run([{ kind: 'store', buffer: c, at: start, value, laneStride: 1, count }]).c

describe('the interpreter of kernel IR', () => {
  it('loads lanes in a row, apart, repeated, and gathered', () => {
    expect(stored(k.load(a, k.at(k.affine(1)), 4, 1))).toEqual([2, 3, 4, 5])
    expect(stored(k.load(a, k.at(k.affine(5)), 4, -1))).toEqual([6, 5, 4, 3])
    expect(stored(k.load(a, k.at(k.affine(2)), 4, 0))).toEqual([3, 3, 3, 3])
    const positions: Expr = { kind: 'indexValue', type: k.register('i32', 4), affine: k.affine(5), laneStride: -1 }
    expect(stored(k.load(a, k.at(k.affine(0), positions), 4, 1))).toEqual([6, 5, 4, 3])
  })

  it('gives NaN in lanes that do not matter, and stores only those asked for', () => {
    expect(stored(k.load(a, k.at(k.affine(3)), 4, 1, 3))).toEqual([4, 5, 6, NaN])
    expect(stored(k.load(a, start, 4, 1), 2)).toEqual([1, 2, 0, 0])
  })

  it('fails on an element outside its buffer', () => {
    expect(() => stored(k.load(a, k.at(k.affine(3)), 4, 1))).toThrow('a[6] is outside')
  })

  it('stops at the first failing lane of a check', () => {
    const ok = k.compare('lt', k.load(a, start, 4, 1), k.f32(3, 4))
    const value: Expr = { kind: 'indexValue', type: k.register('i32', 4), affine: k.affine(0), laneStride: 10 }
    expect(run([{ kind: 'check', ok, value, site: 3 }]).failed).toEqual({ site: 3, value: 20 })
    expect(run([{ kind: 'check', ok, value, site: 3, count: 2 }]).failed).toBeUndefined()
  })

  it('rounds a fused multiply-add once', () => {
    const [x, y] = [1 + 2 ** -23, 1 - 2 ** -23]
    const body: Statement[] = [
      { kind: 'store', buffer: c, at: start, value: k.fma(k.f32(x), k.f32(y), k.f32(-1)), laneStride: 1 },
    ]
    expect(run(body, 'separate').c[0]).toBe(0)
    expect(run(body, 'fused').c[0]).toBe(-(2 ** -46))
  })
})

describe('the exact multiply-add', () => {
  it.each([
    [3, 4, 5, 17],
    [2 ** -1074, 0.5, 0, 0],
    [-(2 ** -1074), 0.5, 0, -0],
    [2 ** -1074, 0.75, 0, 2 ** -1074],
    [Number.MAX_VALUE, 2, -Number.MAX_VALUE, Number.MAX_VALUE],
    [Number.MAX_VALUE, 2, -Infinity, -Infinity],
    [1, -1, 1, 0],
  ])('of %d, %d and %d is %d', (x, y, z, expected) => expect(exactFma(x, y, z, 'f64')).toBe(expected))
})
