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

const padded = (byteLength: number): number => Math.ceil((byteLength + readablePadding) / bufferAlignment) * bufferAlignment

/**
 * Offsets such that no two lifetimes that overlap in time share a byte. Largest first, each at the lowest gap that holds it
 * (Pisarchyk & Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020, greedy by size). O(n²).
 */
export function planMemory(lifetimes: readonly Lifetime[]): MemoryPlan {
  const offsets = new Array<number>(lifetimes.length).fill(0)
  const placed: number[] = []
  const bySize = lifetimes.map((_, i) => i).sort((a, b) => lifetimes[b]!.byteLength - lifetimes[a]!.byteLength || lifetimes[a]!.first - lifetimes[b]!.first)
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
    placed.push(i)
    placed.sort((a, b) => offsets[a]! - offsets[b]!)
    byteLength = Math.max(byteLength, offset + size)
  }
  return { offsets, byteLength, peakLiveBytes: peakOf(lifetimes) }
}

function peakOf(lifetimes: readonly Lifetime[]): number {
  const steps = new Set(lifetimes.map(({ first }) => first))
  let peak = 0
  for (const step of steps) {
    const alive = lifetimes.filter(({ first, last }) => first <= step && step <= last)
    peak = Math.max(peak, alive.reduce((bytes, { byteLength }) => bytes + padded(byteLength), 0))
  }
  return peak
}
