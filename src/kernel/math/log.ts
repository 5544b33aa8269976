import type { Expr } from '../ir.ts'
import { add, binary, compare, like, mul, select, sub } from '../builder.ts'
import { exponentOf, fromBits, signOf, splitExponent, splitNormal, withSign } from './float-bits.ts'
import { splitPolynomial } from './polynomial.ts'

/** ln 2 in two parts; the first has 10 bits, so that its products with exponents are exact. */
const ln2High = 0.693359375
const ln2Low = -0.00021219444170128554
/** (log(1 + f) − f + f²/2) / f³ on [√½ − 1, √2 − 1]; relative error of the logarithm at most 2^−24.7. */
const logTail = [
  0.3333390951156616, -0.2500133812427521, 0.19963064789772034, -0.1657758504152298, 0.1491476446390152,
  -0.14267483353614807, 0.0870043933391571,
]

/** log(1 + f) + exponent · ln 2, small terms first. */
function combine(f: Expr, exponent: Expr): Expr {
  const square = mul(f, f)
  const tail = mul(square, sub(mul(f, splitPolynomial(logTail, f, square)), like(f, 0.5)))
  const small = add(tail, mul(exponent, like(f, ln2Low)))
  return add(add(f, small), mul(exponent, like(f, ln2High)))
}

const largest = (2 - 2 ** -23) * 2 ** 127

/** `value` where `x` is positive and finite, else log(x): −∞ at 0, +∞ at +∞, NaN for the rest. */
function orSpecial(x: Expr, value: Expr): Expr {
  const positive = binary('pmax', sub(x, like(x, largest)), value) // the difference is at most 0, or +∞
  const other = select(compare('eq', x, like(x, 0)), like(x, -Infinity), like(x, NaN))
  return select(compare('gt', x, like(x, 0)), positive, other)
}

/**
 * Natural logarithm: within 1.25 ulp for every x (all f32 tried), subnormals included.
 * Source of the method: Cody and Waite, 1980, chapter 5, with a polynomial in f = m − 1 for the mantissa m.
 */
export function log(x: Expr): Expr {
  const { mantissa, exponent } = splitExponent(x)
  return orSpecial(x, combine(sub(mantissa, like(x, 1)), exponent))
}

/** log(1 + x): within 1.8 ulp for every x (all f32 tried). What 1 + x loses is added to the mantissa. */
export function log1p(x: Expr): Expr {
  const one = like(x, 1)
  const u = add(one, x)
  const rounded = sub(u, one)
  const lost = add(sub(one, sub(u, rounded)), sub(x, rounded)) // u + lost = 1 + x exactly
  const { mantissa, power } = splitNormal(u)
  const inverse = fromBits(binary('pmax', sub(like(power, 0x3f800000), power), like(power, 0))) // 0 from 2¹²⁷ up
  const f = add(sub(mantissa, one), mul(lost, inverse))
  return withSign(orSpecial(u, combine(f, exponentOf(power))), signOf(x)) // for −0
}
