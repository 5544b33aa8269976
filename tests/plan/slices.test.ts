import fc from 'fast-check'
import { expect, it } from 'vitest'
import * as k from '../../src/kernel/builder.ts'
import type { Buffer, Kernel, LoopIndex, Statement } from '../../src/kernel/ir.ts'
import { sliceOf } from '../../src/plan/slices.ts'
import { bytesPerWorker, planThreads } from '../../src/plan/threads.ts'
import { meetingFault } from './thread-trace.ts'

/** A loop over rows, each of which copies elements from one place of the memory to another. */
interface Drawn {
  readonly sizes: readonly [rows: number, columns: number, rowStride: number]
  readonly from: number
  readonly to: number
  readonly isTurned: boolean
  readonly lanes: 1 | 4
  readonly own: boolean
  readonly hasBarrier: boolean
}

const memory = 400
const seldom = fc.nat({ max: 5 }).map((n) => n === 0)
/** About 64 elements, in rows of different lengths, so that slices often line up, and often only for two threads. */
const sizes = fc.constantFrom<[rows: number, columns: number, rowStride: number]>(
  [1, 64, 0],
  [4, 16, 16],
  [4, 19, 16],
  [8, 8, 8],
  [8, 7, 8],
  [16, 4, 4],
  [5, 12, 12],
  [64, 1, 1],
)
const drawn: fc.Arbitrary<Drawn> = fc.record({
  sizes,
  from: fc.constantFrom(0, 2, 96),
  to: fc.constantFrom(0, 96, 192),
  isTurned: seldom,
  lanes: fc.constantFrom(1, 4),
  own: seldom,
  hasBarrier: seldom,
})

/** All buffers are windows of one memory. */
function kernelOf({ sizes, from, to, isTurned, lanes, own, hasBarrier }: Drawn, n: number): Kernel {
  const [rows, columns, rowStride] = sizes
  const window = (name: string): Buffer => ({ name, dtype: 'float32', elementCount: memory })
  const [given, made] = [window(`given${n}`), window(`made${n}`)]
  const scratch: Buffer = { name: `own${n}`, dtype: 'float32', elementCount: 8, perWorker: true }
  const body = (at: number, source: Buffer, target: Buffer): Statement => {
    const [i, j]: LoopIndex[] = [{ name: 'i' }, { name: 'j' }]
    const place = (offset: number, stride: number) =>
      k.at(k.affine(offset, { index: i!, stride }, { index: j!, stride: 1 }))
    const loadAt = isTurned ? place(at + (rows - 1) * rowStride, -rowStride) : place(at, rowStride)
    const value = k.load(source, source === scratch ? k.at(k.affine(0)) : loadAt, lanes, lanes === 1 ? 0 : 1)
    const storeAt = target === scratch ? k.at(k.affine(0)) : place(to, rowStride)
    const store: Statement = { kind: 'store', buffer: target, at: storeAt, value, laneStride: lanes === 1 ? 0 : 1 }
    const inner: Statement = {
      kind: 'loop',
      index: j!,
      extent: Math.ceil(columns / lanes) * lanes,
      step: lanes,
      body: [store],
    }
    return { kind: 'loop', index: i!, extent: rows, step: 1, body: [inner], parallel: true }
  }
  const first = body(from, given, own ? scratch : made)
  const second = body(from, own ? scratch : given, made)
  return {
    name: `k${n}`,
    reads: [given],
    writes: [made],
    scratch: own ? [scratch] : [],
    body: hasBarrier ? [first, { kind: 'barrier' }, second] : [first, ...(own ? [second] : [])],
    sources: [],
  }
}

const places = {
  rangeOf: (buffer: Buffer) => {
    const start = buffer.perWorker ? 300 * 4 : 0
    return { region: 'planned', start, end: buffer.perWorker ? start + 3 * bytesPerWorker(buffer) : memory * 4 }
  },
  isState: () => false,
}
const placeOf = (buffer: Buffer) => ({ region: 'planned', byteOffset: places.rangeOf(buffer).start })

it('has no two threads touch a byte that one writes before they have met, but where one kernel has them do so itself', () => {
  let [dropped, kept] = [0, 0]
  const programs = fc.array(drawn, { minLength: 2, maxLength: 5 })
  const property = fc.property(programs, fc.constantFrom(2, 3), (choices, threads) => {
    // What a kernel does to itself is its own affair: lowering marks only loops of which the passes are independent.
    const kernels = choices.map(kernelOf).filter((kernel) => {
      const alone = planThreads([kernel], threads, places, 1)
      return [2, 3].every(
        (count) => alone.threads === 1 || !meetingFault({ kernels: [kernel], threads: alone, placeOf }, count),
      )
    })
    for (const splitFrom of [1, 60]) {
      const plan = planThreads(kernels, threads, places, splitFrom)
      if (plan.threads === 1) continue
      for (let count = 2; count <= threads; count++)
        expect(meetingFault({ kernels, threads: plan, placeOf }, count)).toBe(undefined)
      for (const { waitsBefore } of plan.steps.slice(1))
        if (waitsBefore) kept++
        else dropped++
    }
  })
  fc.assert(property, { numRuns: 300, seed: 1 })
  expect(Math.min(dropped, kept)).toBeGreaterThan(100)
})

it('gives every pass to one thread, and the longer slices to the last', () => {
  for (let passes = 1; passes < 40; passes++)
    for (let threads = 1; threads < 9; threads++) {
      const slices = Array.from({ length: threads }, (_, worker) => sliceOf(passes, worker, threads))
      let next = 0
      for (const { first, count } of slices) {
        if (count > 0) expect(first).toBe(next)
        next += count
      }
      expect(next).toBe(passes)
      expect(slices.map(({ count }) => count)).toEqual(slices.map(({ count }) => count).sort((a, b) => a - b))
    }
})
