import { noGrad } from '../frontend/context.ts'
import { batchNorm } from '../frontend/functions/layers.ts'
import { ones, zeros } from '../frontend/fill.ts'
import type { Tensor } from '../frontend/tensor.ts'
import { requireEps } from '../ops/calls/index.ts'
import { checkOptions } from '../ops/calls/options.ts'
import { optionValue } from '../ops/errors.ts'
import { batchNormMismatch } from './errors.ts'
import { constantParameter } from './initial.ts'
import { Module } from './module.ts'
import { buffer } from './parameter.ts'
import { requireCount, type ParameterDtype } from './requirements.ts'

/** Options of `batchNorm1d` and `batchNorm2d`. */
export interface BatchNormLayerOptions {
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number
  /** The share of a batch in the running values; null for the mean over all batches so far. Default 0.1. */
  readonly momentum?: number | null
  /** Whether a trained factor and a trained summand follow. Default true. */
  readonly affine?: boolean
  /** Whether running values are kept for evaluation; without them it uses those of the batch. Default true. */
  readonly trackRunningStats?: boolean
  /** Of parameters and running values. Default float32. */
  readonly dtype?: ParameterDtype
}

const optionNames: readonly (keyof BatchNormLayerOptions)[] = [
  'eps',
  'momentum',
  'affine',
  'trackRunningStats',
  'dtype',
]

/** What batch normalizations share. Running values follow the batches in training, also in compiled steps, and are used in evaluation. */
abstract class BatchNorm extends Module {
  readonly numFeatures: number
  readonly eps: number
  readonly momentum: number | null
  /** Shape [numFeatures]; starts as 1. */
  readonly weight: Tensor | null
  /** Shape [numFeatures]; starts as 0. */
  readonly bias: Tensor | null
  /** Shape [numFeatures]; starts as 0. */
  readonly runningMean: Tensor | null
  /** Shape [numFeatures]; starts as 1. */
  readonly runningVar: Tensor | null
  /** How many batches the running values have followed, int32. */
  readonly numBatchesTracked: Tensor | null
  readonly #where: string
  readonly #ranks: readonly number[]

  constructor(where: string, ranks: readonly number[], numFeatures: number, options: BatchNormLayerOptions) {
    super()
    checkOptions(where, options, optionNames)
    const { eps = 1e-5, momentum = 0.1, affine = true, trackRunningStats = true, dtype = 'float32' } = options
    requireCount(where, 'numFeatures', numFeatures)
    requireEps(where, eps)
    if (momentum !== null && !(typeof momentum === 'number' && momentum >= 0 && momentum <= 1))
      throw optionValue(where, 'momentum', momentum, 'a number from 0 to 1, or null')
    this.#where = where
    this.#ranks = ranks
    this.numFeatures = numFeatures
    this.eps = eps
    this.momentum = momentum
    this.weight = affine ? constantParameter([numFeatures], 1, dtype) : null
    this.bias = affine ? constantParameter([numFeatures], 0, dtype) : null
    this.runningMean = trackRunningStats ? buffer(zeros([numFeatures], { dtype })) : null
    this.runningVar = trackRunningStats ? buffer(ones([numFeatures], { dtype })) : null
    this.numBatchesTracked = trackRunningStats ? buffer(0, { dtype: 'int32' }) : null
  }

  /** @throws BATCH_NORM_MISMATCH, BATCH_TOO_SMALL */
  forward(x: Tensor): Tensor {
    if (!this.#ranks.includes(x.rank) || x.shape[1] !== this.numFeatures)
      throw batchNormMismatch(this.#where, x.shape, this.numFeatures, this.#ranks.includes(4))
    const { runningMean, runningVar, weight, bias, eps, training } = this
    const momentum = training ? this.#countBatch() : 0
    return batchNorm(x, runningMean, runningVar, { weight, bias, training, momentum, eps })
  }

  /** @returns the share of this batch in the running values */
  #countBatch(): number | Tensor {
    const { numBatchesTracked, momentum, runningMean } = this
    if (!numBatchesTracked || !runningMean) return 0
    return noGrad(() => {
      const count = numBatchesTracked.add(1)
      numBatchesTracked.assign(count)
      return momentum ?? ones([], { dtype: runningMean.dtype as ParameterDtype }).div(count.cast(runningMean.dtype)) // as the constructor made it
    })
  }

  protected override describe(): string {
    return `numFeatures=${this.numFeatures}, eps=${this.eps}, momentum=${this.momentum}, affine=${this.weight !== null}`
  }
}

/** Each feature of a batch less its mean, over the root of its variance. */
export class BatchNorm1d extends BatchNorm {
  /** @throws FEATURES_INVALID, OPTION_INVALID */
  constructor(numFeatures: number, options: BatchNormLayerOptions = {}) {
    super('batchNorm1d', [2, 3], numFeatures, options)
  }
}

/** Each channel of a batch of images less its mean, over the root of its variance. */
export class BatchNorm2d extends BatchNorm {
  /** @throws FEATURES_INVALID, OPTION_INVALID */
  constructor(numFeatures: number, options: BatchNormLayerOptions = {}) {
    super('batchNorm2d', [4], numFeatures, options)
  }
}

/** A batch normalization of shapes [n, features] and [n, features, length]. @throws FEATURES_INVALID, OPTION_INVALID */
export const batchNorm1d = (numFeatures: number, options?: BatchNormLayerOptions): BatchNorm1d =>
  new BatchNorm1d(numFeatures, options)

/**
 * A batch normalization of images: over the batch and both axes of the image, for each channel.
 *
 * @throws FEATURES_INVALID, OPTION_INVALID
 * @example batchNorm2d(6).forward(rand([32, 6, 28, 28])).shape // [32, 6, 28, 28]
 */
export const batchNorm2d = (numFeatures: number, options?: BatchNormLayerOptions): BatchNorm2d =>
  new BatchNorm2d(numFeatures, options)
