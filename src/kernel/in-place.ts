import { isParallel, type Loop } from './divide-work.ts'
import type { Address, Affine, Buffer, Expr, Kernel, LoopIndex, Statement } from './ir.ts'
import { type Accesses, Meeting } from './meeting.ts'
import { operandsOf } from './operands.ts'

/**
 * Tells whether an output of a kernel may lie where one of its inputs does: no element may be stored before the last load of the input's
 * element at the same position. Threads take passes of a parallel loop in any order, so there the load must belong to the same pass.
 */
export class InPlaceTest {
  readonly #kernel: Kernel
  readonly #isDivided: boolean
  readonly #loads = new Map<Buffer, Map<string, Accesses> | 'dynamic'>()
  readonly #stores = new Map<Buffer, Map<string, Accesses> | 'dynamic'>()
  readonly #identities = new Map<object, number>()

  constructor(kernel: Kernel) {
    this.#kernel = kernel
    this.#isDivided = kernel.body.some(isParallel)
    this.#collect(kernel.body, [], [])
  }

  /** Both buffers have elements of one size. */
  canTakeOver(input: Buffer, output: Buffer): boolean {
    const [loads, stores] = [this.#loads.get(input), this.#stores.get(output)]
    if (!loads || !stores || loads === 'dynamic' || stores === 'dynamic' || this.#stores.has(input)) return false
    for (const load of loads.values())
      for (const store of stores.values()) if (!this.#areOrdered(load, store)) return false
    return true
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
    return shared > 0 || !this.#isDivided || this.#kernel.body.slice(from, to).some(({ kind }) => kind === 'barrier')
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
    table: Map<Buffer, Map<string, Accesses> | 'dynamic'>,
    buffer: Buffer,
    { affine, dynamic }: Address,
    lanes: Accesses['lanes'],
    loops: readonly Loop[],
    positions: readonly number[],
  ): void {
    const known = table.get(buffer) ?? new Map<string, Accesses>()
    if (dynamic || known === 'dynamic') return void table.set(buffer, 'dynamic')
    table.set(buffer, known)
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
