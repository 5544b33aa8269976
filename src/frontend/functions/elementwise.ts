import * as calls from '../../ops/calls/index.ts'
import { lift } from './lift.ts'

/** a + b, element by element; shapes broadcast. uint8 and int32 wrap, bool counts as int32. */
export const add = lift(calls.add)
/** a − b, element by element; shapes broadcast. uint8 and int32 wrap, bool counts as int32. */
export const sub = lift(calls.sub)
/** a · b, element by element; shapes broadcast. uint8 and int32 wrap, bool counts as int32. */
export const mul = lift(calls.mul)
/** a / b, element by element; shapes broadcast. Integers divide as float32. */
export const div = lift(calls.div)
/** −x. uint8 wraps. */
export const neg = lift(calls.neg)
/** |x|; the least int32 stays as it is. */
export const abs = lift(calls.abs)
/** −1, 0 or 1; ±0 and NaN stay. */
export const sign = lift(calls.sign)
/** √x; NaN below 0, and √−0 is −0. */
export const sqrt = lift(calls.sqrt)
/** 1 / √x, in two roundings. */
export const rsqrt = lift(calls.rsqrt)
/** x · x. */
export const square = lift(calls.square)
/** eˣ. */
export const exp = lift(calls.exp)
/** eˣ − 1, accurate near 0. */
export const expm1 = lift(calls.expm1)
/** Natural logarithm; −∞ at 0, NaN below. */
export const log = lift(calls.log)
/** ln(1 + x), accurate near 0. */
export const log1p = lift(calls.log1p)
/** Sine of x in radians. */
export const sin = lift(calls.sin)
/** Cosine of x in radians. */
export const cos = lift(calls.cos)
/** Hyperbolic tangent. */
export const tanh = lift(calls.tanh)
/** 1 / (1 + e⁻ˣ). */
export const sigmoid = lift(calls.sigmoid)
/** The error function, 2/√π · ∫₀ˣ e^(−t²) dt. */
export const erf = lift(calls.erf)
/**
 * aᵇ, element by element, as floats; shapes broadcast. The plain exponents 2, 0.5 and 1 are a·a, √a and a.
 * Otherwise as `Math.pow`, for instance NaN for a negative base with a fractional exponent.
 */
export const pow = lift(calls.pow)
/** The larger of a and b; NaN if either is NaN. Equal operands give `a`, so maximum(−0, 0) is −0. */
export const maximum = lift(calls.maximum)
/** The smaller of a and b; NaN if either is NaN. Equal operands give `a`. */
export const minimum = lift(calls.minimum)
/**
 * x kept within lower … upper; NaN stays. Leave out a bound, or give null, to keep that side open.
 *
 * @throws GryphError RANGE_INVALID when two plain numbers are crossed
 * @example clamp(tensor([-2, 0.5, 2]), -1, 1) // [-1, 0.5, 1]
 */
export const clamp = lift(calls.clamp)
/** x with negative elements replaced by 0; NaN and −0 stay. */
export const relu = lift(calls.relu)
/** The largest whole number not above x. Integers stay as they are. */
export const floor = lift(calls.floor)
/** a = b. */
export const equal = lift(calls.equal)
/** a ≠ b. */
export const notEqual = lift(calls.notEqual)
/** a < b. */
export const less = lift(calls.less)
/** a ≤ b. */
export const lessEqual = lift(calls.lessEqual)
/** a > b. */
export const greater = lift(calls.greater)
/** a ≥ b. */
export const greaterEqual = lift(calls.greaterEqual)
/** Where x is NaN. */
export const isNaN = lift(calls.isNaN)
/** Not x; anything but 0 counts as true. */
export const logicalNot = lift(calls.logicalNot)
/** Both a and b; anything but 0 counts as true. */
export const logicalAnd = lift(calls.logicalAnd)
/** a or b or both; anything but 0 counts as true. */
export const logicalOr = lift(calls.logicalOr)
/** One of a and b but not both; anything but 0 counts as true. */
export const logicalXor = lift(calls.logicalXor)
/**
 * `a` where the condition holds, `b` elsewhere; the three broadcast. No gradient flows to the side not taken. Two plain numbers give
 * float32.
 *
 * @param condition bool; anything but 0 counts as true
 * @example where(greater(x, 0), x, 0)
 */
export const where = lift(calls.where)
/**
 * `x` with another dtype. Floats go to integers toward zero, saturating, NaN as 0; uint8 wraps; anything but 0 is true.
 *
 * @throws GryphError DTYPE_UNSUPPORTED when there is no such dtype
 */
export const cast = lift(calls.cast)
