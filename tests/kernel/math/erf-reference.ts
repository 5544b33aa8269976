/**
 * erf by the series 2/√π · e^−x² · Σ 2ⁿ x^(2n+1) / (2n+1)!!, all of one sign.
 * Source: NIST Digital Library of Mathematical Functions, 7.6.2.
 */
export function erfReference(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x)
  if (x === 0) return x
  let term = x
  let sum = x
  for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-18; n++) {
    term *= (2 * x * x) / (2 * n + 1)
    sum += term
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum
}
