import { isParallel, type Loop } from './divide-work.ts'
import type { Address, Affine, Buffer, Expr, Kernel, LoopIndex, Statement } from './ir.ts'
import { type Accesses, Meeting } from './meeting.ts'
import { operandsOf } from './operands.ts'

interface Touched {
  /** Those whose addresses follow the loops. */
  readonly known: Map<string, Accesses>
  /** Positions at the top of the body of the statements with accesses at computed addresses, and of all. */
  readonly dynamic: Set<number>
  readonly all: Set<number>
}
type Table = Map<Buffer, Touched>

/**
 * Tells whether an output of a kernel may lie where one of its inputs does: no element may be stored before the last load of the input's
 * element at the same position. Threads take passes of a parallel loop in any order, so there the load must belong to the same pass.
 */
export class InPlaceTest {
  readonly #kernel: Kernel
  readonly #isDivided: boolean
  readonly #loads: Table = new Map<Buffer, Touched>()
  readonly #stores: Table = new Map<Buffer, Touched>()
  readonly #identities = new Map<object, number>()

  constructor(kernel: Kernel) {
    this.#kernel = kernel
    this.#isDivided = kernel.body.some(isParallel)
    this.#collect(kernel.body, [], [])
  }

  /** Both buffers have elements of one size. */
  canTakeOver(input: Buffer, output: Buffer): boolean {
    const [loads, stores] = [this.#loads.get(input), this.#stores.get(output)]
    if (!loads || !stores || this.#stores.has(input)) return false
    for (const load of loads.known.values())
      for (const store of stores.known.values()) if (!this.#areOrdered(load, store)) return false
    // A computed address may be any: all of the one statement has to be done before the other begins.
    const isDone = (from: number, to: number): boolean => from < to && this.#haveMet(from, to)
    const before = [...loads.dynamic].every((from) => [...stores.all].every((to) => isDone(from, to)))
    return before && [...stores.dynamic].every((to) => [...loads.all].every((from) => isDone(from, to)))
  }

  #areOrdered(load: Accesses, store: Accesses): boolean {
    let shared = 0
    while (shared < load.loops.length && load.loops[shared] === store.loops[shared]) shared++
    const meeting = new Meeting(load, store, shared)
    return load.sites.every((from) =>
      store.sites.every((to) => {
        const distance = to.offset - from.offset
        if (meeting.inOtherPass(distance)) return false
        return this.#isBefore(from.positions, to.positions, shared) || !meeting.inSamePass(distance)
      }),
    )
  }

  /** Whether the load comes before the store in a pass of the loops around both. */
  #isBefore(load: readonly number[], store: readonly number[], shared: number): boolean {
    const [from, to] = [load[shared]!, store[shared]!]
    if (from === to) return true // one statement: its operands are evaluated first
    if (from > to) return false
    return shared > 0 || this.#haveMet(from, to)
  }

  /** Whether no thread begins the later of two statements at the top before all are done with the earlier one. */
  #haveMet(from: number, to: number): boolean {
    return !this.#isDivided || this.#kernel.body.slice(from, to).some(({ kind }) => kind === 'barrier')
  }

  #collect(body: readonly Statement[], loops: readonly Loop[], outer: readonly number[]): void {
    body.forEach((statement, position) => {
      const positions = [...outer, position]
      if (statement.kind === 'loop') return this.#collect(statement.body, [...loops, statement], positions)
      if (statement.kind === 'comment' || statement.kind === 'barrier') return
      const visit = (expr: Expr): void => {
        if (expr.kind === 'load') {
          const count = expr.valid ?? expr.type.lanes
          this.#add(this.#loads, expr.buffer, expr.at, { stride: expr.laneStride, count }, loops, positions)
        }
        operandsOf(expr).forEach(visit)
      }
      visit(statement.value)
      if (statement.kind === 'check') visit(statement.ok)
      if (statement.kind !== 'store') return
      const { buffer, at, value, laneStride, count = value.type.lanes } = statement
      if (at.dynamic) visit(at.dynamic)
      this.#add(this.#stores, buffer, at, { stride: laneStride, count }, loops, positions)
    })
  }

  #add(
    table: Table,
    buffer: Buffer,
    { affine, dynamic }: Address,
    lanes: Accesses['lanes'],
    loops: readonly Loop[],
    positions: readonly number[],
  ): void {
    const touched = table.get(buffer) ?? { known: new Map<string, Accesses>(), dynamic: new Set(), all: new Set() }
    table.set(buffer, touched)
    touched.all.add(positions[0]!)
    if (dynamic) return void touched.dynamic.add(positions[0]!)
    const { known } = touched
    const strides = stridesOf(affine)
    const walked = [...strides].map(([index, stride]) => `${this.#identity(index)}*${stride}`).sort()
    const key = `${loops.map((loop) => this.#identity(loop)).join()} ${walked.join()} ${lanes.stride} ${lanes.count}`
    const accesses = known.get(key) ?? { loops, strides, lanes, sites: [] }
    known.set(key, accesses)
    accesses.sites.push({ offset: affine.offset, positions })
  }

  #identity(object: object): number {
    const known = this.#identities.get(object) ?? this.#identities.size
    this.#identities.set(object, known)
    return known
  }
}

function stridesOf({ terms }: Affine): Map<LoopIndex, number> {
  const strides = new Map<LoopIndex, number>()
  for (const { index, stride } of terms) strides.set(index, (strides.get(index) ?? 0) + stride)
  return strides
}
