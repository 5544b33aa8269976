import { dtypeInfo } from '../base/dtype.ts'
import { InPlaceTest } from '../kernel/in-place.ts'
import type { Buffer, Kernel } from '../kernel/ir.ts'
import { type Lifetime, type MemoryPlan, peakOf, planMemory } from './memory.ts'
import type { Timeline } from './program-steps.ts'
import { bytesOf, bytesPerWorker } from './threads.ts'

export interface BufferLifetime extends Lifetime {
  readonly buffer: Buffer
  readonly byteOffset: number
  /** The buffer whose bytes it takes over in its first kernel, which is the last to read that one. */
  readonly replaces?: Buffer
}

export interface PlannedBuffer {
  readonly buffer: Buffer
  /** Arguments are there before the first kernel. */
  readonly isArgument: boolean
}

/** How kernels use buffers over time. */
export interface BufferUses {
  readonly kernels: readonly Kernel[]
  readonly timeline: Timeline
  /** The buffer whose place another one names. */
  readonly placeOf: (buffer: Buffer) => Buffer
  readonly results: ReadonlySet<Buffer>
}

/** Where the buffers of a program lie in its planned memory. */
export function planBuffers(
  planned: readonly PlannedBuffer[],
  uses: BufferUses,
  threads: number,
): { memory: MemoryPlan; lifetimes: BufferLifetime[]; peakTensorBytes: number } {
  const { kernels } = uses
  const lifetimes = lifetimesOf(planned, uses, threads)
  const replaced = replacedBuffers(lifetimes, uses)
  // Buffers that take each other's place are one to the planner.
  const places: { byteLength: number; first: number; last: number }[] = []
  const placeOf = new Map<Buffer, number>()
  const working = workingBuffers(kernels)
  for (const { buffer, ...lifetime } of lifetimes.toSorted((a, b) => a.first - b.first)) {
    const before = replaced.get(buffer) ?? working.get(buffer)
    const place = before && before !== buffer ? placeOf.get(before)! : places.push(lifetime) - 1
    if (before) places[place] = { ...places[place]!, last: lifetime.last }
    placeOf.set(buffer, place)
  }
  const memory = planMemory(places)
  const isWorking = new Set(kernels.flatMap(({ scratch }) => scratch.map((buffer) => placeOf.get(buffer)!)))
  return {
    memory,
    peakTensorBytes: peakOf(places.filter((_, place) => !isWorking.has(place))),
    lifetimes: lifetimes.map((lifetime) => {
      const { buffer } = lifetime
      const replaces = replaced.get(buffer)
      return { ...lifetime, byteOffset: memory.offsets[placeOf.get(buffer)!]!, ...(replaces ? { replaces } : {}) }
    }),
  }
}

/** Threads' own copies up to this size keep their place between kernels. */
const mostBytesKept = 8192

/**
 * For threads' own working memory that of an earlier kernel in whose place it lies. Where it is never anything else, and threads' copies are
 * of one size, nobody has to wait for another thread to have done with it.
 */
function workingBuffers(kernels: readonly Kernel[]): ReadonlyMap<Buffer, Buffer> {
  const first = new Map<string, Buffer>()
  const earlier = new Map<Buffer, Buffer>()
  for (const { scratch } of kernels) {
    const counts = new Map<number, number>()
    for (const buffer of scratch) {
      const bytes = buffer.perWorker ? bytesPerWorker(buffer) : Infinity
      if (bytes > mostBytesKept) continue
      const count = counts.get(bytes) ?? 0
      counts.set(bytes, count + 1)
      const key = `${bytes} ${count}`
      if (!first.has(key)) first.set(key, buffer)
      earlier.set(buffer, first.get(key)!)
    }
  }
  return earlier
}

type Unplaced = Omit<BufferLifetime, 'byteOffset' | 'replaces'>

/**
 * From the first kernel that writes it (arguments: from before the first) to the last that reads it (results: to the end). What a loop reads from
 * outside stays until its last pass is over.
 */
function lifetimesOf(planned: readonly PlannedBuffer[], uses: BufferUses, threads: number): Unplaced[] {
  const { kernels, timeline, placeOf, results } = uses
  const spans = new Map<Buffer, { first: number; last: number }>()
  const touch = (buffer: Buffer, tick: number): void => {
    const place = placeOf(buffer)
    const span = spans.get(place)
    if (!span) spans.set(place, { first: tick, last: tick })
    else {
      span.first = Math.min(span.first, tick)
      span.last = Math.max(span.last, tick)
    }
  }
  kernels.forEach((kernel, i) => {
    for (const buffer of [...kernel.reads, ...kernel.writes, ...kernel.scratch]) touch(buffer, timeline.ticks[i]!)
  })
  for (const { buffer, tick } of timeline.reads) touch(buffer, tick)
  const spanOf = ({ buffer, isArgument }: PlannedBuffer): { first: number; last: number } => {
    const { first, last } = spans.get(buffer) ?? { first: 0, last: 0 }
    return { first: isArgument ? -1 : first, last: results.has(buffer) ? timeline.end : last }
  }
  return planned.map((each) => {
    const { first, last } = spanOf(each)
    // Inner loops come first, and what they keep may have to stay for the outer one.
    const kept = timeline.loops.reduce(
      (end, loop) => (first < loop.first && end > loop.first ? Math.max(end, loop.last) : end),
      last,
    )
    return { buffer: each.buffer, byteLength: bytesOf(each.buffer, threads), first, last: kept }
  })
}

/** For outputs that may lie where an input of their kernel does which nobody reads afterwards: that input. */
function replacedBuffers(
  lifetimes: readonly Unplaced[],
  { kernels, timeline }: BufferUses,
): ReadonlyMap<Buffer, Buffer> {
  const known = new Map(lifetimes.map((lifetime) => [lifetime.buffer, lifetime]))
  const replaced = new Map<Buffer, Buffer>()
  kernels.forEach((kernel, i) => {
    const step = timeline.ticks[i]!
    const inputs = new Set(kernel.reads.filter((buffer) => known.get(buffer)?.last === step))
    let test: InPlaceTest | undefined
    for (const output of kernel.writes) {
      const wanted = known.get(output)
      if (wanted?.first !== step || inputs.size === 0) continue
      const input = [...inputs].find((candidate) => {
        const given = known.get(candidate)!
        // The next call may find an argument where this one left it, and need no copy.
        const fits =
          given.first >= 0 &&
          given.first < step &&
          given.byteLength === wanted.byteLength &&
          dtypeInfo[candidate.dtype].byteSize === dtypeInfo[output.dtype].byteSize
        return fits && (test ??= new InPlaceTest(kernel)).canTakeOver(candidate, output)
      })
      if (!input) continue
      inputs.delete(input)
      replaced.set(output, input)
    }
  })
  return replaced
}
