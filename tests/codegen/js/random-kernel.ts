import fc from 'fast-check'

import {
  affine,
  at,
  binary,
  compare,
  constant,
  convert,
  fma,
  host,
  load,
  register,
  select,
  unary,
} from '../../../src/kernel/builder.ts'
import type {
  BinaryOp,
  Buffer,
  CompareOp,
  ConvertOp,
  Expr,
  HostFunction,
  LoopIndex,
  Scalar,
} from '../../../src/kernel/ir.ts'

export const count = 8
export const index: LoopIndex = { name: 'i' }
/** One input of every dtype. */
export const inputs = {
  f32: { name: 'x', dtype: 'float32', elementCount: count },
  f64: { name: 'y', dtype: 'float64', elementCount: count },
  i32: { name: 'n', dtype: 'int32', elementCount: count },
  u8: { name: 'bytes', dtype: 'uint8', elementCount: count },
  bool: { name: 'flags', dtype: 'bool', elementCount: count },
} as const satisfies { readonly [name: string]: Buffer }

const one = (buffer: Buffer): Expr => load(buffer, at(affine(0, { index, stride: 1 })), 1, 0)
const mirrored = (buffer: Buffer): Expr => load(buffer, at(affine(count - 1, { index, stride: -1 })), 1, 0)
const gathered = (buffer: Buffer): Expr =>
  load(buffer, at(affine(1), binary('and', one(inputs.i32), constant(3, register('i32', 1)))), 1, 0)
const position: Expr = {
  kind: 'indexValue',
  type: register('i32', 1),
  affine: affine(3, { index, stride: -2 }),
  laneStride: 0,
}

const leaves: { readonly [S in Scalar]: fc.Arbitrary<Expr> } = {
  f32: fc.oneof(
    fc.constantFrom(one, mirrored, gathered).map((make) => make(inputs.f32)),
    fc.float().map((value) => constant(value, register('f32', 1))),
    fc.constantFrom(0.1, -0, NaN, -Infinity).map((value) => constant(value, register('f32', 1))),
  ),
  f64: fc.oneof(
    fc.constantFrom(one, mirrored, gathered).map((make) => make(inputs.f64)),
    fc.double().map((value) => constant(value, register('f64', 1))),
  ),
  i32: fc.oneof(
    fc.constantFrom(one(inputs.i32), mirrored(inputs.i32), one(inputs.u8), position),
    fc.integer({ min: -(2 ** 31), max: 2 ** 32 - 1 }).map((value) => constant(value, register('i32', 1))),
    fc.integer({ min: -3, max: 3 }).map((value) => constant(value, register('i32', 1))),
  ),
  bool: fc.oneof(
    fc.constant(one(inputs.bool)),
    fc.constantFrom(0, 1).map((value) => constant(value, register('bool', 1))),
  ),
}

/** Bits of a NaN are not fixed, so a bit cast sees 0 in its place. */
const withoutNaN = (x: Expr): Expr => select(compare('eq', x, x), x, constant(0, x.type))
const atLeastOne = (x: Expr): Expr => binary('or', x, constant(1, register('i32', 1)))
const makeF64 = (high: Expr, low: Expr): Expr => ({ kind: 'makeF64', type: register('f64', 1), high, low })

