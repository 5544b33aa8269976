import { InternalError } from '../base/errors.ts'
import type { FusionGroup } from '../ir/fusion-group.ts'
import type { GraphValue } from '../ir/graph.ts'
import { SmallestFirst } from './smallest-first.ts'

/** Which kernel must run before which. */
export class Dependencies {
  readonly #groups: FusionGroup[]
  readonly #owner = new Map<GraphValue, FusionGroup>()
  readonly #after = new Map<FusionGroup, Set<FusionGroup>>()
  readonly #readers = new Map<GraphValue, Set<FusionGroup>>()

  constructor(groups: readonly FusionGroup[], baseOf: (value: GraphValue) => GraphValue) {
    this.#groups = [...groups]
    for (const group of groups) for (const node of group.nodes) this.#owner.set(node, group)
    for (const group of groups) this.#after.set(group, new Set())
    for (const group of groups) {
      for (const node of group.nodes) {
        for (const operand of node.operands) {
          const base = baseOf(operand)
          this.#readers.set(base, (this.#readers.get(base) ?? new Set()).add(group))
          const owner = this.#owner.get(base)
          if (owner && owner !== group) this.#after.get(owner)!.add(group)
        }
      }
    }
  }

  ownerOf(value: GraphValue): FusionGroup | undefined {
    return this.#owner.get(value)
  }

  readersOf(value: GraphValue): FusionGroup[] {
    return [...(this.#readers.get(value) ?? [])]
  }

  /** Makes `group` run after all of `before`, unless one of them already has to wait for it. */
  tryPrecede(before: readonly FusionGroup[], group: FusionGroup): boolean {
    const later = this.#reachableFrom(group)
    if (before.some((other) => later.has(other))) return false
    for (const other of before) this.#after.get(other)!.add(group)
    return true
  }

  addSink(group: FusionGroup, before: readonly FusionGroup[]): void {
    this.#groups.push(group)
    this.#after.set(group, new Set())
    for (const other of before) this.#after.get(other)!.add(group)
  }

  /** A topological order that keeps the given one where it can: always the first kernel of the given order that waits for none. */
  sorted(): FusionGroup[] {
    const position = new Map(this.#groups.map((group, i) => [group, i]))
    const waiting = new Array<number>(this.#groups.length).fill(0)
    for (const followers of this.#after.values()) for (const group of followers) waiting[position.get(group)!]!++
    const ready = new SmallestFirst()
    waiting.forEach((count, i) => count === 0 && ready.push(i))
    const order: FusionGroup[] = []
    for (let next = ready.pop(); next !== undefined; next = ready.pop()) {
      const group = this.#groups[next]!
      order.push(group)
      for (const follower of this.#after.get(group)!) {
        const i = position.get(follower)!
        if (--waiting[i]! === 0) ready.push(i)
      }
    }
    if (order.length < this.#groups.length) throw new InternalError('kernels wait for each other')
    return order
  }

  #reachableFrom(start: FusionGroup): Set<FusionGroup> {
    const seen = new Set<FusionGroup>()
    const stack = [...this.#after.get(start)!]
    for (let group = stack.pop(); group; group = stack.pop()) {
      if (seen.has(group)) continue
      seen.add(group)
      stack.push(...this.#after.get(group)!)
    }
    return seen
  }
}
