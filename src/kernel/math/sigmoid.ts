import type { Expr } from '../ir.ts'
import { add, binary, div, like } from '../builder.ts'
import { expParts } from './exp.ts'

/** 2⁻²⁴: scales numerator and denominator, so that no e^−x whose reciprocal is a subnormal number overflows. */
const shift = -24
const scale = 2 ** shift

/**
 * 1 / (1 + e^−x): within 2 ulp for every x (all f32 tried), subnormal results included. From 17.4 up it is 1.
 * The power of two comes last in the sum: one rounding of full size, whichever term is the largest.
 */
export function sigmoid(x: Expr): Expr {
  const clamped = binary('pmin', binary('pmax', x, like(x, -105)), like(x, 30))
  const { power, growth } = expParts(clamped, -1, shift)
  return div(like(x, scale), add(add(growth, like(x, scale)), power))
}
