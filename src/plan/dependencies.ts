import { InternalError } from '../base/errors.ts'
import type { FusionGroup } from '../ir/fusion-group.ts'
import type { GraphValue } from '../ir/graph.ts'
import { Growth, type Weights } from './growth.ts'
import { SmallestFirst } from './smallest-first.ts'

/** Which kernel must run before which. */
export class Dependencies {
  readonly #groups: FusionGroup[]
  readonly #owner = new Map<GraphValue, FusionGroup>()
  readonly #after = new Map<FusionGroup, Set<FusionGroup>>()
  readonly #readers = new Map<GraphValue, Set<FusionGroup>>()

  constructor(groups: readonly FusionGroup[], baseOf: (value: GraphValue) => GraphValue) {
    this.#groups = [...groups]
    for (const group of groups)
      for (const value of [...group.nodes, ...(group.control?.results ?? [])]) this.#owner.set(value, group)
    for (const group of groups) this.#after.set(group, new Set())
    for (const group of groups) {
      const members = new Set<GraphValue>(group.nodes)
      for (const { operands } of group.control ? [group.control] : group.nodes) {
        for (const operand of operands) {
          const base = baseOf(operand)
          this.#readers.set(base, (this.#readers.get(base) ?? new Set()).add(group))
          const owner = this.#owner.get(base)
          if (owner && owner !== group && !members.has(base)) this.#after.get(owner)!.add(group)
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

  /** The order of two in which less memory is alive at once: as given, or with kernels that free memory as soon as they can run. */
  lightest(weights: Weights): FusionGroup[] {
    const peakOf = (order: readonly FusionGroup[]): number => {
      const growth = new Growth(order, this.#readers, weights)
      let [alive, peak] = [0, 0]
      for (const group of order) {
        const made = growth.madeBy(group)
        const change = growth.of(group)
        peak = Math.max(peak, alive + Math.max(made, change))
        alive += change
        growth.run(group)
      }
      return peak
    }
    const [given, freeing] = [this.sorted(), this.sorted(weights)]
    return peakOf(freeing) < peakOf(given) ? freeing : given
  }

  /**
   * A topological order that keeps the given one where it can: always the first kernel of the given order that waits for none; or, with
   * `weights`, the first of those after which no more is alive than before, if there is one.
   */
  sorted(weights?: Weights): FusionGroup[] {
    const position = new Map(this.#groups.map((group, i) => [group, i]))
    const waiting = new Array<number>(this.#groups.length).fill(0)
    for (const followers of this.#after.values()) for (const group of followers) waiting[position.get(group)!]!++
    const [ready, light] = [new SmallestFirst(), new SmallestFirst()]
    const isDone = new Set<number>()
    const growth = weights && new Growth(this.#groups, this.#readers, weights)
    const admit = (i: number): void => (growth?.isNone(this.#groups[i]!) ? light : ready).push(i)
    waiting.forEach((count, i) => count === 0 && admit(i))
    const order: FusionGroup[] = []
    for (let next = light.pop() ?? ready.pop(); next !== undefined; next = light.pop() ?? ready.pop()) {
      if (isDone.has(next)) continue
      isDone.add(next)
      const group = this.#groups[next]!
      order.push(group)
      for (const changed of growth?.run(group) ?? []) {
        const i = position.get(changed)!
        if (waiting[i] === 0 && growth!.isNone(changed)) light.push(i)
      }
      for (const follower of this.#after.get(group)!) {
        const i = position.get(follower)!
        if (--waiting[i]! === 0) admit(i)
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
