import type { Dtype } from '../base/dtype.ts'
import type { MathFunction, ScalarBuilder, ScalarOp, ScalarValue } from '../ops/scalar-builder.ts'
import { binary, compare, constant, convert, like, register, select, unary } from './builder.ts'
import { invalidScalarOp } from './errors.ts'
import type { BinaryOp, CompareOp, ConvertOp, Expr, Lanes, Scalar, UnaryOp } from './ir.ts'
import { registerScalar } from './ir.ts'
import { mathExpr } from './math/index.ts'

/** Values that op records handle are kernel expressions made by this builder. */
export const exprOf = (value: ScalarValue): Expr => value as Expr // records get no other values

const unaryOps = new Set<string>(['neg', 'abs', 'sqrt', 'floor', 'not'] satisfies UnaryOp[])
const compareOps = new Set<string>(['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'ltU'] satisfies CompareOp[])

/** The scalar language of op records as expressions of `lanes` lanes. */
export function scalarExpressions(lanes: Lanes): ScalarBuilder {
  return {
    constant: (value, dtype) => constant(roundTo(value, dtype), register(registerScalar[dtype], lanes)),
    op: (op, ...operands) => applyScalarOp(op, operands.map(exprOf)),
    math: (fn: MathFunction, ...operands) => mathExpr(fn, operands.map(exprOf)),
    cast: (x, from, to) => castExpr(exprOf(x), from, to),
    fromUnsigned: (x, to) => convert(to === 'float32' ? 'u32ToF32' : 'u32ToF64', exprOf(x)),
  }
}

/** `value` as an element of `dtype` holds it. */
const roundTo = (value: number, dtype: Dtype): number =>
  dtype === 'float32' ? Math.fround(value) : dtype === 'bool' ? Number(value !== 0) : value

function applyScalarOp(op: ScalarOp, operands: readonly Expr[]): Expr {
  const [a, b, c] = operands
  if (op === 'select' && a && b && c) return select(a, b, c)
  // The casts below follow from membership in the sets.
  if (a && unaryOps.has(op)) return unary(op as UnaryOp, a)
  if (!a || !b) throw invalidScalarOp(op, operands.length)
  if (compareOps.has(op))
    return a.type.scalar === 'bool' ? compareBool(op as CompareOp, a, b) : compare(op as CompareOp, a, b)
  return binary(op as BinaryOp, a, b)
}

/** Truth values compare as 0 and 1. */
function compareBool(op: CompareOp, a: Expr, b: Expr): Expr {
  const not = (x: Expr): Expr => unary('not', x)
  switch (op) {
    case 'eq':
      return not(binary('xor', a, b))
    case 'ne':
      return binary('xor', a, b)
    case 'lt':
    case 'ltU':
      return binary('and', not(a), b)
    case 'gt':
      return binary('and', a, not(b))
    case 'le':
      return binary('or', not(a), b)
    case 'ge':
      return binary('or', a, not(b))
  }
}

/** The conversion between registers of different kinds, bool as a source left out. */
const conversions: {
  readonly [from in Exclude<Scalar, 'bool'>]: { readonly [to in Exclude<Scalar, 'bool'>]?: ConvertOp }
} = {
  f32: { f64: 'f32ToF64', i32: 'f32ToI32' },
  f64: { f32: 'f64ToF32', i32: 'f64ToI32' },
  i32: { f32: 'i32ToF32', f64: 'i32ToF64' },
}
const fromBool = { f32: 'boolToF32', f64: 'boolToF64', i32: 'boolToI32' } as const

/** A change of dtype: toward zero and saturating to int32, modulo 256 to uint8, x ≠ 0 to bool. */
export function castExpr(x: Expr, from: Dtype, to: Dtype): Expr {
  if (from === to) return x
  const [source, target] = [registerScalar[from], registerScalar[to]]
  if (target === 'bool') return compare('ne', x, like(x, 0))
  if (source === 'bool') return convert(fromBool[target], x)
  const conversion = conversions[source][target]
  return wrapped(conversion ? convert(conversion, x) : x, to)
}

/** An i32 register as an element of `dtype` holds it: uint8 keeps the low byte. Registers of uint8 values are always wrapped. */
export function wrapped(x: Expr, dtype: Dtype): Expr {
  if (dtype !== 'uint8' || isByte(x)) return x
  return binary('and', x, like(x, 255))
}

function isByte(x: Expr): boolean {
  if (x.kind === 'constant') return x.value >= 0 && x.value <= 255 && Number.isInteger(x.value)
  if (x.kind === 'load') return x.buffer.dtype === 'uint8'
  if (x.kind === 'select') return isByte(x.a) && isByte(x.b)
  if (x.kind === 'binary' && (x.op === 'pmin' || x.op === 'pmax')) return isByte(x.a) && isByte(x.b)
  return x.kind === 'binary' && x.op === 'and' && x.b.kind === 'constant' && isByte(x.b)
}
