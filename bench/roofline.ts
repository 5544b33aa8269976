import type { ProgramProfile } from 'gryph'
import { bandwidthFor, type Bandwidth } from './bandwidth.ts'
import type { BenchmarkCase } from './benchmark-case.ts'

/** What a program's kernels have to do in one call, and where a call spends its time. */
export interface ProgramWork {
  readonly kernels: number
  /** Floating-point operations, and bytes read and written at least, of all kernels. */
  readonly flops: number
  readonly bytes: number
  /** Share of a call that copies arguments in and results out. */
  readonly copyShare: number
  readonly slowest: readonly SlowKernel[]
}

export interface SlowKernel {
  readonly name: string
  readonly share: number
  readonly meanMs: number
  readonly gflops: number | undefined
  readonly gigabytesPerSecond: number | undefined
}

/** A program on the roofline: what it reaches of what the machine could do. */
export interface RooflineEntry extends ProgramWork {
  /** Operations for each byte. */
  readonly intensity: number
  readonly gflops: number
  /** `gflops` over the peak of multiply-adds. */
  readonly shareOfPeak: number
  readonly gigabytesPerSecond: number
  /** `gigabytesPerSecond` over what the machine moves when a program touches so many bytes. */
  readonly shareOfBandwidth: number
  readonly bound: Bound
}

/** What takes most of the time. */
export type Bound = 'multiply-adds' | 'memory' | 'copies in and out' | 'the call itself' | 'other instructions'

/** Profiles some calls of the case, apart from those that are timed. */
export function programWork({ compiled }: BenchmarkCase, seconds: number): ProgramWork | undefined {
  if (!compiled) return undefined
  const { run, fast } = compiled({ profile: true })
  run()
  for (const end = performance.now() + 500 * seconds; performance.now() < end;) run()
  fast.profile.reset() // what ran before the engine had optimized it
  const end = performance.now() + 500 * seconds
  do run()
  while (performance.now() < end)
  const [program] = fast.profile().programs
  return program && workOf(program)
}

function workOf({ rows }: ProgramProfile): ProgramWork {
  const kernels = rows.filter(({ kind }) => kind === 'kernel')
  const copies = rows.filter(({ kind }) => kind === 'arguments' || kind === 'results')
  return {
    kernels: kernels.length,
    flops: kernels.reduce((sum, { flops }) => sum + (flops ?? 0), 0),
    bytes: kernels.reduce((sum, { bytes }) => sum + bytes, 0),
    copyShare: copies.reduce((sum, { share }) => sum + share, 0),
    slowest: kernels
      .toSorted((a, b) => b.totalMs - a.totalMs)
      .slice(0, 5)
      .map(({ name, share, meanMs, gflops, gigabytesPerSecond }) => ({
        name,
        share,
        meanMs,
        gflops,
        gigabytesPerSecond,
      })),
  }
}

export function rooflineEntry(
  work: ProgramWork,
  ms: number,
  peakGflops: number,
  bandwidths: readonly Bandwidth[],
): RooflineEntry {
  const [gflops, gigabytesPerSecond] = [work.flops / ms / 1e6, work.bytes / ms / 1e6]
  const shareOfPeak = gflops / peakGflops
  const shareOfBandwidth = gigabytesPerSecond / bandwidthFor(work.bytes, bandwidths)
  return {
    ...work,
    intensity: work.flops / work.bytes,
    gflops,
    shareOfPeak,
    gigabytesPerSecond,
    shareOfBandwidth,
    bound: boundOf(shareOfPeak, shareOfBandwidth, work.copyShare, ms),
  }
}

/** A share from which it says what bounds a program. */
const decisive = 0.4
/** Milliseconds below which matching arguments and entering the program are most of a call. */
const callMs = 0.003

function boundOf(shareOfPeak: number, shareOfBandwidth: number, copyShare: number, ms: number): Bound {
  if (ms < callMs) return 'the call itself'
  const most = Math.max(shareOfPeak, shareOfBandwidth, copyShare)
  if (most < decisive) return 'other instructions'
  if (most === shareOfPeak) return 'multiply-adds'
  return most === shareOfBandwidth ? 'memory' : 'copies in and out'
}
