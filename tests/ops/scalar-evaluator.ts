import type { Dtype } from '../../src/base/dtype.ts'
import type { MathFunction, ScalarBuilder, ScalarOp, ScalarValue } from '../../src/ops/scalar-builder.ts'

type Scalar = ScalarValue['type']['scalar']
/** A register that holds a number: what a record lowers to is computed while it is written. */
export interface Register extends ScalarValue {
  readonly value: number
}

const registerOf: { readonly [D in Dtype]: Scalar } = {
  float32: 'f32',
  float64: 'f64',
  int32: 'i32',
  uint8: 'i32',
  bool: 'bool',
}
const rounded: { readonly [S in Scalar]: (value: number) => number } = {
  f32: Math.fround,
  f64: (value) => value,
  i32: (value) => value | 0,
  bool: (value) => (value === 0 ? 0 : 1),
}

export const register = (scalar: Scalar, value: number): Register => ({
  type: { scalar, lanes: 1 },
  value: rounded[scalar](value),
})
export const ofDtype = (dtype: Dtype, value: number): Register => register(registerOf[dtype], value)
export const held = (x: ScalarValue): Register => x as Register // every value here was made by `register`

const arithmetic: { readonly [O in ScalarOp]?: (a: number, b: number, scalar: Scalar) => number } = {
  neg: (a) => -a,
  abs: (a) => Math.abs(a),
  sqrt: (a) => Math.sqrt(a),
  floor: (a) => Math.floor(a),
  not: (a) => 1 - a,
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b, scalar) => (scalar === 'i32' ? Math.imul(a, b) : a * b),
  div: (a, b) => a / b,
  pmin: (a, b) => (b < a ? b : a),
  pmax: (a, b) => (a < b ? b : a),
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  shl: (a, b) => a << b,
  shrS: (a, b) => a >> b,
  shrU: (a, b) => a >>> b,
}
const comparisons: { readonly [O in ScalarOp]?: (a: number, b: number) => boolean } = {
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  lt: (a, b) => a < b,
  le: (a, b) => a <= b,
  gt: (a, b) => a > b,
  ge: (a, b) => a >= b,
  ltU: (a, b) => a >>> 0 < b >>> 0,
}
const functions: { readonly [F in MathFunction]: (a: number, b: number) => number } = {
  exp: Math.exp,
  expNonPositive: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  sin: Math.sin,
  cos: Math.cos,
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  // A. & S. 7.1.5, 7.1.14 are in tests/reference; only that the record asks for erf matters here.
  erf: (x) => (x === 0 ? x : Math.sign(x) * erfOfPositive(Math.abs(x))),
  // IEEE 754 says 1 where JavaScript says NaN.
  pow: (a, b) => (a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b),
}

/** Simpson's rule on 2/√π · ∫ e^(−t²). */
function erfOfPositive(x: number): number {
  if (x > 6) return 1
  const n = 4000
  let total = 1 + Math.exp(-x * x)
  for (let i = 1; i < n; i++) total += (i % 2 === 1 ? 4 : 2) * Math.exp(-(((i * x) / n) ** 2))
  return ((2 / Math.sqrt(Math.PI)) * total * x) / n / 3
}

const saturated = (value: number): number =>
  Number.isNaN(value) ? 0 : Math.trunc(Math.min(2 ** 31 - 1, Math.max(-(2 ** 31), value)))

export const scalarEvaluator: ScalarBuilder = {
  constant: (value, dtype) => ofDtype(dtype, value),
  op(op, ...operands) {
    const [a, b, c] = operands.map(held)
    if (op === 'select') return a!.value === 0 ? c! : b!
    if (b && a!.type.scalar !== b.type.scalar) throw new Error(`${op} of ${a!.type.scalar} and ${b.type.scalar}`)
    const compare = comparisons[op]
    if (compare) return register('bool', compare(a!.value, b!.value) ? 1 : 0)
    return register(a!.type.scalar, arithmetic[op]!(a!.value, b?.value ?? 0, a!.type.scalar))
  },
  math(fn, ...operands) {
    const [a, b] = operands.map(held)
    return register(a!.type.scalar, functions[fn](a!.value, b?.value ?? 0))
  },
  cast(x, _from, to) {
    const { value } = held(x)
    if (to === 'bool') return register('bool', value === 0 ? 0 : 1)
    if (to === 'uint8') return register('i32', saturated(value) & 255)
    return ofDtype(to, to === 'int32' ? saturated(value) : value)
  },
  fromUnsigned: (x, to) => ofDtype(to, held(x).value >>> 0),
}
