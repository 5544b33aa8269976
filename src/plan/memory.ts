/** Bytes that must stay untouched from step `first` to step `last`, both included. */
export interface Lifetime {
  readonly byteLength: number
  readonly first: number
  readonly last: number
}
export interface MemoryPlan {
  /** Byte offset of each lifetime, in the order given. */
  readonly offsets: readonly number[]
  readonly byteLength: number
  /** Largest sum of bytes alive at one step: no plan can need less. */
  readonly peakLiveBytes: number
}

/** Buffers start on cache lines. */
export const bufferAlignment = 64
/** Vector loads may read this far past a buffer's end. */
const readablePadding = 16

const padded = (byteLength: number): number =>
  Math.ceil((byteLength + readablePadding) / bufferAlignment) * bufferAlignment

/**
 * Offsets such that no two lifetimes that overlap in time share a byte. Largest first, each at the lowest gap that holds it
 * (Pisarchyk & Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020, greedy by size). O(n²).
 */
export function planMemory(lifetimes: readonly Lifetime[]): MemoryPlan {
  const offsets = new Array<number>(lifetimes.length).fill(0)
  const placed: number[] = []
  const bySize = lifetimes
    .map((_, i) => i)
    .sort((a, b) => lifetimes[b]!.byteLength - lifetimes[a]!.byteLength || lifetimes[a]!.first - lifetimes[b]!.first)
  let byteLength = 0
  for (const i of bySize) {
    const wanted = lifetimes[i]!
    const size = padded(wanted.byteLength)
    let offset = 0
    for (const j of placed) {
      const other = lifetimes[j]!
      if (other.last < wanted.first || other.first > wanted.last) continue
      if (offsets[j]! >= offset + size) break
      offset = Math.max(offset, offsets[j]! + padded(other.byteLength))
    }
    offsets[i] = offset
    placed.splice(firstAbove(placed, offsets, offset), 0, i)
    byteLength = Math.max(byteLength, offset + size)
  }
  return { offsets, byteLength, peakLiveBytes: peakOf(lifetimes) }
}

/** The position in `placed`, which is sorted by offset, where the offsets begin to be above `offset`. */
function firstAbove(placed: readonly number[], offsets: readonly number[], offset: number): number {
  let [low, high] = [0, placed.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (offsets[placed[middle]!]! > offset) high = middle
    else low = middle + 1
  }
  return low
}

function peakOf(lifetimes: readonly Lifetime[]): number {
  const starts = lifetimes.toSorted((a, b) => a.first - b.first)
  const ends = lifetimes.toSorted((a, b) => a.last - b.last)
  let [peak, alive, ended] = [0, 0, 0]
  for (const { first, byteLength } of starts) {
    while (ends[ended]!.last < first) alive -= padded(ends[ended++]!.byteLength)
    alive += padded(byteLength)
    peak = Math.max(peak, alive)
  }
  return peak
}
