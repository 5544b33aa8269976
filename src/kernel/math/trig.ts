import type { Expr } from '../ir.ts'
import { add, binary, compare, i32, like, mul, select, sub } from '../builder.ts'
import { bitsOf, flipSign, mask, roundingMagic, shiftLeft } from './float-bits.ts'
import { polynomial } from './polynomial.ts'

const twoOverPi = Math.fround(2 / Math.PI)
/** π/2 in parts of at most 8 bits, so that their products with integers up to 2¹⁶ are exact, and the rest. */
const [part1, part2, part3, part4, part5, part6] = [
  1.5703125, 0.000484466552734375, -6.556510925292969e-7, 1.594889909029007e-8, -5.5706550483591855e-11,
  6.223371969669989e-14,
] as const
/** (sin r − r) / r³ in r² on |r| ≤ π/4 + 0.004; relative error of sin r at most 2^−27.8. */
const sinTail = [-0.16666653752326965, 0.008332106284797192, -0.00019507882825564593]
/** (cos r − 1 + r²/2) / r⁴ in r² on the same interval; relative error of cos r at most 2^−32.8. */
const cosTail = [0.04166664555668831, -0.0013887304812669754, 2.443142147967592e-5]

const clamp = (x: Expr, limit: number): Expr => binary('pmin', binary('pmax', x, like(x, -limit)), like(x, limit))

interface Reduced {
  /** Holds n in its low bits. */
  readonly quarterTurns: Expr
  readonly r: Expr
  readonly low: Expr
}

/**
 * x = n·π/2 + r + low with |r| ≤ π/4 + 0.004, for |x| ≤ 102943 (n ≤ 2¹⁶). Beyond, r and low are clamped: they mean nothing but are small.
 * Source: W. Cody and W. Waite, Software Manual for the Elementary Functions, 1980, chapter 8, with more parts.
 */
function reduce(x: Expr): Reduced {
  const magic = add(mul(x, like(x, twoOverPi)), like(x, roundingMagic))
  const n = sub(magic, like(x, roundingMagic))
  const times = (part: number): Expr => mul(n, like(x, part))
  const [fourth, fifth] = [times(part4), times(part5)]
  // Multiples of 2⁻²⁴ below 1, so exact; the next two differences round unless they are small, and `lost` keeps what they lose.
  const r3 = sub(sub(sub(x, times(part1)), times(part2)), times(part3))
  const r4 = sub(r3, fourth)
  const r5 = sub(r4, fifth)
  const lost = add(sub(sub(r3, r4), fourth), sub(sub(r4, r5), fifth))
  return { quarterTurns: bitsOf(magic), r: clamp(r5, 0.8125), low: clamp(sub(lost, times(part6)), 2 ** -20) }
}

/** sin(r + low + quarterTurns · π/2) */
function sinOf({ quarterTurns, r, low }: Reduced): Expr {
  const square = mul(r, r)
  const sine = add(r, add(mul(mul(square, r), polynomial(sinTail, square)), low))
  const parabola = sub(like(r, 1), mul(square, like(r, 0.5)))
  const cosine = add(parabola, sub(mul(mul(square, square), polynomial(cosTail, square)), mul(r, low)))
  const isOdd = compare('ne', mask(quarterTurns, 1), i32(0, r.type.lanes))
  return flipSign(select(isOdd, cosine, sine), shiftLeft(mask(quarterTurns, 2), 30))
}

/**
 * sin x: within 1.31 ulp for |x| ≤ 102943 (all f32 tried). Farther out only |sin x| ≤ 1 is promised; NaN at ±∞.
 */
export const sin = (x: Expr): Expr => select(compare('eq', x, like(x, 0)), x, sinOf(reduce(x))) // sin(−0) = −0

/** cos x: within 1.31 ulp for |x| ≤ 102943 (all f32 tried), |cos x| ≤ 1 beyond; NaN at ±∞. */
export function cos(x: Expr): Expr {
  const reduced = reduce(x)
  return sinOf({ ...reduced, quarterTurns: add(reduced.quarterTurns, like(reduced.quarterTurns, 1)) })
}
