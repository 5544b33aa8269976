import { isFloat } from '../../base/dtype.ts'
import { sameShape } from '../../base/shape.ts'
import { labelsShape, operandInvalid, optionValue, sizesDiffer } from '../errors.ts'
import type { Value } from '../interpreter.ts'
import { softplusParts } from './activations.ts'
import { abs, add, mul, neg, sub } from './arithmetic.ts'
import { where } from './choice.ts'
import { less, lessEqual } from './comparison.ts'
import { asFloat, div, log, square } from './math.ts'
import { isValue, type Operand } from './operands.ts'
import { checkOptions } from './options.ts'
import { mean, sum } from './reduce.ts'

/** What becomes of the losses of elements or examples: their mean, their sum, or each for itself. */
export type Reduction = 'mean' | 'sum' | 'none'

/** Options that all losses have. */
export interface LossOptions {
  /** Default 'mean'. */
  readonly reduction?: Reduction
}

export const reductions: readonly Reduction[] = ['mean', 'sum', 'none']

/** The options of a loss, of which `known` are those besides the reduction. @returns the reduction */
export function reductionOf(where: string, options: LossOptions, known: readonly string[] = []): Reduction {
  checkOptions(where, options, ['reduction', ...known])
  const { reduction = 'mean' } = options
  if (!reductions.includes(reduction)) throw optionValue(where, 'reduction', reduction, "'mean', 'sum' or 'none'")
  return reduction
}

/** A finite number of at least 0, or above 0. */
export function requireAmount(where: string, name: string, value: number, isZeroAllowed: boolean): void {
  if (typeof value !== 'number' || !(isZeroAllowed ? value >= 0 : value > 0) || value === Infinity)
    throw optionValue(where, name, value, isZeroAllowed ? 'a number of at least 0' : 'a number above 0')
}

export const reduced = (losses: Value, reduction: Reduction): Value =>
  reduction === 'mean' ? mean(losses) : reduction === 'sum' ? sum(losses) : losses

/** Both operands of a loss, which have one shape: broadcasting them is a mistake more often than not. */
function pairOfOne(where: string, prediction: Value, target: Value): [Value, Value] {
  for (const operand of [prediction, target]) if (!isValue(operand)) throw operandInvalid(where, operand)
  const [a, b] = [prediction.type.shape, target.type.shape]
  if (!sameShape(a, b)) throw sizesDiffer(where, 'prediction and target', a, b)
  return [asFloat(prediction), target]
}

/** Squared differences of two tensors of one shape. */
export function mse(prediction: Value, target: Value, options: LossOptions = {}): Value {
  const reduction = reductionOf('mse', options)
  return reduced(square(sub(...pairOfOne('mse', prediction, target))), reduction)
}

/** Absolute differences of two tensors of one shape. */
export function l1(prediction: Value, target: Value, options: LossOptions = {}): Value {
  const reduction = reductionOf('l1', options)
  return reduced(abs(sub(...pairOfOne('l1', prediction, target))), reduction)
}

/** Options of `huber`. */
export interface HuberOptions extends LossOptions {
  /** The difference at which the square becomes a straight line. Default 1. */
  readonly delta?: number
}

/** ½ d² for differences d up to delta, delta · (|d| − ½ delta) beyond. */
export function huber(prediction: Value, target: Value, options: HuberOptions = {}): Value {
  const reduction = reductionOf('huber', options, ['delta'])
  const { delta = 1 } = options
  requireAmount('huber', 'delta', delta, false)
  const difference = sub(...pairOfOne('huber', prediction, target))
  const distance = abs(difference)
  const line = mul(sub(distance, 0.5 * delta), delta)
  return reduced(where(lessEqual(distance, delta), mul(square(difference), 0.5), line), reduction)
}

/** Options of `smoothL1`. */
export interface SmoothL1Options extends LossOptions {
  /** The difference at which the square becomes a straight line; 0 is the loss `l1`. Default 1. */
  readonly beta?: number
}

