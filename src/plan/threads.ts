import { dtypeInfo } from '../base/dtype.ts'
import { isParallel } from '../kernel/divide-work.ts'
import type { Buffer, Kernel, Statement } from '../kernel/ir.ts'
import { operationCount } from '../kernel/operation-count.ts'

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

/** Bytes of memory: where they are, and where they end. */
export interface ByteRange {
  /** Memory of its own, or the program's planned memory. */
  readonly region: unknown
  readonly start: number
  readonly end: number
}

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
 * Which kernels are split, and where threads meet: before a kernel that touches bytes which another kernel wrote, or writes bytes which
 * another touched, since the last meeting, unless thread 0 runs both; after kernels with checks; and before the first that writes state, for
 * a thread that never came must be missed before anything has changed.
 */
export function planThreads(
  kernels: readonly Kernel[],
  threads: number,
  places: Places,
  splitFrom = worthwhileOperations,
): ThreadPlan {
  if (threads === 1) return oneThread(kernels, undefined)
  const costs = kernels.map(({ body }) => operationCount(body))
  const isSplit = kernels.map(
    ({ body }, i) => costs[i]! >= splitFrom && body.some(isParallel) && keepsOrderOfChecks(body),
  )
  const divided = costs.reduce((sum, cost, i) => (isSplit[i] ? sum + cost : sum), 0)
  if (divided === 0) return oneThread(kernels, 'no kernel is large enough to be split')
  if (divided < wakingFactor * splitFrom) return oneThread(kernels, 'too little work to wake threads for')

  const firstStateWrite = kernels.findIndex(({ writes }) => writes.some((buffer) => places.isState(buffer)))
  let barriers = 0
  let open: { accesses: Accesses; isSplit: boolean }[] = []
  const steps = kernels.map((kernel, i): ThreadStep => {
    const accesses = accessesOf(kernel, places)
    const haveJustMet = open.length === 0 && i > 0
    const waitsBefore =
      (i === firstStateWrite && !haveJustMet) ||
      open.some((before) => (before.isSplit || isSplit[i]!) && conflict(before.accesses, accesses))
    if (waitsBefore) open = []
    const checks = hasChecks(kernel.body)
    open = checks ? [] : [...open, { accesses, isSplit: isSplit[i]! }]
    barriers +=
      Number(waitsBefore) +
      Number(checks) +
      (isSplit[i] ? kernel.body.filter(({ kind }) => kind === 'barrier').length : 0)
    return { isSplit: isSplit[i]!, waitsBefore, hasChecks: checks, operations: costs[i]! }
  })
  const waitsAtEnd = open.some((each) => each.isSplit)
  return { threads, reason: undefined, steps, waitsAtEnd, barriers: barriers + Number(waitsAtEnd) }
}

const hasChecks = (body: readonly Statement[]): boolean =>
  body.some((statement) => statement.kind === 'check' || (statement.kind === 'loop' && hasChecks(statement.body)))

/** Of several failed checks the first thread's is reported: the first in order when there is one divided loop, and what follows is the last thread's. */
function keepsOrderOfChecks(body: readonly Statement[]): boolean {
  if (!hasChecks(body)) return true
  const loops = body.filter(isParallel)
  return loops.slice(1).every(({ extent, step }) => extent === step) && !body.some(({ kind }) => kind === 'barrier')
}

interface Accesses {
  readonly reads: readonly ByteRange[]
  readonly writes: readonly ByteRange[]
}

const accessesOf = (kernel: Kernel, places: Places): Accesses => ({
  reads: kernel.reads.map((buffer) => places.rangeOf(buffer)),
  writes: [...kernel.writes, ...kernel.scratch].map((buffer) => places.rangeOf(buffer)),
})

const conflict = (a: Accesses, b: Accesses): boolean =>
  overlaps(a.writes, b.writes) || overlaps(a.writes, b.reads) || overlaps(a.reads, b.writes)

const overlaps = (a: readonly ByteRange[], b: readonly ByteRange[]): boolean =>
  a.some((x) => b.some((y) => x.region === y.region && x.start < y.end && y.start < x.end))
