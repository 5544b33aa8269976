import type { Value } from '../interpreter.ts'
import { abs, add, mul, neg, requireBounds, sub } from './arithmetic.ts'
import { where } from './choice.ts'
import { greater, greaterEqual, lessEqual } from './comparison.ts'
import { asFloat, div, erf, expm1, log1p, sigmoid, tanh } from './math.ts'
import { applyUnary, valueOf, type Operand } from './operands.ts'
import { optionValue } from '../errors.ts'
import { checkOptions } from './options.ts'

/** Activations of PyTorch under its names, with its defaults and its gradients at the corners. Integers are taken as float32. */

const floatOf = (name: string, x: Operand): Value => asFloat(valueOf(name, x))

/** x above 0, slope · x elsewhere. */
export function leakyRelu(x: Operand, slope: Operand = 0.01): Value {
  const value = floatOf('leakyRelu', x)
  return where(greater(value, 0), value, mul(value, slope))
}

/** What is above 0, and 0 elsewhere: an exponential of it cannot overflow where `where` does not choose it, and no ∞ · 0 is in a gradient. */
const notAbove0 = (x: Value): Value => where(greater(x, 0), 0, x)

/** x above 0, alpha · (eˣ − 1) elsewhere. */
export function elu(x: Operand, alpha: Operand = 1): Value {
  const value = floatOf('elu', x)
  return where(greater(value, 0), value, mul(expm1(notAbove0(value)), alpha))
}

/** x above 0, alpha · (e^(x/alpha) − 1) elsewhere: like elu, with the slope 1 on both sides of 0. */
export function celu(x: Operand, alpha: Operand = 1): Value {
  const value = floatOf('celu', x)
  return where(greater(value, 0), value, mul(expm1(div(notAbove0(value), alpha)), alpha))
}

/** Klambauer et al., Self-Normalizing Neural Networks (2017), equation 2. */
const seluScale = 1.0507009873554805
const seluAlpha = 1.6732632423543772

/** elu with the factors that keep mean 0 and variance 1 from layer to layer. */
export const selu = (x: Operand): Value => mul(elu(floatOf('selu', x), seluAlpha), seluScale)

/** Options of `gelu`. */
export interface GeluOptions {
  /** 'none': by the error function. 'tanh': the approximation of Hendrycks and Gimpel (2016). Default 'none'. */
  readonly approximate?: 'none' | 'tanh'
}

/** x · Φ(x), where Φ is the distribution function of the normal distribution. */
export function gelu(x: Operand, options: GeluOptions = {}): Value {
  checkOptions('gelu', options, ['approximate'])
  const value = floatOf('gelu', x)
  const { approximate = 'none' } = options
  const half = mul(value, 0.5)
  if (approximate === 'none') return mul(half, add(erf(mul(value, Math.SQRT1_2)), 1))
  if (approximate !== 'tanh') throw optionValue('gelu', 'approximate', approximate, "'none' or 'tanh'")
  const cube = mul(mul(value, value), value)
  return mul(half, add(tanh(mul(add(value, mul(cube, 0.044715)), Math.sqrt(2 / Math.PI))), 1))
}

/** x · sigmoid(x), also called swish. */
export function silu(x: Operand): Value {
  const value = floatOf('silu', x)
  return mul(value, sigmoid(value))
}

/**
 * ln(1 + eˣ) as max(x, 0) + ln(1 + e^−|x|), which neither overflows nor loses small results (Mächler, Accurately Computing log(1 − exp(−|a|)),
 * 2012, section 2). Both parts choose by one comparison, so that the derivative at 0 is ½.
 */
export function softplusParts(value: Value): { readonly isPositive: Value; readonly rest: Value } {
  const isPositive = greater(value, 0)
  return {
    isPositive,
    rest: log1p(applyUnary('exp', where(isPositive, neg(value), value), 'float', { nonPositive: true })),
  }
}

/** ln(1 + e^(beta · x)) / beta. Exact everywhere: PyTorch's threshold, above which it gives x, is not needed. */
export function softplus(x: Operand, beta: Operand = 1): Value {
  const value = floatOf('softplus', x)
  const scaled = beta === 1 ? value : mul(value, beta)
  const { isPositive, rest } = softplusParts(scaled)
  const result = add(where(isPositive, scaled, 0), rest)
  return beta === 1 ? result : div(result, beta)
}

/** ln sigmoid(x), without overflow: −softplus(−x). */
export function logSigmoid(x: Operand): Value {
  const value = floatOf('logSigmoid', x)
  const { isPositive, rest } = softplusParts(value)
  return sub(where(isPositive, 0, value), rest)
}

/** x · tanh(softplus(x)). */
export function mish(x: Operand): Value {
  const value = floatOf('mish', x)
  return mul(value, tanh(softplus(value)))
}

/** x / (1 + |x|). */
export function softsign(x: Operand): Value {
  const value = floatOf('softsign', x)
  return div(value, add(abs(value), 1))
}

/** x kept within lower … upper; NaN stays. Unlike that of `clamp`, the gradient at a bound is 0, as in PyTorch. @throws RANGE_INVALID */
export function hardtanh(x: Operand, lower: Operand = -1, upper: Operand = 1): Value {
  requireBounds('hardtanh', lower, upper)
  const value = floatOf('hardtanh', x)
  return where(lessEqual(value, lower), lower, where(greaterEqual(value, upper), upper, value))
}

/** x kept within 0 … 6. */
export const relu6 = (x: Operand): Value => hardtanh(floatOf('relu6', x), 0, 6)

/** sigmoid by three straight lines: x / 6 + ½ kept within 0 … 1. */
export const hardsigmoid = (x: Operand): Value => div(relu6(add(floatOf('hardsigmoid', x), 3)), 6)

/** x · hardsigmoid(x). */
export function hardswish(x: Operand): Value {
  const value = floatOf('hardswish', x)
  return mul(value, hardsigmoid(value))
}
