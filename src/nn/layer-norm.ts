import { layerNorm as normalize } from '../frontend/functions/layers.ts'
import type { Shape } from '../base/shape.ts'
import type { Tensor } from '../frontend/tensor.ts'
import { requireEps } from '../ops/calls/index.ts'
import { checkOptions } from '../ops/calls/options.ts'
import { constantParameter } from './initial.ts'
import { Module } from './module.ts'
import { requireCount, type ParameterDtype } from './requirements.ts'

/** Options of `layerNorm`. */
export interface LayerNormOptions {
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number
  /** Whether a trained factor and, unless `bias` is false, a trained summand follow. Default true. */
  readonly elementwiseAffine?: boolean
  /** Default true. */
  readonly bias?: boolean
  /** Of the parameters. Default float32. */
  readonly dtype?: ParameterDtype
}

const optionNames: readonly (keyof LayerNormOptions)[] = ['eps', 'elementwiseAffine', 'bias', 'dtype']

/** The last axes less their mean, over the root of their variance. */
export class LayerNorm extends Module {
  readonly normalizedShape: Shape
  readonly eps: number
  /** Shape normalizedShape; starts as 1. */
  readonly weight: Tensor | null
  /** Shape normalizedShape; starts as 0. */
  readonly bias: Tensor | null

  /** @throws FEATURES_INVALID, OPTION_INVALID */
  constructor(normalizedShape: number | Shape, options: LayerNormOptions = {}) {
    super()
    checkOptions('layerNorm', options, optionNames)
    const { eps = 1e-5, elementwiseAffine = true, bias = true, dtype = 'float32' } = options
    const sizes = Array.isArray(normalizedShape) ? [...(normalizedShape as Shape)] : [normalizedShape as number] // isArray gives any[]
    if (sizes.length === 0) requireCount('layerNorm', 'normalizedShape', 0)
    for (const size of sizes) requireCount('layerNorm', 'normalizedShape', size)
    requireEps('layerNorm', eps)
    this.normalizedShape = sizes
    this.eps = eps
    this.weight = elementwiseAffine ? constantParameter(sizes, 1, dtype) : null
    this.bias = elementwiseAffine && bias ? constantParameter(sizes, 0, dtype) : null
  }

  /** @param x shape [..., ...normalizedShape] @throws NORMALIZED_SHAPE */
  forward(x: Tensor): Tensor {
    return normalize(x, this.normalizedShape, this.weight, this.bias, this.eps)
  }

  protected override describe(): string {
    return `normalizedShape=[${this.normalizedShape.join(', ')}], eps=${this.eps}`
  }
}

/**
 * A layer that takes the mean off the last axes and divides by the root of their variance, of the sizes given.
 *
 * @throws FEATURES_INVALID, OPTION_INVALID
 * @example layerNorm(64).forward(ones([32, 10, 64])).shape // [32, 10, 64]
 */
export const layerNorm = (normalizedShape: number | Shape, options?: LayerNormOptions): LayerNorm =>
  new LayerNorm(normalizedShape, options)
