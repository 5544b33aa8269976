import type { TypedArray } from '../../base/dtype.ts'
import { noGrad } from '../../frontend/context.ts'
import { argmax } from '../../frontend/functions/structure.ts'
import type { Tensor } from '../../frontend/tensor.ts'
import { classOutOfRange, metricEmpty, predictionMismatch } from '../errors.ts'

/** Something that is measured over batches. */
export interface Metric<T = number> {
  /** Takes in what was predicted for a batch, and what is right. @throws PREDICTION_MISMATCH */
  update(prediction: Tensor, target: Tensor): void
  /** Of all batches since the last reset. @throws METRIC_EMPTY */
  compute(): T
  reset(): void
}

/** Predicted and right classes, element by element. */
export interface ClassPairs {
  readonly predicted: TypedArray
  readonly right: TypedArray
}

/**
 * Classes of a batch. Predictions are scores along the last axis of which the largest counts, or have the shape of the targets: classes, or,
 * where they are floats and the targets are 0 and 1, probabilities that are compared with `threshold`.
 */
export function classPairs(where: string, prediction: Tensor, target: Tensor, threshold: number): ClassPairs {
  const right = target.data()
  if (prediction.rank === target.rank + 1 && startsWith(prediction.shape, target.shape))
    return { predicted: noGrad(() => argmax(prediction, -1)).data(), right }
  if (!sameSizes(prediction.shape, target.shape))
    throw predictionMismatch(
      where,
      prediction.shape,
      target.shape,
      'Predict scores with one more axis, the classes, or exactly as many classes as there are targets.',
    )
  const given = prediction.data()
  const isFloat = prediction.dtype === 'float32' || prediction.dtype === 'float64'
  return { predicted: isFloat ? Uint8Array.from(given, (p) => Number(p > threshold)) : given, right }
}

/** Elements of two tensors of one shape. @throws PREDICTION_MISMATCH */
export function valuePairs(
  where: string,
  prediction: Tensor,
  target: Tensor,
): { readonly predicted: TypedArray; readonly right: TypedArray } {
  if (!sameSizes(prediction.shape, target.shape))
    throw predictionMismatch(where, prediction.shape, target.shape, 'Reshape one of them: both have to have one shape.')
  return { predicted: prediction.data(), right: target.data() }
}

/** @throws METRIC_EMPTY */
export function requireSome(where: string, count: number): void {
  if (count === 0) throw metricEmpty(where)
}

/** @throws CLASS_OUT_OF_RANGE */
export function requireClass(where: string, what: string, given: number, classCount: number): void {
  if (!(Number.isInteger(given) && given >= 0 && given < classCount))
    throw classOutOfRange(where, what, given, classCount)
}

const startsWith = (shape: readonly number[], start: readonly number[]): boolean =>
  start.every((size, i) => size === shape[i])
const sameSizes = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && startsWith(a, b)
