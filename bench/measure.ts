import Benchmark from 'benchmark'
import type { Run } from './benchmark-case.ts'

/** How long to measure; medians settle with time, rounds even out what the machine does meanwhile. */
export interface Effort {
  /** Rounds before those that count, in which code is still being optimized. */
  readonly warmUpRounds: number
  readonly rounds: number
  /** For one mode in one round. */
  readonly seconds: number
  readonly samples: number
}

export const fullEffort: Effort = { warmUpRounds: 1, rounds: 5, seconds: 0.2, samples: 5 }
/** Shows that everything runs; its times mean little. */
export const quickEffort: Effort = { warmUpRounds: 0, rounds: 1, seconds: 0.02, samples: 1 }

export interface Timing {
  readonly medianMs: number
  readonly bestMs: number
  /** Half the distance between the quartiles, as a share of the median. */
  readonly spread: number
}

/** Takes seconds per run, some samples at a time. */
export type Sampler = (effort: Effort) => readonly number[] | Promise<readonly number[]>

/** Asks the samplers in turns, in the opposite order in every second round, and takes medians over all rounds. */
export async function timeInTurns<Mode extends string>(
  samplers: Readonly<Partial<Record<Mode, Sampler>>>,
  effort: Effort,
): Promise<Partial<Record<Mode, Timing>>> {
  const entries = Object.entries(samplers) as [Mode, Sampler][] // keys are the modes
  const samples = new Map<Mode, number[]>(entries.map(([mode]) => [mode, []]))
  for (let round = -effort.warmUpRounds; round < effort.rounds; round++) {
    for (const [mode, sampler] of round % 2 === 0 ? entries : entries.toReversed()) {
      const taken = await sampler(effort)
      if (round >= 0) samples.get(mode)!.push(...taken)
    }
  }
  return Object.fromEntries(entries.map(([mode]) => [mode, timingOf(samples.get(mode)!)])) as Partial<
    Record<Mode, Timing>
  > // keys are the modes
}

/** Seconds per run, as Benchmark.js samples them: each the mean over enough runs for the clock. */
export function samplesOf(run: Run, { seconds, samples }: Effort): readonly number[] {
  const benchmark = new Benchmark(run, {
    maxTime: seconds,
    minSamples: samples,
    ...(samples === 1 ? { minTime: 0.001 } : {}),
  }).run()
  // Benchmark.js keeps an exception to itself.
  if (benchmark.error) throw benchmark.error
  return benchmark.stats.sample
}

function timingOf(samples: readonly number[]): Timing {
  const sorted = samples.toSorted((a, b) => a - b)
  const quantile = (share: number): number => sorted[Math.round(share * (sorted.length - 1))]!
  const median = quantile(0.5)
  return {
    medianMs: 1000 * median,
    bestMs: 1000 * quantile(0),
    spread: (quantile(0.75) - quantile(0.25)) / 2 / median,
  }
}
