import { sameShape } from '../../base/shape.ts'
import { classesExpected, operandInvalid, optionValue, sizesDiffer } from '../errors.ts'
import type { Value } from '../interpreter.ts'
import { add, mul, neg } from './arithmetic.ts'
import { where } from './choice.ts'
import { equal, logicalAnd, notEqual } from './comparison.ts'
import { cast } from './cast.ts'
import { gather, oneHot } from './gather.ts'
import { asFloat, div } from './math.ts'
import { isValue, valueOf, type Operand } from './operands.ts'
import { reduced, reductionOf, requireLabels, type LossOptions, type Reduction } from './losses.ts'
import { sum } from './reduce.ts'
import { logSoftmax } from './softmax.ts'

/** Options of `nll`. */
export interface NllOptions extends LossOptions {
  /** One factor per class. With 'mean' the losses are divided by the sum of their factors. */
  readonly weight?: Operand
  /** Examples of this class cost nothing and do not count. PyTorch's −100 has to be asked for. */
  readonly ignoreIndex?: number
}

/** Options of `crossEntropy`. */
export interface CrossEntropyOptions extends NllOptions {
  /** The share of the target that is spread over all classes. Default 0. */
  readonly labelSmoothing?: number
}

/**
 * −Σ p · ln softmax(logits) along the last axis, the classes.
 *
 * @param logits shape [..., classes]
 * @param targets class numbers (int32 or uint8) of shape [...], or probabilities (floats) of the shape of the logits; an impossible
 *   class (logit −∞) with probability 0 costs nothing
 * @throws GryphError SHAPE_MISMATCH; LABEL_OUT_OF_RANGE for a class number outside 0 … classes − 1; OPTION_INVALID
 */
export function crossEntropy(logits: Value, targets: Value, options: CrossEntropyOptions = {}): Value {
  const reduction = reductionOf('crossEntropy', options, ['weight', 'ignoreIndex', 'labelSmoothing'])
  const { labelSmoothing = 0, ...rest } = options
  if (typeof labelSmoothing !== 'number' || !(labelSmoothing >= 0 && labelSmoothing <= 1))
    throw optionValue('crossEntropy', 'labelSmoothing', labelSmoothing, 'a number from 0 to 1')
  for (const operand of [logits, targets]) if (!isValue(operand)) throw operandInvalid('crossEntropy', operand)
  const scores = logSoftmax(logits)
  if (requireLabels('crossEntropy', scores, targets) === 'classes')
    return ofClasses('crossEntropy', scores, targets, reduction, rest, labelSmoothing)
  if (options.ignoreIndex !== undefined)
    throw optionValue('crossEntropy', 'ignoreIndex', options.ignoreIndex, 'it with class numbers only, or leave it out')
  const classes = scores.type.shape.at(-1)!
  const spread = labelSmoothing === 0 ? targets : add(mul(targets, 1 - labelSmoothing), labelSmoothing / classes)
  const isImpossible = logicalAnd(equal(spread, 0), equal(scores, -Infinity))
  const costs = where(isImpossible, 0, scores)
  const weight = weightsOf('crossEntropy', options.weight, classes)
  const sums = sum(mul(spread, weight === undefined ? costs : mul(costs, weight)), -1)
  return neg(reduced(sums, reduction))
}

/**
 * The negative score of the target's class, for scores that are logarithms of probabilities, as `logSoftmax` gives.
 *
 * @param scores shape [..., classes]
 * @param targets class numbers (int32 or uint8) of shape [...]
 * @throws GryphError SHAPE_MISMATCH; LABEL_OUT_OF_RANGE for a class number outside 0 … classes − 1; OPTION_INVALID
 */
export function nll(scores: Value, targets: Value, options: NllOptions = {}): Value {
  const reduction = reductionOf('nll', options, ['weight', 'ignoreIndex'])
  for (const operand of [scores, targets]) if (!isValue(operand)) throw operandInvalid('nll', operand)
  const values = asFloat(scores)
  if (requireLabels('nll', values, targets) === 'probabilities') throw classesExpected('nll', targets.type.dtype)
  return ofClasses('nll', values, targets, reduction, options, 0)
}

/** Each example counts with the factor of its class, or not at all where its class is ignored. */
function ofClasses(
  name: string,
  scores: Value,
  targets: Value,
  reduction: Reduction,
  options: NllOptions,
  smoothing: number,
): Value {
  const { ignoreIndex } = options
  if (ignoreIndex !== undefined && !Number.isInteger(ignoreIndex))
    throw optionValue(name, 'ignoreIndex', ignoreIndex, 'a whole number')
  const classes = scores.type.shape.at(-1)!
  const weight = weightsOf(name, options.weight, classes)
  const counts = ignoreIndex === undefined ? undefined : notEqual(cast(targets, 'int32'), ignoreIndex)
  const labels = counts === undefined ? targets : where(counts, cast(targets, 'int32'), 0)
  // Selecting, not multiplying: 0 · −∞ would be NaN.
  const chosen = sum(where(oneHot(labels, classes, 'bool'), scores, 0), -1)
  const factor = weight === undefined ? undefined : gather(weight, labels)
  const plain = factor === undefined ? chosen : mul(chosen, factor)
  const smooth =
    smoothing === 0
      ? plain
      : add(
          mul(plain, 1 - smoothing),
          mul(sum(weight === undefined ? scores : mul(scores, weight), -1), smoothing / classes),
        )
  const counted = counts === undefined ? smooth : where(counts, smooth, 0)
  if (reduction !== 'mean' || (factor === undefined && counts === undefined)) return neg(reduced(counted, reduction))
  const shares = factor === undefined ? cast(counts!, scores.type.dtype) : counts ? where(counts, factor, 0) : factor
  return neg(div(sum(counted), sum(shares)))
}

function weightsOf(name: string, weight: Operand | undefined, classes: number): Value | undefined {
  if (weight === undefined) return undefined
  const given = valueOf(name, weight)
  if (!sameShape(given.type.shape, [classes]))
    throw sizesDiffer(name, 'the class weights and the classes', given.type.shape, [classes])
  return given
}
