import type {
  Affine,
  Address,
  BinaryOp,
  Buffer,
  CompareOp,
  ConvertOp,
  Expr,
  HostFunction,
  Lanes,
  LoopIndex,
  RegisterType,
  Scalar,
  UnaryOp,
  Variable,
} from './ir.ts'
import { registerScalar } from './ir.ts'

/** Makers of kernel expressions; types follow from the operands. */

export const register = (scalar: Scalar, lanes: Lanes): RegisterType => ({ scalar, lanes })
export const affine = (offset: number, ...terms: { index: LoopIndex; stride: number }[]): Affine => ({
  offset,
  terms: terms.filter((t) => t.stride !== 0),
})
export const at = (address: Affine, dynamic?: Expr): Address =>
  dynamic ? { affine: address, dynamic } : { affine: address }

/** a + scale · b */
export function addAffine(a: Affine, b: Affine, scale = 1): Affine {
  const terms = [...a.terms]
  for (const { index, stride } of b.terms) {
    const i = terms.findIndex((t) => t.index === index)
    if (i < 0) terms.push({ index, stride: stride * scale })
    else terms[i] = { index, stride: terms[i]!.stride + stride * scale }
  }
  return { offset: a.offset + b.offset * scale, terms: terms.filter((t) => t.stride !== 0) }
}

export const constant = (value: number, type: RegisterType): Expr => ({ kind: 'constant', type, value })
export const f32 = (value: number, lanes: Lanes = 1): Expr => constant(value, register('f32', lanes))
export const f64 = (value: number, lanes: Lanes = 1): Expr => constant(value, register('f64', lanes))
export const i32 = (value: number, lanes: Lanes = 1): Expr => constant(value, register('i32', lanes))
/** A constant of the same type as `x`. */
export const like = (x: Expr, value: number): Expr => constant(value, x.type)

export const load = (buffer: Buffer, address: Address, lanes: Lanes, laneStride: number, valid?: number): Expr => ({
  kind: 'load',
  type: register(registerScalar[buffer.dtype], lanes),
  buffer,
  at: address,
  laneStride,
  // One element in every lane is all valid.
  ...(valid === undefined || valid >= lanes || (laneStride === 0 && (address.dynamic?.type.lanes ?? 1) === 1)
    ? {}
    : { valid }),
})
export const read = (variable: Variable): Expr => ({ kind: 'read', type: variable.type, variable })
export const unary = (op: UnaryOp, x: Expr): Expr => ({ kind: 'unary', type: x.type, op, x })
export const binary = (op: BinaryOp, a: Expr, b: Expr): Expr => ({ kind: 'binary', type: a.type, op, a, b })
export const compare = (op: CompareOp, a: Expr, b: Expr): Expr => ({
  kind: 'compare',
  type: register('bool', a.type.lanes),
  op,
  a,
  b,
})
export const select = (condition: Expr, a: Expr, b: Expr): Expr => ({ kind: 'select', type: a.type, condition, a, b })
export const fma = (a: Expr, b: Expr, c: Expr): Expr => ({ kind: 'fma', type: c.type, a, b, c })
export const host = (fn: HostFunction, ...args: Expr[]): Expr => ({ kind: 'host', type: register('f64', 1), fn, args })
export const lane = (x: Expr, index: number): Expr => ({
  kind: 'lane',
  type: register(x.type.scalar, 1),
  x,
  lane: index,
})
export const shuffle = (a: Expr, b: Expr, ...pick: number[]): Expr => ({ kind: 'shuffle', type: a.type, a, b, pick })
export const splat = (x: Expr, lanes: Lanes): Expr =>
  lanes === 1 ? x : { kind: 'splat', type: register(x.type.scalar, lanes), x }

/** Lanes of `a` and `b` in turns: the first or the second vector full. */
export function zip(a: Expr, b: Expr, half: 0 | 1): Expr {
  const { lanes } = a.type
  const pick = Array.from({ length: lanes }, (_, l) => (half * lanes) / 2 + (l >> 1) + (l % 2) * lanes)
  return shuffle(a, b, ...pick)
}

const convertTarget: { readonly [C in ConvertOp]: Scalar } = {
  f32ToF64: 'f64',
  f64ToF32: 'f32',
  i32ToF32: 'f32',
  i32ToF64: 'f64',
  u32ToF32: 'f32',
  u32ToF64: 'f64',
  f32ToI32: 'i32',
  f64ToI32: 'i32',
  boolToI32: 'i32',
  boolToF32: 'f32',
  boolToF64: 'f64',
  bitsF32ToI32: 'i32',
  bitsI32ToF32: 'f32',
  highWordF64: 'i32',
  lowWordF64: 'i32',
}
export const convert = (op: ConvertOp, x: Expr): Expr => ({
  kind: 'convert',
  type: register(convertTarget[op], x.type.lanes),
  op,
  x,
})

export const add = (a: Expr, b: Expr): Expr => binary('add', a, b)
export const sub = (a: Expr, b: Expr): Expr => binary('sub', a, b)
export const mul = (a: Expr, b: Expr): Expr => binary('mul', a, b)
export const div = (a: Expr, b: Expr): Expr => binary('div', a, b)

/** Largest lane count of a register kind. */
export const fullLanes = (scalar: Scalar): Lanes => (scalar === 'f64' ? 2 : 4)
