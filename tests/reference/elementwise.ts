import type { Dtype } from '../../src/base/dtype.ts'
import type { OpName } from '../../src/ops/table.ts'

export interface ScalarTypes {
  /** Of the first operand. */
  readonly from: Dtype
  readonly to: Dtype
}
/** One element from one element of each operand. The caller stores it, which rounds to float32 and wraps integers. */
export type ScalarFunction = (operands: readonly number[], types: ScalarTypes) => number

const one =
  (f: (x: number) => number): ScalarFunction =>
  ([x]) =>
    f(x!)
const two =
  (f: (a: number, b: number) => number): ScalarFunction =>
  ([a, b]) =>
    f(a!, b!)
const truth = (holds: (a: number, b: number) => boolean): ScalarFunction => two((a, b) => (holds(a, b) ? 1 : 0))

/** NaN of either operand stays; equal operands (−0 and 0 too) give the first. */
const extreme = (isBetter: (b: number, a: number) => boolean): ScalarFunction =>
  two((a, b) => (Number.isNaN(a) ? a : Number.isNaN(b) ? b : isBetter(b, a) ? b : a))

/** Toward zero, saturating, NaN as 0. */
function toInt32(x: number): number {
  if (Number.isNaN(x)) return 0
  return Math.trunc(Math.min(2 ** 31 - 1, Math.max(-(2 ** 31), x)))
}

const cast: ScalarFunction = ([x], { to }) => {
  if (to === 'bool') return x === 0 ? 0 : 1
  return to === 'int32' || to === 'uint8' ? toInt32(x!) : x!
}

/** Taylor series near 0, continued fraction of erfc elsewhere. */
function erf(x: number): number {
  if (Number.isNaN(x) || x === 0) return x
  const size = Math.abs(x)
  const squared = size * size
  if (size < 2.5) {
    let term = size
    let sum = size
    for (let n = 1; n < 100; n++) {
      term *= -squared / n
      sum += term / (2 * n + 1)
    }
    return Math.sign(x) * (2 / Math.sqrt(Math.PI)) * sum
  }
  let fraction = 0
  for (let n = 100; n > 0; n--) fraction = n / 2 / (size + fraction)
  return Math.sign(x) * (1 - Math.exp(-squared) / Math.sqrt(Math.PI) / (size + fraction))
}

export const elementwise: Partial<Readonly<Record<OpName, ScalarFunction>>> = {
  copy: one((x) => x),
  neg: one((x) => -x),
  abs: one(Math.abs),
  sign: one(Math.sign),
  sqrt: one(Math.sqrt),
  floor: one(Math.floor),
  exp: one(Math.exp),
  expm1: one(Math.expm1),
  log: one(Math.log),
  log1p: one(Math.log1p),
  sin: one(Math.sin),
  cos: one(Math.cos),
  tanh: one(Math.tanh),
  sigmoid: one((x) => 1 / (1 + Math.exp(-x))),
  erf: one(erf),
  relu: one((x) => (x < 0 ? 0 : x)),
  logicalNot: one((x) => (x === 0 ? 1 : 0)),
  cast,
  add: two((a, b) => a + b),
  sub: two((a, b) => a - b),
  mul: ([a, b], { to }) => (to === 'int32' ? Math.imul(a!, b!) : a! * b!),
  div: two((a, b) => a / b),
  // C and IEEE 754 say 1 where JavaScript says NaN.
  pow: two((a, b) => (a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b)),
  maximum: extreme((b, a) => b > a),
  minimum: extreme((b, a) => b < a),
  equal: truth((a, b) => a === b),
  notEqual: truth((a, b) => a !== b),
  less: truth((a, b) => a < b),
  lessEqual: truth((a, b) => a <= b),
  greater: truth((a, b) => a > b),
  greaterEqual: truth((a, b) => a >= b),
  logicalAnd: truth((a, b) => a !== 0 && b !== 0),
  logicalOr: truth((a, b) => a !== 0 || b !== 0),
  logicalXor: truth((a, b) => (a !== 0) !== (b !== 0)),
  where: ([condition, a, b]) => (condition === 0 ? b! : a!),
}
