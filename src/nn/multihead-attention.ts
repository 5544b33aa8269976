import { attentionWeights } from '../frontend/functions/attention.ts'
import { dropout as dropElements } from '../frontend/random.ts'
import type { Tensor } from '../frontend/tensor.ts'
import { dtypeInfo } from '../base/dtype.ts'
import { sameShape } from '../base/shape.ts'
import { checkOptions } from '../ops/calls/options.ts'
import { attentionInput, attentionMask, attentionMaskDtype, headsInvalid } from './errors.ts'
import { zeros as fillZeros } from './init.ts'
import { constantParameter, uniformParameter } from './initial.ts'
import { Linear } from './linear.ts'
import { Module } from './module.ts'
import { requireCount, requireProbability, type ParameterDtype } from './requirements.ts'

/** Options of `multiheadAttention`. */
export interface MultiheadAttentionOptions {
  /** Probability that an attention weight is dropped in training. Default 0. */
  readonly dropout?: number
  /** Default true. */
  readonly bias?: boolean
  /** Whether inputs are [batch, time, features] instead of [time, batch, features]. Default false. */
  readonly batchFirst?: boolean
  /** Of the parameters. Default float32. */
  readonly dtype?: ParameterDtype
}

/** How one call of an attention layer looks. As in PyTorch, a mask of bool is true where a query may NOT look; floats are added to the scores. */
export interface AttentionCallOptions {
  /** Shape [queries, keys], or [batch · heads, queries, keys]. */
  readonly attnMask?: Tensor | null
  /** Shape [batch, keys]: true for keys that are padding. */
  readonly keyPaddingMask?: Tensor | null
  /** Whether query i looks at keys 0 … i only. Default false. */
  readonly isCausal?: boolean
  /** Whether the weights are returned too. Default true. */
  readonly needWeights?: boolean
  /** Whether they are the means over the heads. Default true. */
  readonly averageAttnWeights?: boolean
}

const callOptionNames: readonly (keyof AttentionCallOptions)[] = [
  'attnMask',
  'keyPaddingMask',
  'isCausal',
  'needWeights',
  'averageAttnWeights',
]

/** Attention in several subspaces, between linear maps. */
export class MultiheadAttention extends Module {
  readonly embedDim: number
  readonly numHeads: number
  readonly dropout: number
  readonly batchFirst: boolean
  /** Of query, key and value side by side: shape [embedDim, 3 · embedDim], the transpose of PyTorch's. */
  readonly inProjWeight: Tensor
  /** Shape [3 · embedDim]; starts as 0. */
  readonly inProjBias: Tensor | null
  readonly outProj: Linear

  /** @throws FEATURES_INVALID, HEADS_INVALID, PROBABILITY_INVALID */
  constructor(embedDim: number, numHeads: number, options: MultiheadAttentionOptions = {}) {
    super()
    checkOptions('multiheadAttention', options, ['dropout', 'bias', 'batchFirst', 'dtype'])
    const { dropout = 0, bias = true, batchFirst = false, dtype = 'float32' } = options
    requireCount('multiheadAttention', 'embedDim', embedDim)
    requireCount('multiheadAttention', 'numHeads', numHeads)
    if (embedDim % numHeads !== 0) throw headsInvalid(numHeads, embedDim)
    requireProbability('multiheadAttention', dropout)
    this.embedDim = embedDim
    this.numHeads = numHeads
    this.dropout = dropout
    this.batchFirst = batchFirst
    // Xavier's bound for embedDim inputs and 3 · embedDim outputs, as in PyTorch.
    this.inProjWeight = uniformParameter([embedDim, 3 * embedDim], Math.sqrt(6 / (4 * embedDim)), dtype)
    this.inProjBias = bias ? constantParameter([3 * embedDim], 0, dtype) : null
    this.outProj = new Linear(embedDim, embedDim, { bias, dtype })
    if (this.outProj.bias) fillZeros(this.outProj.bias)
  }

  /**
   * @param query shape [queries, batch, embedDim], [batch, queries, embedDim] with batchFirst, or [queries, embedDim]
   * @param key like query, with keys
   * @param value like key
   * @returns shape of query; and the weights, shape [batch, queries, keys], or [batch, heads, queries, keys] unless averaged
   * @throws ATTENTION_SHAPE, ATTENTION_MASK
   */
  forward(
    query: Tensor,
    key: Tensor = query,
    value: Tensor = key,
    options: AttentionCallOptions = {},
  ): [output: Tensor, weights: Tensor | null] {
    checkOptions('multiheadAttention', options, callOptionNames)
    const { needWeights = true, averageAttnWeights = true } = options
    this.#check(query, key, value)
    const isBatched = query.rank === 3
    const [q, k, v] = this.#project(query, key, value)
    const weights = attentionWeights(q, k, {
      masks: this.#masks(q, k, options),
      isCausal: options.isCausal ?? false,
      scale: 1 / Math.sqrt(this.embedDim / this.numHeads),
    })
    const dropped = this.dropout > 0 && this.training ? dropElements(weights, this.dropout) : weights
    const joined = dropped.matmul(v).permute([0, 2, 1, 3])
    const rows = this.outProj.forward(joined.reshape([joined.shape[0]!, joined.shape[1]!, this.embedDim]))
    const output = !isBatched ? rows.squeeze(0) : this.batchFirst ? rows : rows.transpose(0, 1)
    if (!needWeights) return [output, null]
    const shown = averageAttnWeights ? dropped.mean(1) : dropped
    return [output, isBatched ? shown : shown.squeeze(0)]
  }

