import type { Expr } from '../ir.ts'
import { add, binary, like, mul, sub } from '../builder.ts'
import { bitsOf, fromBits, roundingMagic, shiftLeft, shiftRight, signOf, withSign } from './float-bits.ts'
import { splitPolynomial } from './polynomial.ts'

/**
 * Source of the method: W. Cody and W. Waite, Software Manual for the Elementary Functions, 1980, chapter 6: x = n·ln 2 + r, e^x = 2^n · e^r.
 */
const log2e = Math.fround(Math.LOG2E)
/** ln 2 in two parts; the first has 10 bits, so that its products with exponents are exact. */
const ln2High = 0.693359375
const ln2Low = -0.00021219444170128554
/** (e^r − 1 − r) / r² on |r| ≤ ½ ln 2 + 10⁻⁵; relative error of e^r − 1 at most 2^−26.0. */
const expTail = [
  0.4999999701976776, 0.16666539013385773, 0.04166775569319725, 0.008367124013602734, 0.0013835642021149397,
]

interface Reduced {
  /** Bits of the rounding sum: n plus the bias in the low bits. */
  readonly magic: Expr
  /** r before rounding is high − low. */
  readonly high: Expr
  readonly low: Expr
  readonly r: Expr
}

/** x = n·ln 2 + r with |r| ≤ ½ ln 2. */
function reduce(x: Expr, bias: number): Reduced {
  const magicNumber = like(x, roundingMagic + bias)
  const magic = add(mul(x, like(x, log2e)), magicNumber)
  const n = sub(magic, magicNumber)
  const high = sub(x, mul(n, like(x, ln2High)))
  const low = mul(n, like(x, ln2Low))
  return { magic: bitsOf(magic), high, low, r: sub(high, low) }
}

/** e^r − 1 − r */
function tail(r: Expr): Expr {
  const square = mul(r, r)
  return mul(square, splitPolynomial(expTail, r, square))
}

/** Two powers of two with product 2^n, |n| ≤ 252, from the bits of a rounding sum with bias 254. */
export function splitPower(magic: Expr): [Expr, Expr] {
  const half = shiftRight(magic, 1)
  return [fromBits(shiftLeft(half, 23)), fromBits(shiftLeft(sub(magic, half), 23))]
}

/** e^x for −105 ≤ x ≤ 89 or NaN. The second product alone rounds, also to a subnormal or to infinity. */
export function expClamped(x: Expr): Expr {
  const { magic, high, low, r } = reduce(x, 254)
  const [first, second] = splitPower(magic)
  return mul(mul(add(like(x, 1), add(high, sub(tail(r), low))), first), second)
}

/** e^x for −87 ≤ x ≤ 88 or NaN: no subnormal, no overflow. */
export function expNormal(x: Expr): Expr {
  const { magic, r } = reduce(x, 127)
  return mul(add(like(x, 1), add(r, tail(r))), fromBits(shiftLeft(magic, 23)))
}

/** e^x: within 0.95 ulp for every x (all f32 tried), subnormal results included. */
export const exp = (x: Expr): Expr => expClamped(binary('pmin', binary('pmax', x, like(x, -105)), like(x, 89)))

/** e^x − 1: within 1.28 ulp for every x (all f32 tried). */
export function expm1(x: Expr): Expr {
  const clamped = binary('pmin', binary('pmax', x, like(x, -20)), like(x, 89))
  const { magic, high, low, r } = reduce(clamped, 254)
  const [first, second] = splitPower(magic)
  // e^x − 1 = second · ((first − 1/second) + first · (e^r − 1)), so that only the last product can overflow.
  const inverse = fromBits(sub(like(magic, 0x7f000000), bitsOf(second)))
  const whole = sub(first, inverse)
  const linear = mul(first, r)
  const sum = add(whole, linear)
  const error = sub(linear, sub(sum, whole))
  const rest = add(tail(r), sub(sub(high, r), low))
  const result = mul(second, add(sum, add(error, mul(first, rest))))
  return withSign(result, signOf(x)) // for −0
}
