import { describe, expect, it } from 'vitest'

import { InternalError } from '../../src/base/errors.ts'
import * as k from '../../src/kernel/builder.ts'
import type { Address, Buffer, Expr, Kernel, LoopIndex, Statement, Variable } from '../../src/kernel/ir.ts'
import { verifyKernel } from '../../src/kernel/verify.ts'

const i: LoopIndex = { name: 'i' }
const a: Buffer = { name: 'a', dtype: 'float32', elementCount: 10 }
const c: Buffer = { name: 'c', dtype: 'float32', elementCount: 10 }
const start = k.at(k.affine(0))
const each = k.at(k.affine(0, { index: i, stride: 1 }))
const store = (value: Expr, at: Address = start, count?: number): Statement => ({
  kind: 'store',
  buffer: c,
  at,
  value,
  laneStride: 1,
  ...(count === undefined ? {} : { count }),
})
const loop = (extent: number, step: number, ...body: Statement[]): Statement => ({
  kind: 'loop',
  index: i,
  extent,
  step,
  body,
})
const verify = (...body: Statement[]): void =>
  verifyKernel({ name: 'test', reads: [a], writes: [c], scratch: [], body, sources: [] } satisfies Kernel)
const variable = (name: string): Variable => ({ name, type: k.register('f32', 1) })

const parallel = (...body: Statement[]): Statement => ({
  kind: 'loop',
  index: i,
  extent: 8,
  step: 1,
  body,
  parallel: true,
})
describe('verifyKernel, where threads divide a body,', () => {
  const sum = variable('sum')
  const bound: Statement = { kind: 'let', variable: sum, value: k.f32(0) }
  const work = parallel(store(k.load(a, each, 1, 0), each))
  it.each<[string, Statement[]]>([
    ['a store all threads make', [work, store(k.f32(1))]],
    ['a loop all threads run', [work, { kind: 'loop', index: { name: 'j' }, extent: 2, step: 1, body: [] }]],
    ['a parallel loop in a loop', [loop(8, 1, { ...parallel(), index: { name: 'j' } } as Statement)]], // the index alone differs
    ['sum is set where threads share it', [bound, parallel({ kind: 'assign', variable: sum, value: k.f32(1) })]],
    ['a barrier not all threads reach', [parallel({ kind: 'barrier' })]],
  ])('refuses %s', (what, body) => {
    expect(() => verify(...body)).toThrow(`fails check 11, ${what}`)
  })
  it('accepts shared bindings, barriers, and variables that each pass sets for itself', () => {
    const own: Statement[] = [bound, { kind: 'assign', variable: sum, value: k.f32(1) }]
    verify(
      { kind: 'let', variable: variable('shared'), value: k.f32(0) },
      work,
      { kind: 'barrier' },
      parallel(...own, store(k.read(sum), each)),
    )
  })
})

describe('verifyKernel accepts', () => {
  it('vectors, a tail with valid lanes, and a variable assigned in a loop', () => {
    const sum = variable('sum')
    verify(
      { kind: 'let', variable: sum, value: k.f32(0) },
      loop(8, 4, store(k.load(a, each, 4, 1), each), {
        kind: 'assign',
        variable: sum,
        value: k.add(k.read(sum), k.lane(k.load(a, each, 4, 1), 0)),
      }),
      store(k.load(a, k.at(k.affine(8)), 4, 1, 2), k.at(k.affine(8)), 2),
      store(k.read(sum)),
    )
  })
  it('addresses that run backwards, and computed ones', () => {
    verify(loop(10, 1, store(k.load(a, k.at(k.affine(9, { index: i, stride: -1 })), 1, 0), each)))
    verify(store(k.load(a, k.at(k.affine(100), k.i32(-95)), 1, 0)))
  })
})

const x = variable('x')
const twice = k.load(a, start, 1, 0)
const elsewhere: Buffer = { name: 'elsewhere', dtype: 'float32', elementCount: 10 }

describe('verifyKernel rejects', () => {
  it.each<[what: string, check: number, body: Statement[]]>([
    ['operands of two types', 1, [store(k.add(k.f32(1), k.f64(1)))]],
    ['an operation its type does not have', 1, [store(k.convert('i32ToF32', k.div(k.i32(1), k.i32(2))))]],
    ['a store into another dtype', 1, [store(k.i32(1))]],
    ['operands of two lane counts', 1, [store(k.add(k.f32(1, 4), k.f32(1)))]],
    ['a shuffle that picks too few lanes', 1, [store(k.lane(k.shuffle(k.f32(1, 4), k.f32(2, 4), 0, 1), 0))]],
    ['a shuffle that picks a lane of neither', 1, [store(k.lane(k.shuffle(k.f64(1, 2), k.f64(2, 2), 0, 4), 0))]],
    ['lanes that do not exist', 2, [store(k.convert('f64ToF32', k.f64(1, 4)))]],
    ['a variable read before it is bound', 3, [store(k.read(x))]],
    [
      'a variable read after its loop',
      3,
      [loop(2, 1, { kind: 'let', variable: x, value: k.f32(1) }), store(k.read(x))],
    ],
    [
      'a variable bound twice',
      3,
      [
        { kind: 'let', variable: x, value: k.f32(1) },
        { kind: 'let', variable: x, value: k.f32(1) },
      ],
    ],
    ['a variable assigned before it is bound', 3, [{ kind: 'assign', variable: x, value: k.f32(1) }]],
    ['an extent that is no multiple of the step', 4, [loop(10, 4)]],
    ['an index outside its loop', 5, [store(k.f32(1), each)]],
    ['an index that counts two loops', 5, [loop(2, 1, loop(2, 1))]],
    ['a buffer that is not listed', 6, [store(k.load(elsewhere, start, 1, 0))]],
    ['a read of an output', 6, [store(k.load(c, start, 1, 0))]],
    ['an address past the end', 7, [loop(11, 1, store(k.f32(1), each))]],
    ['a negative address', 7, [store(k.load(a, k.at(k.affine(-1)), 1, 0))]],
    ['a vector that reads past the end without saying so', 7, [store(k.load(a, k.at(k.affine(8)), 4, 1), start)]],
    ['an object used twice', 8, [store(k.add(twice, twice))]],
    ['more lanes than there are', 9, [store(k.f32(1), start, 2)]],
    [
      'a site that means success',
      10,
      [{ kind: 'check', ok: k.constant(1, k.register('bool', 1)), value: k.i32(1), site: 0 }],
    ],
  ])('%s', (_, check, body) => {
    expect(() => verify(...body)).toThrow(InternalError)
    expect(() => verify(...body)).toThrow(`kernel test fails check ${check},`)
  })

  it('with the statement as text', () => {
    expect(() => verify(loop(11, 1, store(k.f32(1), each)))).toThrow(
      'elements 0 to 10 of c, which has 10, in `c[i] = 1`',
    )
  })
})
