import type { Tensor } from '../frontend/tensor.ts'
import { checkOptions } from '../ops/calls/options.ts'
import { featuresMismatch } from './errors.ts'
import { uniformParameter } from './initial.ts'
import { Module } from './module.ts'
import { requireCount } from './requirements.ts'

/** Options of `linear`. */
export interface LinearOptions {
  /** Whether a trained bias is added. Default true. */
  readonly bias?: boolean
  /** Of the parameters. Default float32. */
  readonly dtype?: 'float32' | 'float64'
}

const optionNames: readonly (keyof LinearOptions)[] = ['bias', 'dtype']

/**
 * x · weight + bias over the last axis.
 *
 * The weight has shape [inFeatures, outFeatures], the transpose of PyTorch's: its gradient xᵀ · dy then comes out in the weight's own
 * order, so that the optimizer's update joins the product's kernel. Load PyTorch weights with `weight.transpose()`.
 */
export class Linear extends Module {
  readonly inFeatures: number
  readonly outFeatures: number
  /** Shape [inFeatures, outFeatures]. */
  readonly weight: Tensor
  /** Shape [outFeatures]. */
  readonly bias: Tensor | null

  /** @throws FEATURES_INVALID */
  constructor(inFeatures: number, outFeatures: number, options: LinearOptions = {}) {
    super()
    checkOptions('linear', options, optionNames)
    const { bias = true, dtype = 'float32' } = options
    requireCount('linear', 'inFeatures', inFeatures)
    requireCount('linear', 'outFeatures', outFeatures)
    this.inFeatures = inFeatures
    this.outFeatures = outFeatures
    // Uniform within ±1/√inFeatures, as in PyTorch.
    const bound = 1 / Math.sqrt(inFeatures)
    this.weight = uniformParameter([inFeatures, outFeatures], bound, dtype)
    this.bias = bias ? uniformParameter([outFeatures], bound, dtype) : null
  }

  /** @param x shape [..., inFeatures] @returns shape [..., outFeatures] @throws FEATURES_MISMATCH */
  forward(x: Tensor): Tensor {
    if (x.shape.at(-1) !== this.inFeatures) throw featuresMismatch(x.shape, this.inFeatures)
    const product = x.matmul(this.weight)
    return this.bias ? product.add(this.bias) : product
  }

  protected override describe(): string {
    return `inFeatures=${this.inFeatures}, outFeatures=${this.outFeatures}, bias=${this.bias !== null}`
  }
}

/**
 * A fully connected layer, x · weight + bias; both start uniform within ±1/√inFeatures.
 *
 * @throws FEATURES_INVALID
 * @example linear(784, 10).forward(ones([32, 784])).shape // [32, 10]
 */
export const linear = (inFeatures: number, outFeatures: number, options?: LinearOptions): Linear =>
  new Linear(inFeatures, outFeatures, options)
