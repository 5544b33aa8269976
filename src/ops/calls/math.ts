import type { Value } from '../interpreter.ts'
import { mul } from './arithmetic.ts'
import { cast } from './cast.ts'
import { applyBinary, applyUnary, askNumbers, computedIn, isValue, valueOf, type Operand } from './operands.ts'

/** Functions of floats; integers and bool are taken as float32. */

/** a / b, element by element; shapes broadcast. Integers divide as float32. */
export const div = (a: Operand, b: Operand): Value => applyBinary('div', a, b, 'float')

/** √x; NaN below 0, and √−0 is −0. */
export const sqrt = (x: Operand): Value => applyUnary('sqrt', x, 'float')

/** 1 / √x, in two roundings. */
export const rsqrt = (x: Operand): Value => div(1, sqrt(x))

/** x · x. */
export function square(x: Operand): Value {
  const value = valueOf('square', x)
  return mul(value, value)
}

/** eˣ. */
export const exp = (x: Operand): Value => applyUnary('exp', x, 'float')

/** eˣ − 1, accurate near 0. */
export const expm1 = (x: Operand): Value => applyUnary('expm1', x, 'float')

/** Natural logarithm; −∞ at 0, NaN below. */
export const log = (x: Operand): Value => applyUnary('log', x, 'float')

/** ln(1 + x), accurate near 0. */
export const log1p = (x: Operand): Value => applyUnary('log1p', x, 'float')

/** Sine of x in radians. */
export const sin = (x: Operand): Value => applyUnary('sin', x, 'float')

/** Cosine of x in radians. */
export const cos = (x: Operand): Value => applyUnary('cos', x, 'float')

/** Hyperbolic tangent. */
export const tanh = (x: Operand): Value => applyUnary('tanh', x, 'float')

/** 1 / (1 + e⁻ˣ). */
export const sigmoid = (x: Operand): Value => applyUnary('sigmoid', x, 'float')

/** The error function, 2/√π · ∫₀ˣ e^(−t²) dt. */
export const erf = (x: Operand): Value => applyUnary('erf', x, 'float')

/**
 * aᵇ, element by element, as floats; shapes broadcast. The plain exponents 2, 0.5 and 1 are a·a, √a and a.
 * Otherwise as in IEEE 754: NaN for a negative base with a fractional exponent, 1 for the base 1 or the exponent 0.
 */
export function pow(a: Operand, b: Operand): Value {
  if (isValue(a) && !a.weak) {
    const plain = askNumbers('is 2, 0.5 or 1', [b], (exponent) => [2, 0.5, 1].indexOf(exponent))
    if (plain === 0) return square(asFloat(a))
    if (plain === 1) return sqrt(a)
    if (plain === 2) return asFloat(a)
  }
  return applyBinary('pow', a, b, 'float')
}

/** `x` as floats: integers and bool become float32. */
export function asFloat(x: Operand): Value {
  const value = valueOf('cast', x)
  return cast(value, computedIn('float', value.type.dtype))
}
