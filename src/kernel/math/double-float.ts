import type { Expr } from '../ir.ts'
import { add, mul, sub } from '../builder.ts'
import { bitsOf, fromBits, mask } from './float-bits.ts'

/**
 * Sums and products of f32 with their rounding errors, by plain f32 operations.
 * Source: T. J. Dekker, A floating-point technique for extending the available precision, 1971; the split is by bits here.
 */
export interface DoubleFloat {
  readonly high: Expr
  readonly low: Expr
}

/** a + b exactly, when |a| ≥ |b| or a = 0. */
export function fastTwoSum(a: Expr, b: Expr): DoubleFloat {
  const high = add(a, b)
  return { high, low: sub(b, sub(high, a)) }
}

/** The leading 12 bits of `x`; the other 12 are x minus them. */
const leading = (x: Expr): Expr => fromBits(mask(bitsOf(x), -0x1000))

/** a · b exactly, unless the product or its error leaves the normal range. */
export function twoProduct(a: Expr, b: Expr): DoubleFloat {
  const high = mul(a, b)
  const [aHigh, bHigh] = [leading(a), leading(b)]
  const [aLow, bLow] = [sub(a, aHigh), sub(b, bHigh)]
  const error = add(add(sub(mul(aHigh, bHigh), high), add(mul(aHigh, bLow), mul(aLow, bHigh))), mul(aLow, bLow))
  return { high, low: error }
}

/** a · b with a relative error of a few 2⁻⁴⁷. */
export function multiply(a: DoubleFloat, b: DoubleFloat): DoubleFloat {
  const { high, low } = twoProduct(a.high, b.high)
  return fastTwoSum(high, add(low, add(mul(a.high, b.low), mul(a.low, b.high))))
}
