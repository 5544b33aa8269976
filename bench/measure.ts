import Benchmark from 'benchmark'
import type { BenchmarkCase } from './benchmark-case.ts'

/** How long to measure; medians settle with time, rounds even out what the machine does meanwhile. */
export interface Effort {
  /** Rounds before those that count, in which code is still being optimized. */
  readonly warmUpRounds: number
  readonly rounds: number
  /** For one mode in one round. */
  readonly seconds: number
  readonly samples: number
}

export const fullEffort: Effort = { warmUpRounds: 1, rounds: 5, seconds: 0.4, samples: 5 }
/** Shows that everything runs; its times mean little. */
export const quickEffort: Effort = { warmUpRounds: 0, rounds: 1, seconds: 0.02, samples: 1 }

export interface Timing {
  readonly medianMs: number
  /** Half the distance between the quartiles, as a share of the median. */
  readonly spread: number
}

export interface CaseResult {
  readonly name: string
  readonly flops: number | undefined
  readonly eager: Timing | undefined
  readonly compiled: Timing | undefined
}

const modes = ['eager', 'compiled'] as const

/** Runs the modes of a case in turns, the other one first in every second round, and takes medians over all rounds. */
export function measureCase({ name, flops, make }: BenchmarkCase, effort: Effort): CaseResult {
  const runs = make()
  const samples = { eager: [] as number[], compiled: [] as number[] }
  for (let round = -effort.warmUpRounds; round < effort.rounds; round++) {
    for (const mode of round % 2 === 0 ? modes : modes.toReversed()) {
      const run = runs[mode]
      const taken = run ? samplesOf(run, effort) : []
      if (round >= 0) samples[mode].push(...taken)
    }
  }
  return { name, flops, eager: timingOf(samples.eager), compiled: timingOf(samples.compiled) }
}

/** Seconds per run, as Benchmark.js samples them: each the mean over enough runs for the clock. */
function samplesOf(run: () => unknown, { seconds, samples }: Effort): readonly number[] {
  const benchmark = new Benchmark(run, {
    maxTime: seconds,
    minSamples: samples,
    ...(samples === 1 ? { minTime: 0.001 } : {}),
  }).run()
  // Benchmark.js keeps an exception to itself.
  if (benchmark.error) throw benchmark.error
  return benchmark.stats.sample
}

function timingOf(samples: readonly number[]): Timing | undefined {
  if (samples.length === 0) return undefined
  const sorted = samples.toSorted((a, b) => a - b)
  const quantile = (share: number): number => sorted[Math.round(share * (sorted.length - 1))]!
  const median = quantile(0.5)
  return { medianMs: 1000 * median, spread: (quantile(0.75) - quantile(0.25)) / 2 / median }
}