/** Random expressions of each scalar, of every kind and op that exists for one lane. */
export const expressions = fc.letrec<{ [S in Scalar]: Expr }>((tie) => {
  const of = { f32: tie('f32'), f64: tie('f64'), i32: tie('i32'), bool: tie('bool') }
  const pairs = (scalar: Scalar, ...ops: readonly BinaryOp[]): fc.Arbitrary<Expr> =>
    fc.tuple(fc.constantFrom(...ops), of[scalar], of[scalar]).map(([op, a, b]) => binary(op, a, b))
  const compared = (scalar: Scalar, ...ops: readonly CompareOp[]): fc.Arbitrary<Expr> =>
    fc.tuple(fc.constantFrom(...ops), of[scalar], of[scalar]).map(([op, a, b]) => compare(op, a, b))
  const selected = (scalar: Scalar): fc.Arbitrary<Expr> =>
    fc.tuple(of.bool, of[scalar], of[scalar]).map(([c, a, b]) => select(c, a, b))
  const contracted = (scalar: Scalar): fc.Arbitrary<Expr> =>
    fc.tuple(of[scalar], of[scalar], of[scalar]).map(([a, b, c]) => fma(a, b, c))
  const converted = (from: Scalar, ...ops: readonly ConvertOp[]): fc.Arbitrary<Expr> =>
    fc.tuple(fc.constantFrom(...ops), of[from]).map(([op, x]) => convert(op, x))
  const rewired = (from: Scalar, ...ops: readonly ConvertOp[]): fc.Arbitrary<Expr> =>
    fc.tuple(fc.constantFrom(...ops), of[from]).map(([op, x]) => convert(op, withoutNaN(x)))
  const hosted = fc.constantFrom<HostFunction[]>('exp', 'log', 'log1p', 'expm1', 'sin', 'cos', 'tanh')
  const options = { depthSize: 'medium', withCrossShrink: true } as const
  return {
    f32: fc.oneof(
      options,
      leaves.f32,
      pairs('f32', 'add', 'sub', 'mul', 'div', 'pmin', 'pmax'),
      selected('f32'),
      contracted('f32'),
      converted('f64', 'f64ToF32'),
      fc
        .tuple(fc.constantFrom('neg' as const, 'abs' as const, 'sqrt' as const, 'floor' as const), of.f32)
        .map(([op, x]) => unary(op, x)),
      converted('i32', 'i32ToF32', 'u32ToF32', 'bitsI32ToF32'),
      converted('bool', 'boolToF32'),
    ),
    f64: fc.oneof(
      options,
      leaves.f64,
      pairs('f64', 'add', 'sub', 'mul', 'div', 'pmin', 'pmax'),
      selected('f64'),
      contracted('f64'),
      converted('f32', 'f32ToF64'),
      fc
        .tuple(fc.constantFrom('neg' as const, 'abs' as const, 'sqrt' as const, 'floor' as const), of.f64)
        .map(([op, x]) => unary(op, x)),
      converted('i32', 'i32ToF64', 'u32ToF64'),
      converted('bool', 'boolToF64'),
      fc.tuple(of.i32, of.i32).map(([high, low]) => makeF64(high, low)),
      fc.tuple(hosted, of.f64).map(([fn, x]) => host(fn, x)),
      fc.tuple(of.f64, of.f64).map(([x, y]) => host('pow', x, y)),
    ),
    i32: fc.oneof(
      options,
      leaves.i32,
      pairs('i32', 'add', 'sub', 'mul', 'pmin', 'pmax', 'and', 'or', 'xor', 'shl', 'shrS', 'shrU'),
      selected('i32'),
      fc.tuple(fc.constantFrom('neg' as const, 'abs' as const), of.i32).map(([op, x]) => unary(op, x)),
      fc
        .tuple(fc.constantFrom('remU' as const, 'divS' as const), of.i32, of.i32)
        .map(([op, a, b]) => binary(op, a, atLeastOne(b))),
      converted('f32', 'f32ToI32'),
      converted('f64', 'f64ToI32'),
      converted('bool', 'boolToI32'),
      rewired('f32', 'bitsF32ToI32'),
      rewired('f64', 'highWordF64', 'lowWordF64'),
    ),
    bool: fc.oneof(
      options,
      leaves.bool,
      pairs('bool', 'and', 'or', 'xor'),
      selected('bool'),
      of.bool.map((x) => unary('not', x)),
      compared('f32', 'eq', 'ne', 'lt', 'le', 'gt', 'ge'),
      compared('f64', 'eq', 'ne', 'lt', 'le', 'gt', 'ge'),
      compared('i32', 'eq', 'ne', 'lt', 'le', 'gt', 'ge', 'ltU'),
    ),
  }
})
