import type { HostRead } from '../recorder.ts'
import type { SegmentCache } from './segment-cache.ts'
import type { Segment } from './segment.ts'

/** A place where the function reads elements in JavaScript. */
export interface HostReadReport extends HostRead {
  /** What to write so that the whole function is one program. */
  readonly remedy: string
}

/** The ops between two host reads, as one program. */
export interface SegmentReport {
  readonly ops: number
  readonly kernels: readonly string[]
  /** Where its first and last ops are called. */
  readonly sources: readonly string[]
  /** Values that later ops, or the user's code, can still ask for, and their bytes. */
  readonly keptValues: number
  readonly keptBytes: number
  readonly stateWrites: number
  readonly calls: number
  readonly compileMs: number
}

export interface SegmentsReport {
  readonly hostReads: readonly HostReadReport[]
  readonly segments: readonly SegmentReport[]
  /** Runs op by op: a segment is compiled the second time it is met. */
  readonly eagerRuns: number
  /** Programs dropped because there were too many. */
  readonly droppedSegments: number
}

export const reportSegments = ({ hostReads, segments, eagerRuns, dropped }: SegmentCache): SegmentsReport => ({
  hostReads: hostReads.map((read) => ({ ...read, remedy: remedyFor(read.what) })),
  segments: segments.flatMap((segment) => reportOf(segment) ?? []),
  eagerRuns,
  droppedSegments: dropped,
})

function remedyFor(what: string): string {
  if (what === 'printing') return 'return the tensor and print it outside'
  if (what === 'item()' || what === 'bool()')
    return 'return the tensor and read it outside, or decide with where, maximum, cond or whileLoop'
  if (what.startsWith('an error') || what.startsWith('catching')) return 'check the indices before the call'
  return 'return the tensor and read it outside'
}

function reportOf({ steps, assigned, calls, compileMs, program }: Segment): SegmentReport | undefined {
  if (!program) return undefined
  const sources = steps.flatMap(({ source }) => (source === undefined ? [] : [source]))
  return {
    ops: steps.filter(({ op }) => op !== 'assign').length,
    kernels: program.program.compiled.plan.kernels.map(({ name }) => name),
    sources: [...new Set([...sources.slice(0, 1), ...sources.slice(-1)])],
    keptValues: program.kept.size,
    keptBytes: program.program.resultBytes,
    stateWrites: assigned.length,
    calls,
    compileMs,
  }
}

export function segmentLines({ hostReads, segments, eagerRuns, droppedSegments }: SegmentsReport): string[] {
  if (hostReads.length === 0) return []
  const lines = hostReads.map(
    ({ what, source, remedy }) => `  host read: ${what}${source ? ` at ${source}` : ''}. To be one program: ${remedy}.`,
  )
  lines.push(
    `  calls that read run as JavaScript, and the ops between reads as segments: ${counted(segments.length, 'segment')} compiled, ${counted(eagerRuns, 'run')} op by op before`,
  )
  for (const segment of segments)
    lines.push(
      `    ${counted(segment.ops, 'op')} in ${counted(segment.kernels.length, 'kernel')}, ${segment.keptValues} values kept (${segment.keptBytes} bytes), ${counted(segment.stateWrites, 'state write')}, ${counted(segment.calls, 'call')}, compiled in ${segment.compileMs.toFixed(1)} ms${segment.sources[0] ? `  (${segment.sources.join(' to ')})` : ''}`,
    )
  if (droppedSegments > 0)
    lines.push(
      `    ${counted(droppedSegments, 'segment')} dropped, the least used first: shapes, or numbers that are no operands, differ from call to call`,
    )
  return lines
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`
