import { checkOptions } from '../../ops/calls/options.ts'
import { countInvalid, samplerInvalid, tooManySamples } from './errors.ts'
import type { IndexRandom } from './index-random.ts'

/** Which examples an epoch takes, and in which order. It has no state, so that an epoch can be made again. */
export interface Sampler {
  /** Number of examples per epoch. */
  readonly length: number
  /** The numbers of the examples. `random` is that of the loader's seed and the epoch. */
  order(random: IndexRandom): ArrayLike<number>
}

/** 0 … count − 1. */
export function sequentialSampler(count: number): Sampler {
  requireCount('sequentialSampler', 'count', count)
  return { length: count, order: () => Int32Array.from({ length: count }, (_, i) => i) }
}

export interface RandomSamplerOptions {
  /** Whether an example may come several times per epoch. Default false. */
  readonly replacement?: boolean
  /** Examples per epoch. Default: as many as there are. */
  readonly sampleCount?: number
}

/** Examples 0 … count − 1 in random order, another one in each epoch. @throws SAMPLER_INVALID, LOADER_OPTION_INVALID */
export function randomSampler(count: number, options: RandomSamplerOptions = {}): Sampler {
  checkOptions('randomSampler', options, ['replacement', 'sampleCount'])
  const { replacement = false, sampleCount = count } = options
  requireCount('randomSampler', 'count', count)
  requireCount('randomSampler', 'sampleCount', sampleCount)
  if (!replacement && sampleCount > count) throw tooManySamples('randomSampler', sampleCount, count, 'examples')
  if (replacement && count === 0 && sampleCount > 0) throw tooManySamples('randomSampler', sampleCount, 0, 'examples')
  return {
    length: sampleCount,
    order: (random) =>
      replacement
        ? Int32Array.from({ length: sampleCount }, (_, i) => Math.floor(random.uniform(i) * count))
        : random.permutation(count).subarray(0, sampleCount),
  }
}

/** Examples of the given numbers, as given or, with `shuffle`, in random order. */
export function subsetSampler(indices: ArrayLike<number>, options: { readonly shuffle?: boolean } = {}): Sampler {
  checkOptions('subsetSampler', options, ['shuffle'])
  const kept = Float64Array.from(indices)
  return {
    length: kept.length,
    order: (random) => (options.shuffle ? Array.from(random.permutation(kept.length), (i) => kept[i]!) : kept),
  }
}

/** Which examples go into which batch of an epoch. */
export interface BatchSampler {
  /** Number of batches per epoch. */
  readonly length: number
  batches(random: IndexRandom): readonly ArrayLike<number>[]
}

/** The examples of `sampler`, `batchSize` at a time. The last batch has what is left, or is dropped. */
export function batchSampler(sampler: Sampler, batchSize: number, dropLast = false): BatchSampler {
  requireCount('batchSampler', 'batchSize', batchSize, 1)
  const length = batchCount(sampler.length, batchSize, dropLast)
  return {
    length,
    batches: (random) => {
      const order = sampler.order(random)
      if (order?.length !== sampler.length) throw samplerInvalid(order, `${sampler.length} numbers`)
      const indices = order instanceof Int32Array ? order : Float64Array.from(order)
      return Array.from({ length }, (_, i) => indices.subarray(i * batchSize, (i + 1) * batchSize))
    },
  }
}

export const batchCount = (examples: number, batchSize: number, dropLast: boolean): number =>
  dropLast ? Math.floor(examples / batchSize) : Math.ceil(examples / batchSize)

export function requireCount(where: string, what: string, count: unknown, least: 0 | 1 = 0): void {
  if (!Number.isSafeInteger(count) || (count as number) < least) throw countInvalid(where, what, count, least)
}