/** ½ d² / beta for differences d below beta, |d| − ½ beta beyond. */
export function smoothL1(prediction: Value, target: Value, options: SmoothL1Options = {}): Value {
  const reduction = reductionOf('smoothL1', options, ['beta'])
  const { beta = 1 } = options
  requireAmount('smoothL1', 'beta', beta, true)
  const difference = sub(...pairOfOne('smoothL1', prediction, target))
  const distance = abs(difference)
  if (beta === 0) return reduced(distance, reduction)
  const arc = div(mul(square(difference), 0.5), beta)
  return reduced(where(less(distance, beta), arc, sub(distance, 0.5 * beta)), reduction)
}

/** Options of `bce`. */
export interface BceOptions extends LossOptions {
  /** Factor of each element's loss; broadcasts. */
  readonly weight?: Operand
}

/** Below, a probability's logarithm counts as −100, as in PyTorch. */
const leastProbability = Math.exp(-100)

/** ln p, at least −100, where nothing flows back; NaN of what is no probability, such as a logit. */
function boundedLog(p: Value): Value {
  const isTiny = less(abs(p), leastProbability)
  return where(isTiny, -100, log(where(isTiny, 1, p)))
}

/**
 * −(y · ln p + (1 − y) · ln(1 − p)) of probabilities p, where logarithms count as at least −100. Logits are safer: `bceWithLogits`.
 *
 * @throws GryphError SHAPE_MISMATCH, OPTION_INVALID
 */
export function bce(prediction: Value, target: Value, options: BceOptions = {}): Value {
  const reduction = reductionOf('bce', options, ['weight'])
  const [p, y] = pairOfOne('bce', prediction, target)
  const losses = neg(add(mul(y, boundedLog(p)), mul(sub(1, y), boundedLog(sub(1, p)))))
  return reduced(weighted(losses, options.weight), reduction)
}

/** Options of `bceWithLogits`. */
export interface BceWithLogitsOptions extends BceOptions {
  /** Factor of the losses of positive targets, for instance per class; broadcasts. */
  readonly posWeight?: Operand
}

/**
 * bce of sigmoid(x), as max(x, 0) − x · y + ln(1 + e^−|x|): no overflow, no logarithm of 0, and no small loss is lost (the formula is in
 * TensorFlow's documentation of sigmoid_cross_entropy_with_logits; with posWeight that of weighted_cross_entropy_with_logits).
 *
 * @throws GryphError SHAPE_MISMATCH, OPTION_INVALID
 */
export function bceWithLogits(logits: Value, target: Value, options: BceWithLogitsOptions = {}): Value {
  const reduction = reductionOf('bceWithLogits', options, ['weight', 'posWeight'])
  const [x, y] = pairOfOne('bceWithLogits', logits, target)
  const { isPositive, rest } = softplusParts(x)
  const { weight, posWeight } = options
  const losses =
    posWeight === undefined
      ? add(sub(where(isPositive, x, 0), mul(x, y)), rest)
      : add(mul(sub(1, y), x), mul(add(mul(sub(posWeight, 1), y), 1), add(where(isPositive, 0, neg(x)), rest)))
  return reduced(weighted(losses, weight), reduction)
}

const weighted = (losses: Value, weight: Operand | undefined): Value =>
  weight === undefined ? losses : mul(losses, weight)

/** Class numbers (integers) of the shape of the scores without the last axis, or probabilities (floats) of their shape. */
export function requireLabels(where: string, scores: Value, targets: Value): 'classes' | 'probabilities' {
  const { shape } = scores.type
  const isOfClasses = !isFloat(targets.type.dtype)
  if (!sameShape(targets.type.shape, isOfClasses ? shape.slice(0, -1) : shape))
    throw labelsShape(where, shape, targets.type)
  return isOfClasses ? 'classes' : 'probabilities'
}
