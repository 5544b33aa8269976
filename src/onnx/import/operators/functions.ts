import { where } from '../../../frontend/functions/elementwise.ts'
import type { Dtype } from '../../../base/dtype.ts'
import { full } from '../../../frontend/fill.ts'
import type { Tensor } from '../../../frontend/tensor.ts'

/** Functions of ONNX that gryph has no op for, composed of those that it has. */

export const scalar = (value: number, dtype: Dtype): Tensor => full([], value, { dtype })

export const ceil = (x: Tensor): Tensor => x.neg().floor().neg()

export const trunc = (x: Tensor): Tensor => where(x.less(0), ceil(x), x.floor())

/** To the nearest whole number, halves to the even one. */
export function round(x: Tensor): Tensor {
  const lower = x.floor()
  const rest = x.sub(lower)
  const isOdd = lower.mul(0.5).sub(lower.mul(0.5).floor()).greater(0)
  return where(rest.greater(0.5).logicalOr(rest.equal(0.5).logicalAnd(isOdd)), lower.add(1), lower)
}

export const tan = (x: Tensor): Tensor => x.sin().div(x.cos())
export const sinh = (x: Tensor): Tensor => x.expm1().sub(x.neg().expm1()).mul(0.5)
export const cosh = (x: Tensor): Tensor => x.exp().add(x.neg().exp()).mul(0.5)
export const atanh = (x: Tensor): Tensor => x.log1p().sub(x.neg().log1p()).mul(0.5)
export const acosh = (x: Tensor): Tensor => x.add(x.square().sub(1).sqrt()).log()

export function asinh(x: Tensor): Tensor {
  const size = x.abs()
  const square = size.square()
  return x.sign().mul(size.add(square.div(square.add(1).sqrt().add(1))).log1p())
}

/** By x = 1 / x above 1, twice halved below, and the series up to what float64 can hold there. */
export function atan(x: Tensor): Tensor {
  const size = x.abs()
  const isLarge = size.greater(1)
  const inside = where(isLarge, scalar(1, x.dtype).div(size), size)
  const halved = halfAngle(halfAngle(inside))
  const square = halved.square()
  // Σ (−1)ᵏ x²ᵏ⁺¹ / (2k + 1), where x ≤ tan(π / 16)
  const series = Array.from({ length: 12 }, (_, k) => (k % 2 === 0 ? 1 : -1) / (2 * k + 1)).reduceRight<Tensor>(
    (sum, factor) => sum.mul(square).add(factor),
    square.mul(0),
  )
  const angle = series.mul(halved).mul(4)
  return x.sign().mul(where(isLarge, angle.neg().add(Math.PI / 2), angle))
}

/** tan(α / 2) of tan(α). */
const halfAngle = (x: Tensor): Tensor => x.div(x.square().add(1).sqrt().add(1))

/** 2 · atan(x / (1 + √(1 − x²))), which loses nothing near ±1. */
export const asin = (x: Tensor): Tensor => atan(x.div(root(x).add(1))).mul(2)
export const acos = (x: Tensor): Tensor =>
  asin(x)
    .neg()
    .add(Math.PI / 2)

const root = (x: Tensor): Tensor => x.neg().add(1).mul(x.add(1)).sqrt()
