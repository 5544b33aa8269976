import type { Expr } from '../ir.ts'
import { add, like, mul, sub } from '../builder.ts'

/** Σ coefficients[i] · xⁱ by Horner's rule. The coefficients are exact in the type of `x`. */
export function polynomial(coefficients: readonly number[], x: Expr): Expr {
  return coefficients
    .slice(0, -1)
    .reduceRight<Expr>((sum, c) => add(mul(sum, x), like(x, c)), like(x, coefficients.at(-1) ?? 0))
}

/** The same of ±x from `square` = x²: even powers and odd powers side by side, a chain half as long with as many operations. */
export function splitPolynomial(coefficients: readonly number[], x: Expr, square: Expr, sign: 1 | -1 = 1): Expr {
  const even = polynomial(
    coefficients.filter((_, i) => i % 2 === 0),
    square,
  )
  const odd = polynomial(
    coefficients.filter((_, i) => i % 2 === 1),
    square,
  )
  return sign > 0 ? add(even, mul(odd, x)) : sub(even, mul(odd, x))
}
