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
  /** r before rounding is high − low; of ±r where the sign is negative. */
  readonly high: Expr
  readonly low: Expr
  readonly r: Expr
}

/** ±x = n·ln 2 ± r with |r| ≤ ½ ln 2: with either sign the same bits as for that number, from the same constants. */
function reduce(x: Expr, bias: number, sign: 1 | -1 = 1): Reduced {
  const magicNumber = like(x, roundingMagic + bias)
  const scaled = mul(x, like(x, log2e))
  const magic = sign > 0 ? add(scaled, magicNumber) : sub(magicNumber, scaled)
  const n = sub(magic, magicNumber)
  const [most, low] = [mul(n, like(x, ln2High)), mul(n, like(x, ln2Low))]
  const high = sign > 0 ? sub(x, most) : add(x, most)
  return { magic: bitsOf(magic), high, low, r: sign > 0 ? sub(high, low) : add(high, low) }
}

/** e^r − 1 − r */
function tail(r: Expr): Expr {
  const square = mul(r, r)
  return mul(square, splitPolynomial(expTail, r, square))
}

/** f·(e^±r − 1) for a power of two f. With f in both terms the sum is scaled as soon as it is done. */
function scaledGrowth(f: Expr, r: Expr, sign: 1 | -1 = 1): Expr {
  const square = mul(r, r)
  const rest = mul(mul(square, f), splitPolynomial(expTail, r, square, sign))
  return sign > 0 ? add(rest, mul(r, f)) : sub(rest, mul(r, f))
}

/** Two powers of two with product 2^n, |n| ≤ 252, from the bits of a rounding sum with bias 254. */
export function splitPower(magic: Expr): [Expr, Expr] {
  const half = shiftRight(magic, 1)
  return [fromBits(shiftLeft(half, 23)), fromBits(shiftLeft(sub(magic, half), 23))]
}

/** e^±x for −105 ≤ ±x ≤ 89 or NaN. The second product alone rounds, also to a subnormal or to infinity. */
function expClamped(x: Expr, sign: 1 | -1): Expr {
  const { magic, r } = reduce(x, 254, sign)
  const [first, second] = splitPower(magic)
  return mul(add(first, scaledGrowth(first, r, sign)), second)
}

/** The sum of `power`, 2^(n + shift), and `growth` is e^±x · 2^shift, if power and sum are normal; |growth| is at most 0.42 · power. */
export function expParts(x: Expr, sign: 1 | -1, shift = 0): { power: Expr; growth: Expr } {
  const { magic, r } = reduce(x, 127 + shift, sign)
  const power = fromBits(shiftLeft(magic, 23))
  return { power, growth: scaledGrowth(power, r, sign) }
}

/** Raises 2⁻¹⁵⁰ above the subnormal numbers. With an odd shift the bias is even as in `expClamped`, so that ties of n round alike. */
const raise = 25

/** e^±x for ±x ≤ 0 or NaN: the same bits as `exp`, as all f32 tried show. */
function expNotAboveZero(x: Expr, sign: 1 | -1): Expr {
  const clamped = sign > 0 ? binary('pmax', x, like(x, -105)) : binary('pmin', x, like(x, 105))
  const { power, growth } = expParts(clamped, sign, raise)
  return mul(add(power, growth), like(x, 2 ** -raise))
}

/** e^x: within 1.05 ulp for every x (all f32 tried), subnormal results included. `isAtMostZero` says that no x is above 0. */
export function exp(x: Expr, isAtMostZero = false): Expr {
  const [size, sign] = x.kind === 'unary' && x.op === 'neg' ? ([x.x, -1] as const) : ([x, 1] as const)
  if (isAtMostZero || (sign < 0 && isSquare(size))) return expNotAboveZero(size, sign)
  const [lowest, highest] = sign > 0 ? [-105, 89] : [-89, 105]
  return expClamped(binary('pmin', binary('pmax', size, like(x, lowest)), like(x, highest)), sign)
}

const isSquare = (x: Expr): boolean => x.kind === 'binary' && x.op === 'mul' && x.a === x.b

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
