import { dtypeInfo } from '../base/dtype.ts'
import { isParallel } from '../kernel/divide-work.ts'
import type { Buffer, Kernel, Statement } from '../kernel/ir.ts'
import { operationCount } from '../kernel/operation-count.ts'
import { decisionCount, inOrder, readsAfterDecisions, type ProgramStep, type ScalarPlace } from './program-steps.ts'
import { type ByteRange, meetAcross, type PlaceOf, type Touch, touchesOfAll, touchesOfOne } from './slices.ts'

/** What the threads of a program do about one kernel. */
export interface ThreadStep {
  /** All threads run it, each with its slice of the parallel loops; otherwise thread 0 runs it alone. */
  readonly isSplit: boolean
  /** All threads meet before it. */
  readonly waitsBefore: boolean
  /** It has checks, so that all threads meet after it to learn whether one failed. */
  readonly hasChecks: boolean
  readonly operations: number
}

/** How a program is divided among threads, as plain data. */
export interface ThreadPlan {
  readonly threads: number
  /** Why there is one thread only. */
  readonly reason: string | undefined
  readonly steps: readonly ThreadStep[]
  /** All threads meet after the last kernel, for the caller must not go on before the others are done. */
  readonly waitsAtEnd: boolean
  readonly barriers: number
}

/** Operations that are worth a meeting of threads: about 3 µs of work. */
const worthwhileOperations = 15_000
/** A program is worth waking threads for when its split kernels have so many times as many: about 20 µs of work. */
const wakingFactor = 7

/** Bytes of one thread's copy of a buffer. */
export const bytesPerWorker = ({ dtype, elementCount }: Buffer): number =>
  Math.ceil((elementCount * dtypeInfo[dtype].byteSize + 16) / 64) * 64

/** Bytes that a buffer takes in a program for so many threads. */
export const bytesOf = (buffer: Buffer, threads: number): number =>
  buffer.perWorker ? bytesPerWorker(buffer) * threads : buffer.elementCount * dtypeInfo[buffer.dtype].byteSize

/** Where buffers lie. */
export interface Places {
  rangeOf(buffer: Buffer): ByteRange
  isState(buffer: Buffer): boolean
}

const nothing = { isSplit: false, waitsBefore: false, hasChecks: false }

/** The plan of a program that one thread runs. */
export const oneThread = (kernels: readonly Kernel[], reason: string | undefined): ThreadPlan => ({
  threads: 1,
  reason,
  steps: kernels.map(({ body }) => ({ ...nothing, operations: operationCount(body) })),
  waitsAtEnd: false,
  barriers: 0,
})

/**
 * Which kernels are split, and where threads meet: before a kernel in which a thread touches bytes that another thread wrote, or writes bytes
 * that another touched, since the last meeting; after kernels with checks; and before the first that writes state, for a thread that never
 * came must be missed before anything has changed. All threads meet at decisions too (program-steps.ts), and then read what they decide by.
 * Where a kernel has a barrier in it, only what comes before counts.
 */
export function planThreads(
  kernels: readonly Kernel[],
  threads: number,
  places: Places,
  splitFrom = worthwhileOperations,
  program: readonly ProgramStep[] = inOrder(kernels.length),
): ThreadPlan {
  if (threads === 1) return oneThread(kernels, undefined)
  const costs = kernels.map(({ body }) => operationCount(body))
  const isWorthwhile = kernels.map(({ body }, i) => costs[i]! >= splitFrom && canBeSplit(body))
  const divided = costs.reduce((sum, cost, i) => (isWorthwhile[i] ? sum + cost : sum), 0)
  if (divided === 0) return oneThread(kernels, 'no kernel is large enough to be split')
  if (divided < wakingFactor * splitFrom) return oneThread(kernels, 'too little work to wake threads for')

  const writesState = (touches: readonly Touch[]): boolean =>
    touches.some(({ isWrite, region }) => isWrite && stateRegions.has(region))
  const stateRegions = new Set(
    kernels.flatMap(({ writes }) =>
      writes.filter((each) => places.isState(each)).map((each) => places.rangeOf(each).region),
    ),
  )
  const placeOf: PlaceOf = (buffer) => ({
    ...places.rangeOf(buffer),
    bytesPerWorker: buffer.perWorker ? bytesPerWorker(buffer) : undefined,
  })
  let barriers = 0
  let hasWrittenState = false
  const { before: readsBefore, atEnd: readsAtEnd } = readsAfterDecisions(program)
  const decidedBy = (reads: readonly ScalarPlace[]): Touch[][] =>
    reads.map(({ buffer }) => [
      { ...placeOf(buffer), isWrite: false, division: 'all', passes: 1, stride: 0 } satisfies Touch,
    ])
  /** What kernels have touched since the last meeting, each on its own. */
  let open: Touch[][] = []
  const meetsOpen = (touches: readonly Touch[]): boolean => open.some((before) => meetAcross(before, touches, threads))
  const steps = kernels.map((kernel, i): ThreadStep => {
    const reads = readsBefore.get(i)
    if (reads) open = decidedBy(reads)
    const alone = isWorthwhile[i] ? undefined : touchesOfOne(kernel, placeOf)
    let parts = alone ? [alone] : touchesOfAll(kernel, placeOf)
    let conflicts = meetsOpen(parts[0]!)
    let isSplit = isWorthwhile[i]!
    if (alone && conflicts && canBeSplit(kernel.body)) {
      // A small kernel that goes on with what each thread has made is divided for the sake of the meeting.
      const together = touchesOfAll(kernel, placeOf)
      if (together.length === 1 && !meetsOpen(together[0]!)) [parts, conflicts, isSplit] = [together, false, true]
    }
    const haveJustMet = reads !== undefined || (open.length === 0 && i > 0)
    const writesFirst = !hasWrittenState && writesState(parts[0]!)
    hasWrittenState ||= parts.some(writesState)
    const waitsBefore = conflicts || (writesFirst && !haveJustMet)
    const hasMet = waitsBefore || parts.length > 1
    const checks = hasChecks(kernel.body)
    open = checks ? [] : [...(hasMet ? [] : open), parts.at(-1)!]
    barriers += Number(waitsBefore) + Number(checks) + parts.length - 1
    return { isSplit, waitsBefore, hasChecks: checks, operations: costs[i]! }
  })
  if (readsAtEnd) open = decidedBy(readsAtEnd)
  const waitsAtEnd = open.some((each) => each.some(({ division }) => division !== 'first'))
  return {
    threads,
    reason: undefined,
    steps,
    waitsAtEnd,
    barriers: barriers + decisionCount(program) + Number(waitsAtEnd),
  }
}

const hasChecks = (body: readonly Statement[]): boolean =>
  body.some((statement) => statement.kind === 'check' || (statement.kind === 'loop' && hasChecks(statement.body)))

const canBeSplit = (body: readonly Statement[]): boolean => body.some(isParallel) && keepsOrderOfChecks(body)

/** Of several failed checks the first thread's is reported: the first in order when there is one divided loop, and what follows is the last thread's. */
function keepsOrderOfChecks(body: readonly Statement[]): boolean {
  if (!hasChecks(body)) return true
  const loops = body.filter(isParallel)
  return loops.slice(1).every(({ extent, step }) => extent === step) && !body.some(({ kind }) => kind === 'barrier')
}
