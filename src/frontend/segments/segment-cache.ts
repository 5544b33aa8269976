import type { CompileOptions } from '../../compile/options.ts'
import type { HostRead } from '../recorder.ts'
import { Segment } from './segment.ts'
import { rootStep, type Step } from './step.ts'

/** Programs of one function; the one that has waited longest for a call goes first. */
const mostPrograms = 64
const runsWhenFull = 8
/** Steps that are remembered; a function with more makes other ops at every call. */
const mostSteps = 50_000

/** What a hybridized function counts of its segments. */
export interface SegmentCounts {
  /** Compiled segments: runs of ops between host reads. */
  segments: number
  /** How often one of them ran. */
  segmentCalls: number
  cacheHits: number
  compileMs: number
}

const noCounts = (): SegmentCounts => ({ segments: 0, segmentCalls: 0, cacheHits: 0, compileMs: 0 })

/** What is known of the segments of one hybridized function. */
export class SegmentCache {
  readonly functionName: string
  readonly options: CompileOptions
  root: Step = rootStep()
  readonly hostReads: HostRead[] = []
  readonly counts: SegmentCounts
  /** Runs op by op, and programs that were dropped. */
  eagerRuns = 0
  dropped = 0
  readonly #programs = new Set<Segment>()
  #steps = 0
  #clock = 0

  constructor(functionName: string, options: CompileOptions, counts: SegmentCounts = noCounts()) {
    this.functionName = functionName
    this.counts = counts
    this.options = { ...options, profile: false } // a profile is about whole calls
  }

  /** Segments that have a program. */
  get segments(): readonly Segment[] {
    return [...this.#programs]
  }

  /** The segment that ends at the last of these steps. */
  segmentAt(steps: readonly Step[], count: number): Segment {
    const last = steps[count - 1]!
    return (last.segment ??= new Segment(steps.slice(0, count)))
  }

  /** Whether a segment has come often enough to be compiled: once, but more often when another has to go for it, or it had to go itself. */
  isWorthCompiling({ program, eagerRuns, drops }: Segment): boolean {
    if (program) return true
    const isFull = this.#programs.size >= mostPrograms
    return eagerRuns >= (isFull ? runsWhenFull : 1) * 4 ** Math.min(drops, 5)
  }

  /** Makes the program of a segment that is to run. */
  prepare(segment: Segment): void {
    segment.lastUse = ++this.#clock
    const before = segment.compileMs
    this.counts.segmentCalls++
    if (!segment.compile(this.options)) return
    this.counts.segments++
    if (segment.program!.isCacheHit) this.counts.cacheHits++
    this.counts.compileMs += segment.compileMs - before
    this.#programs.add(segment)
    if (this.#programs.size > mostPrograms) this.#dropOldest()
  }

  noteStep(): void {
    if (++this.#steps < mostSteps) return
    this.#steps = 0
    this.root = rootStep()
    for (const segment of this.#programs) this.#drop(segment)
  }

  noteRead(read: HostRead): void {
    const isKnown = this.hostReads.some(({ what, source }) => what === read.what && source === read.source)
    if (!isKnown && this.hostReads.length < 100) this.hostReads.push(read)
  }

  #dropOldest(): void {
    const [oldest] = [...this.#programs].toSorted((a, b) => a.lastUse - b.lastUse)
    if (oldest) this.#drop(oldest)
  }

  #drop(segment: Segment): void {
    this.#programs.delete(segment)
    this.dropped++
    segment.drop()
  }
}
