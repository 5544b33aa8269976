import { sameShape } from '../../base/shape.ts'
import { batchNormShape, batchTooSmall, optionValue, paddingIndex, sizesDiffer } from '../../ops/errors.ts'
import * as calls from '../../ops/calls/index.ts'
import { checkOptions } from '../../ops/calls/options.ts'
import { noGrad } from '../context.ts'
import { notATensor } from '../errors.ts'
import { Tensor } from '../tensor.ts'
import { lift } from './lift.ts'

/**
 * Each group of elements along the last axes less its mean, over the root of its variance: (x − mean) / √(variance + eps) · weight + bias,
 * with the variance of the elements (divided by their number) and eps 1e-5 unless given.
 *
 * @param normalizedShape sizes of the last axes, which mean and variance are over; weight and bias have this shape
 * @throws GryphError NORMALIZED_SHAPE, SHAPE_MISMATCH, OPTION_INVALID
 * @example layerNorm(x, 64, weight, bias)
 */
export const layerNorm = lift(calls.layerNorm)

/** x · weight + bias over the last axis. @param weight shape [inFeatures, outFeatures], the transpose of PyTorch's @throws MATMUL_INNER_SIZES */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor | null): Tensor {
  requireTensor('linear', x)
  const product = x.matmul(weight)
  return bias ? product.add(bias) : product
}

/** Options of `embedding`. */
export interface EmbeddingOptions {
  /** A row that no gradient reaches, for places that hold no word. */
  readonly paddingIdx?: number
}

/**
 * Row ids[…] of the weight for each id.
 *
 * @param ids integers of any shape, from 0 up to the number of rows
 * @param weight shape [rows, features]
 * @returns shape [...ids.shape, features]
 * @throws INDEX_OUT_OF_RANGE, OPTION_INVALID
 */
export function embedding(ids: Tensor, weight: Tensor, options: EmbeddingOptions = {}): Tensor {
  checkOptions('embedding', options, ['paddingIdx'])
  requireTensor('embedding', weight)
  const rows = calls.gather(weight, ids) as Tensor // the eager interpreter only makes tensors
  if (options.paddingIdx === undefined) return rows
  const padding = requirePadding('embedding', options.paddingIdx, weight.shape[0] ?? 0)
  return calls.where(ids.equal(padding).expandDims(ids.rank), rows.detach(), rows) as Tensor // as above
}

/** The row that the padding has; negative numbers count from the end. @throws OPTION_INVALID */
export function requirePadding(where: string, given: number, rows: number): number {
  if (!Number.isInteger(given) || given < -rows || given >= rows) throw paddingIndex(where, given, rows)
  return given < 0 ? given + rows : given
}

/** Options of `batchNorm`. */
export interface BatchNormOptions {
  /** Shape [channels]. */
  readonly weight?: Tensor | null
  /** Shape [channels]. */
  readonly bias?: Tensor | null
  /** Whether the batch's own mean and variance are used, and the running ones follow them. Default false. */
  readonly training?: boolean
  /** The share of the batch in the new running values. Default 0.1. */
  readonly momentum?: number | Tensor
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number
}

const batchNormOptionNames: readonly (keyof BatchNormOptions)[] = ['weight', 'bias', 'training', 'momentum', 'eps']

/**
 * Each channel less its mean, over the root of its variance: of the batch in training, or where there are no running values, else of the
 * running ones. In training these become (1 − momentum) · running + momentum · batch. As in PyTorch, the batch is normalized by the variance
 * of its elements, and the running variance follows the estimate for the population (n / (n − 1) times that).
 *
 * @param x shape [n, channels, ...]
 * @param runningMean a variable of shape [channels], or null
 * @param runningVar a variable of shape [channels], or null
 * @throws BATCH_NORM_SHAPE, BATCH_TOO_SMALL, SHAPE_MISMATCH, OPTION_INVALID
 */
export function batchNorm(
  x: Tensor,
  runningMean: Tensor | null,
  runningVar: Tensor | null,
  options: BatchNormOptions = {},
): Tensor {
  checkOptions('batchNorm', options, batchNormOptionNames)
  const { weight = null, bias = null, training = false, momentum = 0.1, eps = 1e-5 } = options
  requireTensor('batchNorm', x)
  calls.requireEps('batchNorm', eps)
  const isMomentum = momentum instanceof Tensor || (typeof momentum === 'number' && momentum >= 0 && momentum <= 1)
  if (!isMomentum) throw optionValue('batchNorm', 'momentum', momentum, 'a number from 0 to 1')
  const { shape } = x
  if (shape.length < 2) throw batchNormShape('batchNorm', shape)
  const channels = shape[1]!
  for (const [name, part] of Object.entries({ runningMean, runningVar, weight, bias }))
    if (part !== null && !sameShape(part.shape, [channels]))
      throw sizesDiffer('batchNorm', `the ${name} and the channels`, part.shape, [channels])
  const spread = (part: Tensor | null): Tensor | null =>
    part && part.reshape(shape.map((_, axis) => (axis === 1 ? channels : 1)))
  const affine = { weight: spread(weight), bias: spread(bias) }
  if (!training && runningMean && runningVar)
    return calls.normalizeBy(x.sub(spread(runningMean)!), spread(runningVar)!, affine, eps) as Tensor // the eager interpreter only makes tensors
  const count = channels === 0 ? 0 : x.size / channels
  if (training && count < 2) throw batchTooSmall('batchNorm', shape)
  const axes = shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]))
  const mean = x.mean(axes, true)
  const centered = x.sub(mean)
  const variance = centered.square().mean(axes, true)
  if (training) {
    follow(runningMean, mean, momentum)
    follow(runningVar, variance, momentum, count / (count - 1))
  }
  return calls.normalizeBy(centered, variance, affine, eps) as Tensor // as above
}

/** running ← (1 − momentum) · running + momentum · factor · batch */
function follow(running: Tensor | null, batch: Tensor, momentum: number | Tensor, factor = 1): void {
  if (!running) return
  noGrad(() => {
    const seen = batch.detach().reshape(running.shape)
    const kept = momentum instanceof Tensor ? running.mul(momentum.neg().add(1)) : running.mul(1 - momentum)
    running.assign(kept.add((factor === 1 ? seen : seen.mul(factor)).mul(momentum)))
  })
}

function requireTensor(where: string, given: unknown): void {
  if (!(given instanceof Tensor)) throw notATensor(where, given)
}
