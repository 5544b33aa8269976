import { dtypeInfo } from '../base/dtype.ts'
import { isParallel, type Loop } from '../kernel/divide-work.ts'
import type { Address, Buffer, Expr, Kernel, LoopIndex, Statement } from '../kernel/ir.ts'
import { operandsOf } from '../kernel/operands.ts'

/** Bytes of memory: where they are, and where they end. */
export interface ByteRange {
  /** Memory of its own, or the program's planned memory. */
  readonly region: unknown
  readonly start: number
  readonly end: number
}

/** Who makes the passes: a slice each, every thread all of them, thread 0 all, or each thread the one with its own number. */
type Division = 'slices' | 'all' | 'first' | 'own'

/** Bytes that passes of a loop touch: pass p touches some of those from start + p · stride to end + p · stride. */
export interface Touch extends ByteRange {
  readonly isWrite: boolean
  readonly division: Division
  readonly passes: number
  /** Bytes from pass to pass. */
  readonly stride: number
}

/** The passes of a thread: ⌊passes / threads⌋ or one more, the longer slices last (as the code computes them). */
export function sliceOf(passes: number, worker: number, threads: number): { first: number; count: number } {
  const least = Math.floor(passes / threads)
  const longest = threads - (passes % threads)
  return { first: worker * least + Math.max(0, worker - longest), count: least + Number(worker >= longest) }
}

/** The bytes between the first and the last that a thread touches. */
export function touchedBy(touch: Touch, worker: number, threads: number): Span | undefined {
  const { division, passes, stride, start, end } = touch
  if (division === 'first' && worker > 0) return undefined
  const own = { first: worker, count: 1 }
  const whole = { first: 0, count: passes }
  const { first, count } = division === 'slices' ? sliceOf(passes, worker, threads) : division === 'own' ? own : whole
  if (count === 0) return undefined
  const [from, to] = [first * stride, (first + count - 1) * stride]
  return { start: start + Math.min(from, to), end: end + Math.max(from, to) }
}

/** Whether, on any number of threads up to `threads`, one touches bytes that another writes, so that the order of both matters. */
export const meetAcross = (before: readonly Touch[], after: readonly Touch[], threads: number): boolean =>
  before.some((a) => after.some((b) => (a.isWrite || b.isWrite) && a.region === b.region && conflict(a, b, threads)))

function conflict(a: Touch, b: Touch, mostThreads: number): boolean {
  if (!overlap(allOf(a, mostThreads), allOf(b, mostThreads))) return false
  for (let threads = 2; threads <= mostThreads; threads++)
    for (let worker = 0; worker < threads; worker++) {
      const own = touchedBy(a, worker, threads)
      if (!own) continue
      for (let other = 0; other < threads; other++) {
        const theirs = other === worker ? undefined : touchedBy(b, other, threads)
        if (theirs && overlap(own, theirs)) return true
      }
    }
  return false
}

type Span = Pick<ByteRange, 'start' | 'end'>

const overlap = (a: Span, b: Span): boolean => a.start < b.end && b.start < a.end

function allOf({ division, passes, stride, start, end }: Touch, threads: number): Span {
  const reach = ((division === 'own' ? threads : passes) - 1) * stride
  return { start: start + Math.min(0, reach), end: end + Math.max(0, reach) }
}

/** Where a buffer lies: its first byte (of thread 0's copy), and the bytes of one thread's copy where each has its own. */
export type PlaceOf = (buffer: Buffer) => ByteRange & { readonly bytesPerWorker?: number | undefined }

/** What thread 0 touches that runs a kernel alone. */
export function touchesOfOne(kernel: Kernel, placeOf: PlaceOf): Touch[] {
  const touch = (buffer: Buffer, isWrite: boolean): Touch => {
    const { region, start, end, bytesPerWorker } = placeOf(buffer)
    const ownEnd = bytesPerWorker === undefined ? end : start + bytesPerWorker
    return { region, start, end: ownEnd, isWrite, division: 'first', passes: 1, stride: 0 }
  }
  return [
    ...kernel.reads.map((buffer) => touch(buffer, false)),
    ...[...kernel.writes, ...kernel.scratch].map((buffer) => touch(buffer, true)),
  ]
}

