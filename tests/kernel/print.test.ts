import { expect, it } from 'vitest'

import * as k from '../../src/kernel/builder.ts'
import type { Buffer, Expr, Kernel, LoopIndex, Statement, Variable } from '../../src/kernel/ir.ts'
import { printKernel, printStatement } from '../../src/kernel/print.ts'
import { matchesGolden } from '../golden.ts'

const [i, j]: [LoopIndex, LoopIndex] = [{ name: 'i' }, { name: 'j' }]
const a: Buffer = { name: 'a', dtype: 'float32', elementCount: 4096 }
const n: Buffer = { name: 'n', dtype: 'int32', elementCount: 64 }
const c: Buffer = { name: 'c', dtype: 'float32', elementCount: 4096 }
const work: Buffer = { name: 'work', dtype: 'float64', elementCount: 16 }
const here = k.at(k.affine(3, { index: j, stride: 784 }, { index: i, stride: 1 }))
const start = k.at(k.affine(0, { index: i, stride: 1 }))
const store = (value: Expr, count?: number, laneStride = 1): Statement => ({
  kind: 'store',
  buffer: c,
  at: start,
  value,
  laneStride,
  ...(count === undefined ? {} : { count }),
})
const set = (name: string, value: Expr): Statement => ({ kind: 'let', variable: { name, type: value.type }, value })
const x: Variable = { name: 'x', type: k.register('f32', 4) }
const scalar: Variable = { name: 'x', type: k.register('f32', 1) }
const word: Variable = { name: 'word', type: k.register('i32', 1) }
const readX = k.read(x)

const everything: Kernel = {
  name: 'everything',
  reads: [a, n],
  writes: [c],
  scratch: [work],
  sources: ['train.ts:12', 'train.ts:30'],
  body: [
    { kind: 'comment', text: 'first rows, then columns' },
    {
      kind: 'loop',
      index: j,
      extent: 2,
      step: 1,
      body: [
        {
          kind: 'loop',
          index: i,
          extent: 1024,
          step: 4,
          body: [
            { kind: 'let', variable: x, value: k.load(a, here, 4, 1) },
            set('splatted', k.load(a, start, 4, 0)),
            set('strided', k.load(a, start, 4, 8)),
            set('part', k.load(a, start, 4, 1, 3)),
            set(
              'gathered',
              k.load(a, k.at(k.affine(-5, { index: i, stride: -1 }), k.load(n, k.at(k.affine(0)), 4, 1)), 4, 1),
            ),
            { kind: 'let', variable: scalar, value: k.load(a, k.at(k.affine(0), k.load(n, start, 1, 0)), 1, 0) },
            {
              kind: 'let',
              variable: word,
              value: {
                kind: 'indexValue',
                type: k.register('i32', 1),
                affine: k.affine(1, { index: i, stride: 4 }),
                laneStride: 0,
              },
            },
            {
              kind: 'assign',
              variable: x,
              value: k.sub(k.mul(k.add(readX, k.f32(-1, 4)), readX), k.sub(readX, k.sub(k.f32(-0, 4), readX))),
            },
            store(
              k.select(
                { kind: 'laneMask', type: k.register('bool', 4), count: 3 },
                k.unary('neg', k.add(readX, readX)),
                k.unary('sqrt', readX),
              ),
            ),
            store(k.fma(readX, k.splat(k.read(scalar), 4), k.binary('pmax', readX, k.f32(NaN, 4))), 3),
            store(k.lane(readX, 2), undefined, 0),
            store(k.shuffle(readX, k.f32(1, 4), 0, 4, 1, 5)),
            {
              kind: 'check',
              ok: k.binary(
                'and',
                k.unary('not', k.compare('ltU', k.read(word), k.i32(7))),
                k.compare('le', k.binary('shrU', k.read(word), k.i32(2)), k.i32(9)),
              ),
              value: k.convert('f64ToI32', k.host('pow', k.f64(2), k.f64(0.5))),
              site: 4,
            },
          ],
        },
      ],
    },
  ],
}

it('prints every kind of statement and expression', () =>
  matchesGolden(printKernel(everything), 'kernel/everything.kernel'))

it('prints the same text every time', () => expect(printKernel(everything)).toBe(printKernel(everything)))

it('prints a statement alone as it stands in the kernel', () => {
  const outer = everything.body[1]!
  expect(printStatement(everything, outer)).toBe('for j in 0..2 {')
  const inner = outer.kind === 'loop' && outer.body[0]!.kind === 'loop' ? outer.body[0]!.body[5]! : outer
  expect(printStatement(everything, inner)).toBe('let x_1: f32 = a[n[i]]')
})
