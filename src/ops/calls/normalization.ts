import { sameShape, type Shape } from '../../base/shape.ts'
import { normalizedShapeMismatch, optionValue, sizesDiffer } from '../errors.ts'
import type { Value } from '../interpreter.ts'
import { add, mul, sub } from './arithmetic.ts'
import { asFloat, rsqrt, square } from './math.ts'
import { valueOf, type Operand } from './operands.ts'
import { mean } from './reduce.ts'

/** What a normalization may be scaled by and moved by afterwards. */
export interface Affine {
  readonly weight?: Operand | null
  readonly bias?: Operand | null
}

/** (x − mean) / √(variance + eps), times the weight, plus the bias. */
export function normalizeBy(centered: Value, variance: Value, { weight, bias }: Affine, eps: number): Value {
  const normal = mul(centered, rsqrt(add(variance, eps)))
  const scaled = weight === undefined || weight === null ? normal : mul(normal, weight)
  return bias === undefined || bias === null ? scaled : add(scaled, bias)
}

/** That a number added to a variance is one. */
export function requireEps(where: string, eps: number): void {
  if (typeof eps !== 'number' || !(eps >= 0 && eps < Infinity))
    throw optionValue(where, 'eps', eps, 'a number of at least 0')
}

/**
 * Each group of elements along the last axes less its mean, over the root of its variance: (x − mean) / √(variance + eps) · weight + bias,
 * with the variance of the elements (divided by their number).
 *
 * @param normalizedShape sizes of the last axes, which mean and variance are over; weight and bias have this shape
 * @throws GryphError NORMALIZED_SHAPE, SHAPE_MISMATCH, OPTION_INVALID
 */
export function layerNorm(
  x: Operand,
  normalizedShape: number | Shape,
  weight?: Operand | null,
  bias?: Operand | null,
  eps = 1e-5,
): Value {
  const value = asFloat(valueOf('layerNorm', x))
  const { shape } = value.type
  const sizes = typeof normalizedShape === 'number' ? [normalizedShape] : normalizedShape
  const first = shape.length - (Array.isArray(sizes) ? sizes.length : 0)
  if (first === shape.length || first < 0 || !sameShape(shape.slice(first), sizes))
    throw normalizedShapeMismatch('layerNorm', shape, sizes)
  requireEps('layerNorm', eps)
  for (const [name, part] of [
    ['weight', weight],
    ['bias', bias],
  ] as const) {
    if (part === undefined || part === null) continue
    const given = valueOf('layerNorm', part).type.shape
    if (!sameShape(given, sizes)) throw sizesDiffer('layerNorm', `the ${name} and normalizedShape`, given, sizes)
  }
  const axes = sizes.map((_, i) => first + i)
  const centered = sub(value, mean(value, axes, true))
  return normalizeBy(centered, mean(square(centered), axes, true), { weight: weight ?? null, bias: bias ?? null }, eps)
}
