import { attentionShapes, optionValue } from '../../ops/errors.ts'
import * as calls from '../../ops/calls/index.ts'
import { checkOptions } from '../../ops/calls/options.ts'
import { notATensor } from '../errors.ts'
import { dropout } from '../random.ts'
import { Tensor } from '../tensor.ts'

/** Options of `scaledDotProductAttention`. */
export interface AttentionOptions {
  /** Broadcasts to [..., queries, keys]. bool: true where a query may look; floats are added to the scores. */
  readonly attnMask?: Tensor | null
  /** Whether query i looks at keys 0 … i only. Default false. */
  readonly isCausal?: boolean
  /** Probability that a weight is dropped. Default 0. */
  readonly dropoutP?: number
  /** Factor of the scores. Default 1 / √(features). */
  readonly scale?: number
}

const optionNames: readonly (keyof AttentionOptions)[] = ['attnMask', 'isCausal', 'dropoutP', 'scale']

/**
 * softmax(query · keyᵀ · scale) · value: for each query the mean of the values, weighed by how well their keys fit. A query that may look
 * nowhere gives NaN.
 *
 * @param query shape [..., queries, features]
 * @param key shape [..., keys, features]
 * @param value shape [..., keys, outputs]
 * @returns shape [..., queries, outputs]
 * @throws ATTENTION_SHAPE, SHAPE_MISMATCH, OPTION_INVALID, PROBABILITY_INVALID
 */
export function scaledDotProductAttention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  options: AttentionOptions = {},
): Tensor {
  const where = 'scaledDotProductAttention'
  checkOptions(where, options, optionNames)
  for (const given of [query, key, value]) if (!(given instanceof Tensor)) throw notATensor(where, given)
  const isFitting =
    query.rank >= 2 &&
    key.rank >= 2 &&
    value.rank >= 2 &&
    query.shape.at(-1) === key.shape.at(-1) &&
    key.shape.at(-2) === value.shape.at(-2)
  if (!isFitting) throw attentionShapes(where, query.shape, key.shape, value.shape)
  const { attnMask = null, isCausal = false, dropoutP = 0, scale } = options
  if (scale !== undefined && typeof scale !== 'number') throw optionValue(where, 'scale', scale, 'a number')
  const weights = attentionWeights(query, key, {
    masks: attnMask ? [attnMask.dtype === 'bool' ? attnMask.logicalNot() : attnMask] : [],
    isCausal,
    scale: scale ?? 1 / Math.sqrt(query.shape.at(-1)!),
  })
  return (dropoutP === 0 ? weights : dropout(weights, dropoutP)).matmul(value)
}

/** What says where queries do not look. */
export interface AttentionLimits {
  /** bool: true where a query may not look; floats are added to the scores. */
  readonly masks: readonly Tensor[]
  readonly isCausal: boolean
  readonly scale: number
}

/** The share of each key in what a query gets: shape [..., queries, keys], with sum 1 over the keys. */
export function attentionWeights(query: Tensor, key: Tensor, { masks, isCausal, scale }: AttentionLimits): Tensor {
  const scores = query.mul(scale).matmul(key.transpose(-2, -1))
  const [queries, keys] = [query.shape.at(-2)!, key.shape.at(-2)!]
  const size = [queries, keys]
  const later = isCausal ? [calls.less(calls.iota(size, 0), calls.iota(size, 1)) as Tensor] : [] // the eager interpreter only makes tensors
  return [...masks, ...later]
    .reduce(
      (sum, mask) => (mask.dtype === 'bool' ? (calls.where(mask, -Infinity, sum) as Tensor) : sum.add(mask)), // as above
      scores,
    )
    .softmax(-1)
}
