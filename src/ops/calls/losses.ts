import { isFloat } from '../../base/dtype.ts'
import { sameShape } from '../../base/shape.ts'
import { labelsShape, operandInvalid, sizesDiffer } from '../errors.ts'
import type { Value } from '../interpreter.ts'
import { mul, neg, sub } from './arithmetic.ts'
import { where } from './choice.ts'
import { equal, logicalAnd } from './comparison.ts'
import { oneHot } from './gather.ts'
import { asFloat, square } from './math.ts'
import { isValue } from './operands.ts'
import { mean, sum } from './reduce.ts'
import { logSoftmax } from './softmax.ts'

/**
 * Mean over the examples of −Σ p · ln softmax(logits) along the last axis.
 *
 * @param logits shape [..., classes]
 * @param targets class numbers (int32 or uint8) of shape [...], or probabilities (floats) of the shape of the logits; an impossible
 *   class (logit −∞) with probability 0 costs nothing
 * @throws GryphError SHAPE_MISMATCH; LABEL_OUT_OF_RANGE for a class number outside 0 … classes − 1
 */
export function crossEntropy(logits: Value, targets: Value): Value {
  for (const operand of [logits, targets]) if (!isValue(operand)) throw operandInvalid('crossEntropy', operand)
  const scores = logSoftmax(logits)
  const shape = scores.type.shape
  if (!isFloat(targets.type.dtype)) {
    if (!sameShape(targets.type.shape, shape.slice(0, -1))) throw labelsShape('crossEntropy', shape, targets.type.shape)
    // Selecting, not multiplying: 0 · −∞ would be NaN.
    return neg(mean(sum(where(oneHot(targets, shape.at(-1)!, 'bool'), scores, 0), -1)))
  }
  if (!sameShape(targets.type.shape, shape)) throw labelsShape('crossEntropy', shape, targets.type.shape)
  const isImpossible = logicalAnd(equal(targets, 0), equal(scores, -Infinity))
  return neg(mean(sum(mul(targets, where(isImpossible, 0, scores)), -1)))
}

/** Mean of the squared differences of two tensors of one shape. */
export function mse(prediction: Value, target: Value): Value {
  for (const operand of [prediction, target]) if (!isValue(operand)) throw operandInvalid('mse', operand)
  const [a, b] = [prediction.type.shape, target.type.shape]
  if (!sameShape(a, b)) throw sizesDiffer('mse', 'prediction and target', a, b)
  return mean(square(sub(asFloat(prediction), target)))
}
