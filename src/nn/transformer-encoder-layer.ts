import { gelu } from '../frontend/functions/activations.ts'
import { relu } from '../frontend/functions/elementwise.ts'
import type { Tensor } from '../frontend/tensor.ts'
import { checkOptions } from '../ops/calls/options.ts'
import { optionValue } from '../ops/errors.ts'
import { Dropout } from './dropout.ts'
import { LayerNorm } from './layer-norm.ts'
import { Linear } from './linear.ts'
import { Module } from './module.ts'
import { MultiheadAttention } from './multihead-attention.ts'
import type { ParameterDtype } from './requirements.ts'

/** Options of `transformerEncoderLayer`. */
export interface TransformerEncoderLayerOptions {
  /** Features between the two linear maps. Default 2048. */
  readonly dimFeedforward?: number
  /** Default 0.1. */
  readonly dropout?: number
  /** Default 'relu'. */
  readonly activation?: 'relu' | 'gelu' | ((x: Tensor) => Tensor)
  /** Default 1e-5. */
  readonly layerNormEps?: number
  /** Whether x is [batch, time, features] instead of [time, batch, features]. Default false. */
  readonly batchFirst?: boolean
  /** Whether each part is normalized before instead of after. Default false. */
  readonly normFirst?: boolean
  /** Default true. */
  readonly bias?: boolean
  /** Of the parameters. Default float32. */
  readonly dtype?: ParameterDtype
}

const optionNames: readonly (keyof TransformerEncoderLayerOptions)[] = [
  'dimFeedforward',
  'dropout',
  'activation',
  'layerNormEps',
  'batchFirst',
  'normFirst',
  'bias',
  'dtype',
]

/** How one call of an encoder layer looks; see the options of a call of `multiheadAttention`. */
export interface EncoderCallOptions {
  readonly srcMask?: Tensor | null
  readonly srcKeyPaddingMask?: Tensor | null
  readonly isCausal?: boolean
}

/** Self-attention, then two linear maps with an activation between them; each part is added to what it was made of. */
export class TransformerEncoderLayer extends Module {
  readonly selfAttn: MultiheadAttention
  readonly linear1: Linear
  readonly dropout: Dropout
  readonly linear2: Linear
  readonly norm1: LayerNorm
  readonly norm2: LayerNorm
  readonly dropout1: Dropout
  readonly dropout2: Dropout
  readonly normFirst: boolean
  readonly #activation: (x: Tensor) => Tensor

  /** @throws FEATURES_INVALID, HEADS_INVALID, PROBABILITY_INVALID, OPTION_INVALID */
  constructor(dModel: number, nhead: number, options: TransformerEncoderLayerOptions = {}) {
    super()
    checkOptions('transformerEncoderLayer', options, optionNames)
    const { dimFeedforward = 2048, dropout = 0.1, activation = 'relu', layerNormEps = 1e-5 } = options
    const { batchFirst = false, normFirst = false, bias = true, dtype = 'float32' } = options
    if (typeof activation !== 'function' && activation !== 'relu' && activation !== 'gelu')
      throw optionValue('transformerEncoderLayer', 'activation', activation, "'relu', 'gelu' or a function")
    this.selfAttn = new MultiheadAttention(dModel, nhead, { dropout, bias, batchFirst, dtype })
    this.linear1 = new Linear(dModel, dimFeedforward, { bias, dtype })
    this.dropout = new Dropout(dropout)
    this.linear2 = new Linear(dimFeedforward, dModel, { bias, dtype })
    this.norm1 = new LayerNorm(dModel, { eps: layerNormEps, bias, dtype })
    this.norm2 = new LayerNorm(dModel, { eps: layerNormEps, bias, dtype })
    this.dropout1 = new Dropout(dropout)
    this.dropout2 = new Dropout(dropout)
    this.normFirst = normFirst
    this.#activation = typeof activation === 'function' ? activation : activation === 'relu' ? relu : gelu
  }

  /** @param src shape [time, batch, dModel], or [batch, time, dModel] with batchFirst @throws ATTENTION_SHAPE, ATTENTION_MASK */
  forward(src: Tensor, options: EncoderCallOptions = {}): Tensor {
    checkOptions('transformerEncoderLayer', options, ['srcMask', 'srcKeyPaddingMask', 'isCausal'])
    const { norm1, norm2 } = this
    if (this.normFirst) {
      const attended = src.add(this.#attend(norm1.forward(src), options))
      return attended.add(this.#feedForward(norm2.forward(attended)))
    }
    const attended = norm1.forward(src.add(this.#attend(src, options)))
    return norm2.forward(attended.add(this.#feedForward(attended)))
  }

  #attend(x: Tensor, { srcMask = null, srcKeyPaddingMask = null, isCausal = false }: EncoderCallOptions): Tensor {
    const limits = { attnMask: srcMask, keyPaddingMask: srcKeyPaddingMask, isCausal, needWeights: false }
    return this.dropout1.forward(this.selfAttn.forward(x, x, x, limits)[0])
  }

  #feedForward(x: Tensor): Tensor {
    const hidden = this.dropout.forward(this.#activation(this.linear1.forward(x)))
    return this.dropout2.forward(this.linear2.forward(hidden))
  }
}

/**
 * A layer of a transformer's encoder; with `isCausal` in the calls, one of a language model.
 *
 * @throws FEATURES_INVALID, HEADS_INVALID, PROBABILITY_INVALID, OPTION_INVALID
 * @example transformerEncoderLayer(64, 8, { batchFirst: true }).forward(ones([2, 10, 64])).shape // [2, 10, 64]
 */
export const transformerEncoderLayer = (
  dModel: number,
  nhead: number,
  options?: TransformerEncoderLayerOptions,
): TransformerEncoderLayer => new TransformerEncoderLayer(dModel, nhead, options)
