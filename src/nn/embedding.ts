import { noGrad } from '../frontend/context.ts'
import { embedding as rowsOf, requirePadding } from '../frontend/functions/layers.ts'
import type { Tensor } from '../frontend/tensor.ts'
import { checkOptions } from '../ops/calls/options.ts'
import { normalParameter } from './initial.ts'
import { Module } from './module.ts'
import { requireCount, type ParameterDtype } from './requirements.ts'

/** Options of `embedding`. */
export interface EmbeddingLayerOptions {
  /** A row for places that hold no word: it starts as 0, and no gradient reaches it. */
  readonly paddingIdx?: number
  /** Of the parameters. Default float32. */
  readonly dtype?: ParameterDtype
}

/** A trained row for each id. */
export class Embedding extends Module {
  readonly numEmbeddings: number
  readonly embeddingDim: number
  readonly paddingIdx: number | null
  /** Shape [numEmbeddings, embeddingDim]. */
  readonly weight: Tensor

  /** @throws FEATURES_INVALID, OPTION_INVALID */
  constructor(numEmbeddings: number, embeddingDim: number, options: EmbeddingLayerOptions = {}) {
    super()
    checkOptions('embedding', options, ['paddingIdx', 'dtype'])
    const { paddingIdx, dtype = 'float32' } = options
    requireCount('embedding', 'numEmbeddings', numEmbeddings)
    requireCount('embedding', 'embeddingDim', embeddingDim)
    this.numEmbeddings = numEmbeddings
    this.embeddingDim = embeddingDim
    this.paddingIdx = paddingIdx === undefined ? null : requirePadding('embedding', paddingIdx, numEmbeddings)
    this.weight = normalParameter([numEmbeddings, embeddingDim], dtype)
    const { paddingIdx: row, weight } = this
    if (row !== null) noGrad(() => weight.at(row).set_(0))
  }

  /** @param ids integers of any shape @returns shape [...ids.shape, embeddingDim] @throws INDEX_OUT_OF_RANGE */
  forward(ids: Tensor): Tensor {
    return rowsOf(ids, this.weight, this.paddingIdx === null ? {} : { paddingIdx: this.paddingIdx })
  }

  protected override describe(): string {
    return `numEmbeddings=${this.numEmbeddings}, embeddingDim=${this.embeddingDim}`
  }
}

/**
 * A layer that gives a trained row for each id; rows start normal with standard deviation 1.
 *
 * @throws FEATURES_INVALID, OPTION_INVALID
 * @example embedding(1000, 64).forward(tensor([[3, 1], [4, 1]], { dtype: 'int32' })).shape // [2, 2, 64]
 */
export const embedding = (numEmbeddings: number, embeddingDim: number, options?: EmbeddingLayerOptions): Embedding =>
  new Embedding(numEmbeddings, embeddingDim, options)
