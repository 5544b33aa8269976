import type { Expr } from '../ir.ts'
import { add, binary, compare, div, like, mul, select, sub, unary } from '../builder.ts'
import { fastTwoSum, multiply, twoProduct, type DoubleFloat } from './double-float.ts'
import { splitPower } from './exp.ts'
import { bitsOf, roundingMagic, signOf, splitExponent, withSign } from './float-bits.ts'
import { polynomial } from './polynomial.ts'

/** `value` as a sum of two f32. */
const twoParts = (value: number): readonly [number, number] => [
  Math.fround(value),
  Math.fround(value - Math.fround(value)),
]
const slope = twoParts(2 * Math.LOG2E)
const cubic = twoParts((2 / 3) * Math.LOG2E)
/** (log2((1 + s) / (1 − s)) / s − slope − cubic s²) / s⁴ in s² for |s| ≤ (√2 − 1) / (√2 + 1); error of the logarithm at most 2^−36.7. */
const log2Tail = [0.5770801901817322, 0.4118499457836151, 0.3378197252750397]
/** (2^f − 1) / f on |f| ≤ 0.5001; relative error of 2^f at most 2^−26.2. */
const exp2Tail = [
  0.6931471824645996, 0.24022594094276428, 0.055503662675619125, 0.009625445120036602, 0.0013387942453846335,
  0.0001333285035798326,
]

/** log2 of a positive finite `x`, relative error about 2⁻³⁵. */
function log2(x: Expr): DoubleFloat {
  const { mantissa, exponent } = splitExponent(x)
  const one = like(x, 1)
  // s = (m − 1) / (m + 1): a rounded quotient, then its error from the exact remainder.
  const f = sub(mantissa, one)
  const d = add(mantissa, one)
  const dLow = sub(mantissa, sub(d, one))
  const inverse = div(one, d)
  const sHigh = mul(f, inverse)
  const back = twoProduct(sHigh, d)
  const remainder = sub(sub(sub(f, back.high), back.low), mul(sHigh, dLow))
  const s: DoubleFloat = { high: sHigh, low: mul(remainder, inverse) }
  // log2(m) = s · (slope + s² · (cubic + s² · tail(s²)))
  const square = multiply(s, s)
  const inner = fastTwoSum(like(x, cubic[0]), mul(square.high, polynomial(log2Tail, square.high)))
  const scaled = multiply(square, { high: inner.high, low: add(inner.low, like(x, cubic[1])) })
  const outer = fastTwoSum(like(x, slope[0]), scaled.high)
  const logarithm = multiply(s, { high: outer.high, low: add(outer.low, add(scaled.low, like(x, slope[1]))) })
  const sum = fastTwoSum(exponent, logarithm.high)
  return fastTwoSum(sum.high, add(sum.low, logarithm.low))
}

/** 2^(high + low) */
function exp2({ high, low }: DoubleFloat): Expr {
  const clamped = binary('pmin', binary('pmax', high, like(high, -160)), like(high, 140))
  const magicNumber = like(high, roundingMagic + 254)
  const magic = add(clamped, magicNumber)
  const rest = add(sub(clamped, sub(magic, magicNumber)), low)
  const f = binary('pmin', binary('pmax', rest, like(high, -1)), like(high, 1)) // low means nothing where high was clamped
  const [first, second] = splitPower(bitsOf(magic))
  return mul(mul(add(like(high, 1), mul(f, polynomial(exp2Tail, f))), first), second)
}

const both = (a: Expr, b: Expr): Expr => binary('and', a, b)
const either = (a: Expr, b: Expr): Expr => binary('or', a, b)

/**
 * x ** y with the special cases of IEEE 754 (x⁰ = 1 and 1^y = 1, NaN included): within 1.3 ulp (6·10⁷ pairs tried).
 * 2^(y · log2|x|) with the logarithm as a sum of two f32; log2 m = 2 atanh(s) / ln 2 for s = (m − 1) / (m + 1).
 */
export function pow(x: Expr, y: Expr): Expr {
  const [zero, one, infinity, nan] = [like(x, 0), like(x, 1), like(x, Infinity), like(x, NaN)]
  const base = unary('abs', x)
  // Beyond 2³³ every base but 1 overflows or vanishes; the clamp keeps the products below finite.
  const exponent = binary('pmin', binary('pmax', y, like(y, -(2 ** 33))), like(y, 2 ** 33))
  const logarithm = log2(base)
  const product = twoProduct(exponent, logarithm.high)
  const finite = exp2({ high: product.high, low: add(product.low, mul(exponent, logarithm.low)) })

  const isInfinite = compare('eq', base, infinity)
  const isZero = compare('eq', x, zero)
  const grows = binary('xor', isInfinite, compare('lt', y, zero))
  const magnitude = select(either(isZero, isInfinite), select(grows, infinity, zero), finite)

  const half = mul(y, like(y, 0.5))
  const isInteger = compare('eq', unary('floor', y), y)
  const isOdd = both(isInteger, compare('ne', unary('floor', half), half))
  const signed = withSign(magnitude, select(isOdd, signOf(x), like(bitsOf(x), 0)))

  const isNegativeFinite = both(compare('lt', x, zero), compare('ne', base, infinity))
  const isUndefined = both(isNegativeFinite, unary('not', isInteger))
  const isNaN = either(isUndefined, either(compare('ne', x, x), compare('ne', y, y)))
  const isOne = either(compare('eq', x, one), compare('eq', y, zero))
  return select(isOne, one, select(isNaN, nan, signed))
}
