import type { CaseResult, Timing } from './measure.ts'
import type { Peak } from './peak.ts'

/** All results of one run, as `--json` writes them. */
export interface Report {
  readonly node: string
  readonly quick: boolean
  readonly peakGflops: Peak
  readonly cases: readonly CaseReport[]
}

export interface CaseReport extends CaseResult {
  /** Eager time over compiled time. */
  readonly ratio: number | undefined
  readonly eagerGflops: number | undefined
  readonly compiledGflops: number | undefined
  /** `compiledGflops` over the peak of the multiply-add that contractions use. */
  readonly shareOfPeak: number | undefined
}

export function caseReport(result: CaseResult, peak: Peak): CaseReport {
  const { eager, compiled, flops } = result
  const gflops = (timing: Timing | undefined): number | undefined =>
    timing && flops ? flops / timing.medianMs / 1e6 : undefined
  const compiledGflops = gflops(compiled)
  return {
    ...result,
    ratio: eager && compiled ? eager.medianMs / compiled.medianMs : undefined,
    eagerGflops: gflops(eager),
    compiledGflops,
    shareOfPeak: compiledGflops === undefined ? undefined : compiledGflops / (peak.fused ?? peak.mulAdd),
  }
}

const columns = [48, 18, 18, 8] as const

export const heading = (): string => line(['', 'eager', 'compiled', 'ratio'], '')

/** One row of the table. */
export function formatCase({
  name,
  eager,
  compiled,
  ratio,
  eagerGflops,
  compiledGflops,
  shareOfPeak,
}: CaseReport): string {
  const rates =
    shareOfPeak === undefined
      ? ''
      : `${eagerGflops?.toFixed(1)} and ${compiledGflops?.toFixed(1)} GFLOP/s, ${(100 * shareOfPeak).toFixed(0)} % of peak`
  return line([name, formatTiming(eager), formatTiming(compiled), ratio === undefined ? '' : ratio.toFixed(2)], rates)
}

export function formatPeak({ mulAdd, fused }: Peak): string {
  const fusedText = fused === undefined ? 'relaxed SIMD is off' : `${fused.toFixed(1)} with fused multiply-adds`
  return `peak of one core in registers: ${mulAdd.toFixed(1)} GFLOP/s with mul and add, ${fusedText}`
}

const line = (cells: readonly [string, string, string, string], note: string): string =>
  `${cells.map((cell, i) => (i === 0 ? cell.padEnd(columns[0]) : cell.padStart(columns[i]!))).join(' ')}  ${note}`.trimEnd()

function formatTiming(timing: Timing | undefined): string {
  if (!timing) return ''
  const { medianMs, spread } = timing
  const text = medianMs < 1 ? `${(1000 * medianMs).toPrecision(3)} us` : `${medianMs.toPrecision(3)} ms`
  return `${text} ±${(100 * spread).toFixed(0).padStart(2)} %`
}
