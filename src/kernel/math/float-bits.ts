import type { Expr } from '../ir.ts'
import { add, binary, convert, i32, like, mul, sub } from '../builder.ts'

/** Bits of f32 values as i32, lane by lane. Shifts take one scalar count for all lanes. */

export const bitsOf = (x: Expr): Expr => convert('bitsF32ToI32', x)
export const fromBits = (bits: Expr): Expr => convert('bitsI32ToF32', bits)
export const shiftLeft = (bits: Expr, count: number): Expr => binary('shl', bits, i32(count))
export const shiftRight = (bits: Expr, count: number): Expr => binary('shrS', bits, i32(count))
export const mask = (bits: Expr, kept: number): Expr => binary('and', bits, like(bits, kept))

const signBit = -0x80000000
/** The sign bit alone. */
export const signOf = (x: Expr): Expr => mask(bitsOf(x), signBit)
/** `x` with the sign bit of `sign` set as well; `sign` holds no other bit. */
export const withSign = (x: Expr, sign: Expr): Expr => fromBits(binary('or', bitsOf(x), sign))
/** −|x| */
export const negativeAbs = (x: Expr): Expr => fromBits(binary('or', bitsOf(x), like(bitsOf(x), signBit)))
/** `x`, negated where `sign` has the sign bit, the only one it may hold. */
export const flipSign = (x: Expr, sign: Expr): Expr => fromBits(binary('xor', bitsOf(x), sign))

/** 1.5·2²³: added to |x| < 2²², it leaves x rounded to an integer (ties to even) in the low bits of the sum. */
export const roundingMagic = 12582912

const sqrtHalfBits = 0x3f3504f3

/** A positive normal `x` as mantissa · 2^e with the mantissa in [√½, √2), exactly; `power` is e · 2²³, as i32. */
export function splitNormal(x: Expr): { mantissa: Expr; power: Expr } {
  const bits = bitsOf(x)
  const power = mask(sub(bits, like(bits, sqrtHalfBits)), -0x800000)
  return { mantissa: fromBits(sub(bits, power)), power }
}

/** e in f32, from `power` of `splitNormal`. */
export const exponentOf = (power: Expr): Expr => convert('i32ToF32', shiftRight(power, 23))

/** The same for any positive finite `x`, with e in f32. Whatever `x` is, both results are finite. */
export function splitExponent(x: Expr): { mantissa: Expr; exponent: Expr } {
  // All ones where x is subnormal (or negative); a factor 2²³ or 1 then makes it normal. No select: shifts are cheaper.
  const isSubnormal = shiftRight(sub(bitsOf(x), like(bitsOf(x), 0x00800000)), 31)
  const raised = mask(isSubnormal, 23 << 23)
  const { mantissa, power } = splitNormal(mul(x, fromBits(add(raised, like(raised, 0x3f800000)))))
  return { mantissa, exponent: exponentOf(sub(power, raised)) }
}