/** What threads that divide a kernel touch, in its parts between barriers. */
export function touchesOfAll(kernel: Kernel, placeOf: PlaceOf): Touch[][] {
  const parts: Touch[][] = []
  let part = new Touches(placeOf)
  for (const statement of kernel.body) {
    if (statement.kind === 'barrier') {
      parts.push(part.all())
      part = new Touches(placeOf)
    } else part.add(statement)
  }
  return [...parts, part.all()]
}

class Touches {
  readonly #placeOf: PlaceOf
  readonly #touches = new Map<string, Touch>()
  readonly #numbers = new Map<Buffer, number>()

  constructor(placeOf: PlaceOf) {
    this.#placeOf = placeOf
  }

  all(): Touch[] {
    return [...this.#touches.values()]
  }

  /** A statement at the top of a kernel's body. */
  add(statement: Statement): void {
    if (isParallel(statement)) for (const each of statement.body) this.#visit(each, statement, [])
    else this.#visit(statement, undefined, [])
  }

  #visit(statement: Statement, divided: Loop | undefined, loops: readonly Loop[]): void {
    if (statement.kind === 'comment' || statement.kind === 'barrier') return
    if (statement.kind === 'loop') {
      const inner = [...loops, statement]
      return statement.body.forEach((each) => this.#visit(each, divided, inner))
    }
    const visit = (expr: Expr): void => {
      if (expr.kind === 'load')
        this.#touch(expr.buffer, expr.at, expr.laneStride, expr.valid ?? expr.type.lanes, false, divided, loops)
      operandsOf(expr).forEach(visit)
    }
    visit(statement.value)
    if (statement.kind === 'check') visit(statement.ok)
    if (statement.kind !== 'store') return
    const { buffer, at, value, laneStride, count = value.type.lanes } = statement
    if (at.dynamic) visit(at.dynamic)
    this.#touch(buffer, at, laneStride, count, true, divided, loops)
  }

  #touch(
    buffer: Buffer,
    { affine, dynamic }: Address,
    laneStride: number,
    count: number,
    isWrite: boolean,
    divided: Loop | undefined,
    loops: readonly Loop[],
  ): void {
    const { region, start, bytesPerWorker } = this.#placeOf(buffer)
    const byteSize = dtypeInfo[buffer.dtype].byteSize
    const division = bytesPerWorker !== undefined ? 'own' : divided ? 'slices' : 'all'
    const passes = divided ? divided.extent / divided.step : 1
    // Of a thread's own copy and of computed addresses nothing is known but the buffer.
    if (bytesPerWorker !== undefined || dynamic) {
      const end = start + (bytesPerWorker ?? buffer.elementCount * byteSize)
      return this.#keep(buffer, { region, start, end, isWrite, division, passes, stride: bytesPerWorker ?? 0 })
    }
    const strides = new Map<LoopIndex, number>()
    for (const { index, stride } of affine.terms) strides.set(index, (strides.get(index) ?? 0) + stride)
    const reaches = loops.map(({ index, extent, step }) => (strides.get(index) ?? 0) * (extent - step))
    reaches.push((count - 1) * laneStride)
    const lowest = reaches.reduce((sum, reach) => sum + Math.min(0, reach), affine.offset)
    const highest = reaches.reduce((sum, reach) => sum + Math.max(0, reach), affine.offset)
    this.#keep(buffer, {
      region,
      start: start + lowest * byteSize,
      end: start + (highest + 1) * byteSize,
      isWrite,
      division,
      passes,
      stride: divided ? (strides.get(divided.index) ?? 0) * divided.step * byteSize : 0,
    })
  }

  /** Those of one buffer that step alike are one, from the lowest to the highest. */
  #keep(buffer: Buffer, touch: Touch): void {
    const number = this.#numbers.get(buffer) ?? this.#numbers.size
    this.#numbers.set(buffer, number)
    const key = `${number} ${touch.isWrite} ${touch.division} ${touch.passes} ${touch.stride}`
    const known = this.#touches.get(key)
    const start = Math.min(touch.start, known?.start ?? touch.start)
    const end = Math.max(touch.end, known?.end ?? touch.end)
    this.#touches.set(key, { ...touch, start, end })
  }
}
