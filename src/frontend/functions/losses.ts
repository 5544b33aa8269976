import * as calls from '../../ops/calls/index.ts'
import { lift } from './lift.ts'

export type {
  BceOptions,
  BceWithLogitsOptions,
  CrossEntropyOptions,
  HuberOptions,
  LossOptions,
  NllOptions,
  Reduction,
  SmoothL1Options,
} from '../../ops/calls/index.ts'

/** Every loss has the option `reduction`: 'mean' of all, unless given, 'sum', or 'none' for the loss of each element or example. */

/**
 * −Σ p · ln softmax(logits) along the last axis, the classes; PyTorch has the classes at axis 1.
 *
 * @param logits shape [..., classes]
 * @param targets class numbers (int32 or uint8) of shape [...], or probabilities (floats) of the shape of the logits; an impossible
 *   class (logit −∞) with probability 0 costs nothing
 * @param options weight (per class), ignoreIndex, labelSmoothing, reduction
 * @throws GryphError SHAPE_MISMATCH; LABEL_OUT_OF_RANGE for a class number outside 0 … classes − 1; OPTION_INVALID
 * @example crossEntropy(tensor([[0, 0]]), tensor([1], { dtype: 'int32' })).item() // ln 2
 */
export const crossEntropy = lift(calls.crossEntropy)
/**
 * The negative score of the target's class, for scores that are logarithms of probabilities, as `logSoftmax` gives.
 *
 * @param scores shape [..., classes]
 * @param targets class numbers (int32 or uint8) of shape [...]
 * @param options weight (per class), ignoreIndex, reduction
 * @throws GryphError SHAPE_MISMATCH; LABEL_OUT_OF_RANGE for a class number outside 0 … classes − 1; OPTION_INVALID
 */
export const nll = lift(calls.nll)
/** Squared differences of two tensors of one shape. @throws GryphError SHAPE_MISMATCH, OPTION_INVALID */
export const mse = lift(calls.mse)
/** Absolute differences of two tensors of one shape. @throws GryphError SHAPE_MISMATCH, OPTION_INVALID */
export const l1 = lift(calls.l1)
/** ½ d² for differences d up to `delta` (1 unless given), delta · (|d| − ½ delta) beyond. @throws GryphError SHAPE_MISMATCH, OPTION_INVALID */
export const huber = lift(calls.huber)
/** ½ d² / beta for differences d below `beta` (1 unless given), |d| − ½ beta beyond. @throws GryphError SHAPE_MISMATCH, OPTION_INVALID */
export const smoothL1 = lift(calls.smoothL1)
/**
 * −(y · ln p + (1 − y) · ln(1 − p)) of probabilities p and targets y of one shape, where logarithms count as at least −100.
 * `bceWithLogits` is safer.
 *
 * @param options weight (per element), reduction
 * @throws GryphError SHAPE_MISMATCH, OPTION_INVALID
 */
export const bce = lift(calls.bce)
/**
 * bce of sigmoid(logits), without overflow and without loss near 0.
 *
 * @param options weight (per element), posWeight (of positive targets), reduction
 * @throws GryphError SHAPE_MISMATCH, OPTION_INVALID
 */
export const bceWithLogits = lift(calls.bceWithLogits)
