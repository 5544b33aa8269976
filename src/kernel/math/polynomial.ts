import type { Expr } from '../ir.ts'
import { add, like, mul } from '../builder.ts'

/** Σ coefficients[i] · xⁱ by Horner's rule. The coefficients are exact in the type of `x`. */
export function polynomial(coefficients: readonly number[], x: Expr): Expr {
  return coefficients
    .slice(0, -1)
    .reduceRight<Expr>((sum, c) => add(mul(sum, x), like(x, c)), like(x, coefficients.at(-1) ?? 0))
}
