import type { Expr } from '../ir.ts'
import { add, binary, compare, div, like, mul, select, sub } from '../builder.ts'
import { expClamped } from './exp.ts'
import { negativeAbs } from './float-bits.ts'

/**
 * 1 / (1 + e^−x): within 1.9 ulp for every x (all f32 tried), subnormal results included.
 * With d = e^−|x| and q = d / (1 + d) it is 1 − q for x ≥ 0 and d − d·q below, which rounds less than q itself.
 */
export function sigmoid(x: Expr): Expr {
  const decay = expClamped(binary('pmax', negativeAbs(x), like(x, -105)))
  const quotient = div(decay, add(like(x, 1), decay))
  const leading = select(compare('lt', x, like(x, 0)), decay, like(x, 1))
  return sub(leading, mul(leading, quotient))
}
