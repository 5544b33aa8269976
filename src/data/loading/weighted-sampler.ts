import { checkOptions } from '../../ops/calls/options.ts'
import { tooManySamples, weightsInvalid } from './errors.ts'
import type { IndexRandom } from './index-random.ts'
import { requireCount, type Sampler } from './samplers.ts'

export interface WeightedSamplerOptions {
  /** Whether an example may come several times per epoch. Default true. */
  readonly replacement?: boolean
}

/**
 * `sampleCount` examples per epoch, each drawn with a probability that is proportional to its weight among those that are left.
 *
 * @throws SAMPLER_INVALID when weights are negative or not finite, or too few of them are above 0
 */
export function weightedSampler(
  weights: ArrayLike<number>,
  sampleCount: number,
  options: WeightedSamplerOptions = {},
): Sampler {
  checkOptions('weightedSampler', options, ['replacement'])
  requireCount('weightedSampler', 'sampleCount', sampleCount)
  const { replacement = true } = options
  const kept = Float64Array.from(weights)
  const odd = kept.findIndex((weight) => !(weight >= 0 && weight < Infinity))
  if (odd >= 0) throw weightsInvalid(`weight ${odd} is ${kept[odd]}`)
  const positive = kept.reduce((count, weight) => count + (weight > 0 ? 1 : 0), 0)
  if (positive === 0 && sampleCount > 0) throw weightsInvalid('no weight is above 0')
  if (!replacement && sampleCount > positive)
    throw tooManySamples('weightedSampler', sampleCount, positive, 'examples with a weight above 0')
  const order = replacement ? withReplacement(kept, sampleCount) : withoutReplacement(kept, sampleCount)
  return { length: sampleCount, order }
}

/** The example in whose stretch of the added-up weights a uniform number falls. */
function withReplacement(weights: Float64Array, sampleCount: number): Sampler['order'] {
  let total = 0
  const ends = weights.map((weight) => (total += weight))
  if (total === Infinity) throw weightsInvalid('the sum of the weights is too large')
  // A product that rounds up to the total falls behind the last stretch: it belongs to the last that is not empty.
  const last = weights.findLastIndex((weight) => weight > 0)
  return (random) =>
    Int32Array.from({ length: sampleCount }, (_, i) => Math.min(firstAbove(ends, random.uniform(i) * total), last))
}

function firstAbove(ends: Float64Array, value: number): number {
  let [low, high] = [0, ends.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (ends[middle]! > value) high = middle
    else low = middle + 1
  }
  return low
}

/** An exponential race: arrival times with the weights as rates come in the order of successive draws (Efraimidis, Spirakis 2006). */
function withoutReplacement(weights: Float64Array, sampleCount: number): Sampler['order'] {
  return (random: IndexRandom) => {
    const times = weights.map((weight, i) => (weight > 0 ? -Math.log(1 - random.uniform(i)) / weight : Infinity))
    const isAbsent = (i: number): number => (weights[i]! > 0 ? 0 : 1)
    return Int32Array.from(weights.keys())
      .sort((a, b) => isAbsent(a) - isAbsent(b) || times[a]! - times[b]! || a - b)
      .subarray(0, sampleCount)
  }
}