  /** Queries, keys and values of shape [batch, heads, time, features]. */
  #project(query: Tensor, key: Tensor, value: Tensor): [Tensor, Tensor, Tensor] {
    const { embedDim, inProjWeight, inProjBias } = this
    const projected = (x: Tensor, from: number, to: number): Tensor => {
      const columns = [from * embedDim, to * embedDim] as const
      const isAll = to - from === 3
      const product = x.matmul(isAll ? inProjWeight : inProjWeight.slice([null, columns]))
      return inProjBias ? product.add(isAll ? inProjBias : inProjBias.slice([columns])) : product
    }
    const part = (x: Tensor, i: number): Tensor =>
      x.slice([...x.shape.slice(1).map(() => null), [i * embedDim, (i + 1) * embedDim]])
    if (query === key && key === value) {
      const all = projected(query, 0, 3)
      return [this.#split(part(all, 0)), this.#split(part(all, 1)), this.#split(part(all, 2))]
    }
    if (key === value) {
      const both = projected(key, 1, 3)
      return [this.#split(projected(query, 0, 1)), this.#split(part(both, 0)), this.#split(part(both, 1))]
    }
    return [this.#split(projected(query, 0, 1)), this.#split(projected(key, 1, 2)), this.#split(projected(value, 2, 3))]
  }

  #split(x: Tensor): Tensor {
    const { batchFirst, embedDim, numHeads } = this
    const timeAndBatch = x.rank === 2 ? [x.shape[0]!, 1] : x.shape.slice(0, 2)
    const parts = x.reshape([...timeAndBatch, numHeads, embedDim / numHeads])
    return parts.permute(batchFirst && x.rank === 3 ? [0, 2, 1, 3] : [1, 2, 0, 3])
  }

  #masks(q: Tensor, k: Tensor, { attnMask, keyPaddingMask }: AttentionCallOptions): Tensor[] {
    const [batch, heads, queries] = q.shape as readonly [number, number, number, number] // as #split makes it
    const keys = k.shape[2]!
    const masks: Tensor[] = []
    for (const [name, mask] of Object.entries({ attnMask, keyPaddingMask }))
      if (mask && mask.dtype !== 'bool' && !dtypeInfo[mask.dtype].isFloat) throw attentionMaskDtype(name, mask.dtype)
    if (attnMask) {
      const isPlain = sameShape(attnMask.shape, [queries, keys])
      if (!isPlain && !sameShape(attnMask.shape, [batch * heads, queries, keys]))
        throw attentionMask(
          'attnMask',
          attnMask.shape,
          `[${queries}, ${keys}] or [${batch * heads}, ${queries}, ${keys}]`,
        )
      masks.push(isPlain ? attnMask : attnMask.reshape([batch, heads, queries, keys]))
    }
    if (keyPaddingMask) {
      if (!sameShape(keyPaddingMask.shape, [batch, keys]))
        throw attentionMask('keyPaddingMask', keyPaddingMask.shape, `[${batch}, ${keys}]`)
      masks.push(keyPaddingMask.reshape([batch, 1, 1, keys]))
    }
    return masks
  }

  #check(query: Tensor, key: Tensor, value: Tensor): void {
    const { embedDim, batchFirst } = this
    const batchAxis = batchFirst ? 0 : 1
    const isFitting =
      [2, 3].includes(query.rank) &&
      [query, key, value].every((x) => x.rank === query.rank && x.shape.at(-1) === embedDim) &&
      sameShape(key.shape, value.shape) &&
      (query.rank === 2 || query.shape[batchAxis] === key.shape[batchAxis])
    if (!isFitting) throw attentionInput([query.shape, key.shape, value.shape], embedDim, batchFirst)
  }

  protected override describe(): string {
    const { embedDim, numHeads, dropout, batchFirst } = this
    return `embedDim=${embedDim}, numHeads=${numHeads}, dropout=${dropout}, batchFirst=${batchFirst}`
  }
}

/**
 * An attention layer with `numHeads` heads of embedDim / numHeads features.
 *
 * @throws FEATURES_INVALID, HEADS_INVALID, PROBABILITY_INVALID
 * @example multiheadAttention(64, 8, { batchFirst: true }).forward(ones([2, 10, 64]))[0].shape // [2, 10, 64]
 */
export const multiheadAttention = (
  embedDim: number,
  numHeads: number,
  options?: MultiheadAttentionOptions,
): MultiheadAttention => new MultiheadAttention(embedDim, numHeads, options)
