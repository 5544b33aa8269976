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
  /** Bytes alive at the fullest step: no plan can need less. */
  readonly peakLiveBytes: number
}

/** Buffers start on cache lines. */
export const bufferAlignment = 64
/** Small ones stand close: as many bytes as the largest element has. */
const smallAlignment = 8
const smallBytes = 256
/** Vector loads may read this far past a buffer's end: bytes of other buffers, of which they use nothing. */
const readablePadding = 16

const alignmentOf = (byteLength: number): number => (byteLength < smallBytes ? smallAlignment : bufferAlignment)

const alignUp = (offset: number, alignment: number): number => Math.ceil(offset / alignment) * alignment

/** By which a packing takes lifetimes in turn; the first differs most often. */
type Order = (a: Lifetime, b: Lifetime) => number

const duration = ({ first, last }: Lifetime): number => last - first + 1
const bySize: Order = (a, b) => b.byteLength - a.byteLength || a.first - b.first
const byArea: Order = (a, b) => b.byteLength * duration(b) - a.byteLength * duration(a) || a.first - b.first
const byDuration: Order = (a, b) => duration(b) - duration(a) || b.byteLength - a.byteLength
const byFirst: Order = (a, b) => a.first - b.first || b.byteLength - a.byteLength

/** More lifetimes than this are packed in one order only, for time. */
const mostRepacked = 3000
/** Other orders are not tried for less than this. */
const goodEnough = 1.01

/**
 * Offsets such that no two lifetimes that overlap in time share a byte. Largest first, each at the lowest gap that holds it
 * (Pisarchyk & Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020, greedy by size); where that leaves holes, the best of
 * several orders. O(n²).
 */
export function planMemory(lifetimes: readonly Lifetime[]): MemoryPlan {
  const peakLiveBytes = peakOf(lifetimes)
  let best = pack(lifetimes, bySize)
  for (const order of lifetimes.length > mostRepacked ? [] : [byArea, byDuration, byFirst]) {
    if (best.byteLength <= peakLiveBytes * goodEnough) break
    const other = pack(lifetimes, order)
    if (other.byteLength < best.byteLength) best = other
  }
  const byteLength = lifetimes.length === 0 ? 0 : alignUp(best.byteLength + readablePadding, smallAlignment)
  return { offsets: best.offsets, byteLength, peakLiveBytes }
}

/** Each lifetime in turn at the lowest gap that holds it. */
function pack(lifetimes: readonly Lifetime[], order: Order): { offsets: number[]; byteLength: number } {
  const offsets = new Array<number>(lifetimes.length).fill(0)
  const placed: number[] = []
  const inTurn = lifetimes.map((_, i) => i).sort((a, b) => order(lifetimes[a]!, lifetimes[b]!))
  let byteLength = 0
  for (const i of inTurn) {
    const wanted = lifetimes[i]!
    const alignment = alignmentOf(wanted.byteLength)
    let offset = 0
    for (const j of placed) {
      const other = lifetimes[j]!
      if (other.last < wanted.first || other.first > wanted.last) continue
      if (offsets[j]! >= offset + wanted.byteLength) break
      offset = Math.max(offset, alignUp(offsets[j]! + other.byteLength, alignment))
    }
    offsets[i] = offset
    placed.splice(firstAbove(placed, offsets, offset), 0, i)
    byteLength = Math.max(byteLength, offset + wanted.byteLength)
  }
  return { offsets, byteLength }
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

/** Largest sum of bytes alive at one step. */
export function peakOf(lifetimes: readonly Lifetime[]): number {
  const starts = lifetimes.toSorted((a, b) => a.first - b.first)
  const ends = lifetimes.toSorted((a, b) => a.last - b.last)
  let [peak, alive, ended] = [0, 0, 0]
  for (const { first, byteLength } of starts) {
    while (ends[ended]!.last < first) alive -= ends[ended++]!.byteLength
    alive += byteLength
    peak = Math.max(peak, alive)
  }
  return peak
}
