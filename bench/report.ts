import type { Bandwidth } from './bandwidth.ts'
import type { FirstCall, ThreadUse } from './child-process.ts'
import type { Timing } from './measure.ts'
import type { Peak } from '../src/cli/peak.ts'
import { rooflineEntry, type ProgramWork, type RooflineEntry } from './roofline.ts'

/** All results of one run, as `--json` writes them. */
export interface Report {
  readonly node: string
  readonly quick: boolean
  readonly cores: number
  readonly peakGflops: Peak
  readonly bandwidths: readonly Bandwidth[]
  readonly cases: readonly CaseReport[]
}

/** How a case is run: `threads` is compiled, with all threads that the machine has. */
export const modes = ['eager', 'compiled', 'threads'] as const
export type Mode = (typeof modes)[number]

/** What was measured of one case. */
export interface Measured extends Partial<Record<Mode, Timing>> {
  readonly name: string
  /** Missing where nothing is compiled. */
  readonly threadUse?: ThreadUse | undefined
  readonly work?: ProgramWork | undefined
  readonly firstCalls?: FirstCalls | undefined
}

export interface FirstCalls {
  readonly eager: FirstCall
  readonly compiled: FirstCall
}

export interface CaseReport extends Measured {
  /** Eager time over compiled time, and that over the time on all threads. */
  readonly ratio?: number | undefined
  readonly threadsRatio?: number | undefined
  /** Of the program on one thread. */
  readonly roofline?: RooflineEntry | undefined
}

const ratioOf = (slow: Timing | undefined, fast: Timing | undefined): number | undefined =>
  slow && fast && slow.medianMs / fast.medianMs

export function caseReport(measured: Measured, { mulAdd, fused }: Peak, bandwidths: readonly Bandwidth[]): CaseReport {
  const { eager, compiled, threads, work } = measured
  return {
    ...measured,
    ratio: ratioOf(eager, compiled),
    threadsRatio: ratioOf(compiled, threads),
    roofline: work && compiled && rooflineEntry(work, compiled.medianMs, fused ?? mulAdd, bandwidths),
  }
}

/** What the first call takes longer than an eager one, besides compiling. */
export const firstCallExcessMs = ({ eager, compiled }: FirstCalls): number =>
  compiled.firstMs - eager.firstMs - (compiled.compileMs ?? 0)

/** A row for each case whose first calls were timed: eager, hybridized, of it compiling, what else it takes longer than an eager one, and the second call. */
export const firstCallRows = (cases: readonly CaseReport[]): string[][] =>
  cases.flatMap(({ name, firstCalls }) => {
    if (!firstCalls) return []
    const { eager, compiled } = firstCalls
    const excessMs = firstCallExcessMs(firstCalls)
    const times = [eager.firstMs, compiled.firstMs, compiled.compileMs ?? 0, excessMs, compiled.secondMs]
    return [[name, ...times.map((ms) => ms.toFixed(1))]]
  })
