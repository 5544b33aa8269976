import type { Bandwidth } from './bandwidth.ts'
import type { Timing } from './measure.ts'
import type { Peak } from '../src/cli/peak.ts'
import { firstCallRows, type CaseReport } from './report.ts'

/** Widths of columns; the first one stands to the left. */
const line = (widths: readonly number[], cells: readonly string[]): string =>
  cells
    .map((cell, i) => (i === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[i] ?? 0)))
    .join('  ')
    .trimEnd()

const timingWidths = [64, 15, 15, 15, 14, 12] as const
export const timingHeading = (): string =>
  line(timingWidths, ['', 'eager', 'one thread', 'all threads', 'eager/compiled', '1/n threads'])

export const timingLine = ({ name, eager, compiled, threads, ratio, threadsRatio }: CaseReport): string =>
  line(timingWidths, [
    name,
    formatTiming(eager),
    formatTiming(compiled),
    threads ? formatTiming(threads) : '–',
    ratio === undefined ? '–' : ratio.toFixed(2),
    threadsRatio === undefined ? '–' : threadsRatio.toFixed(2),
  ])

/** Why programs ran on one thread, each reason once. */
export function threadNotes(cases: readonly CaseReport[], cores: number): string[] {
  const byReason = new Map<string, string[]>()
  for (const { name, threadUse } of cases) {
    if (!threadUse || threadUse.threads > 1) continue
    const reason = threadUse.reason ?? (cores === 1 ? 'the machine has one core' : 'it is not divided')
    byReason.set(reason, [...(byReason.get(reason) ?? []), name])
  }
  return [...byReason].map(([reason, names]) => `one thread, because ${reason}: ${names.join('; ')}`)
}

const rooflineWidths = [64, 10, 10, 9, 9, 7, 8, 7] as const

/** What each program on one thread reaches of what the machine could do. */
export function rooflineTable(cases: readonly CaseReport[]): string[] {
  const heading = ['roofline, one thread', 'MFLOP', 'MB', 'FLOP/B', 'GFLOP/s', '% peak', 'GB/s', '% mem', 'bound by']
  const rows = cases.flatMap(({ name, roofline }) => {
    if (!roofline) return []
    const { flops, bytes, intensity, gflops, shareOfPeak, gigabytesPerSecond, shareOfBandwidth, bound } = roofline
    return [
      line(rooflineWidths, [
        name,
        short(flops / 1e6),
        short(bytes / 1e6),
        short(intensity),
        gflops.toFixed(1),
        percent(shareOfPeak),
        gigabytesPerSecond.toFixed(1),
        percent(shareOfBandwidth),
        bound,
      ]),
    ]
  })
  return rows.length === 0 ? [] : [line(rooflineWidths, heading), ...rows]
}

const firstCallWidths = [64, 12, 12, 12, 16, 13] as const

/** The first calls of training steps, in processes of their own. */
export function firstCallTable(cases: readonly CaseReport[]): string[] {
  const heading = ['first calls, ms', 'eager', 'hybridized', 'compiling', 'else over eager', 'second call']
  const rows = firstCallRows(cases).map((row) => line(firstCallWidths, row))
  return rows.length === 0 ? [] : [line(firstCallWidths, heading), ...rows]
}

export function formatPeak({ mulAdd, fused }: Peak): string {
  const fusedText = fused === undefined ? 'relaxed SIMD is off' : `${fused.toFixed(1)} with fused multiply-adds`
  return `peak of one core in registers: ${mulAdd.toFixed(1)} GFLOP/s with mul and add, ${fusedText}`
}

export function formatBandwidths(bandwidths: readonly Bandwidth[]): string {
  const parts = bandwidths.map(
    ({ workingSetBytes, gigabytesPerSecond }) => `${gigabytesPerSecond.toFixed(0)} (${formatBytes(workingSetBytes)})`,
  )
  return `memory, one core, c = a + s * b: GB/s over arrays of so much together: ${parts.join(', ')}`
}

export const formatBytes = (bytes: number): string =>
  bytes >= 1 << 20 ? `${Math.round(bytes / (1 << 20))} MB` : `${Math.round(bytes / 1024)} kB`

export const percent = (share: number): string => `${(100 * share).toFixed(0)}`
export const short = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(2))

export function formatMs(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toPrecision(3)} s`
  return ms < 1 ? `${(1000 * ms).toPrecision(3)} us` : `${ms.toPrecision(3)} ms`
}

function formatTiming(timing: Timing | undefined): string {
  if (!timing) return '–'
  return `${formatMs(timing.medianMs)} ±${(100 * timing.spread).toFixed(0).padStart(2)} %`
}
