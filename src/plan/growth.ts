import type { FusionGroup } from '../ir/fusion-group.ts'
import type { GraphNode, GraphValue } from '../ir/graph.ts'

/** Bytes of planned memory that a value takes from when it is written to when it is last read; 0 for what lies elsewhere or stays. */
export type Weights = (value: GraphValue) => number

/** Growth of less than this is none: a scalar. */
const negligibleBytes = 64

/** By how much each kernel, if it ran next, would change what is alive. */
export class Growth {
  readonly #made = new Map<FusionGroup, number>()
  readonly #freed = new Map<FusionGroup, number>()
  readonly #readersLeft = new Map<GraphValue, Set<FusionGroup>>()
  readonly #readBy = new Map<FusionGroup, GraphValue[]>()
  readonly #weights: Weights

  constructor(
    groups: readonly FusionGroup[],
    readers: ReadonlyMap<GraphValue, ReadonlySet<FusionGroup>>,
    weights: Weights,
  ) {
    this.#weights = weights
    for (const group of groups) {
      const made = group.outputs.reduce((sum, output) => sum + weights(output), 0)
      this.#made.set(group, made)
    }
    for (const [value, of] of readers) {
      const others = new Set([...of].filter((group) => !group.nodes.includes(value as GraphNode))) // only compared
      this.#readersLeft.set(value, others)
      for (const group of others) {
        const read = this.#readBy.get(group) ?? []
        this.#readBy.set(group, read)
        read.push(value)
      }
      if (others.size === 1) this.#countAsFreed(value)
    }
  }

  madeBy(group: FusionGroup): number {
    return this.#made.get(group)!
  }

  of(group: FusionGroup): number {
    return this.#made.get(group)! - (this.#freed.get(group) ?? 0)
  }

  isNone(group: FusionGroup): boolean {
    return this.of(group) < negligibleBytes
  }

  /** Those that have become the last reader of something. */
  run(group: FusionGroup): FusionGroup[] {
    return (this.#readBy.get(group) ?? []).flatMap((value) => {
      const left = this.#readersLeft.get(value)!
      left.delete(group)
      return left.size === 1 ? [this.#countAsFreed(value)] : []
    })
  }

  /** The only reader left will free the value. */
  #countAsFreed(value: GraphValue): FusionGroup {
    const [last] = this.#readersLeft.get(value)!
    this.#freed.set(last!, (this.#freed.get(last!) ?? 0) + this.#weights(value))
    return last!
  }
}
