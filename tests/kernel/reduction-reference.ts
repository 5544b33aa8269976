import type { Shape } from '../../src/base/shape.ts'

/** a ∘ b in the dtype of the reduction. */
export interface Monoid {
  readonly identity: number
  readonly combine: (a: number, b: number) => number
}

/**
 * The value of each kept element, worked out on plain numbers from the written order: `elements` are in row-major order. Shares nothing with the
 * lowering.
 */
export function referenceReduction(
  elements: readonly number[],
  shape: Shape,
  axes: readonly number[],
  monoid: Monoid,
): number[] {
  // Axes of size 1 are dropped, neighbours of one kind merged.
  const groups: { size: number; isReduced: boolean }[] = []
  shape.forEach((size, axis) => {
    const isReduced = axes.includes(axis)
    const last = groups.at(-1)
    if (size === 1) return
    if (last && last.isReduced === isReduced) last.size *= size
    else groups.push({ size, isReduced })
  })
  const results: number[] = []
  const keep = (group: number, chosen: number[]): void => {
    if (group === groups.length) results.push(reduced(0, chosen))
    else if (groups[group]!.isReduced) keep(group + 1, [...chosen, -1])
    else for (let i = 0; i < groups[group]!.size; i++) keep(group + 1, [...chosen, i])
  }
  const reduced = (group: number, at: readonly number[]): number => {
    if (group === groups.length) return elements[at.reduce((offset, i, g) => offset * groups[g]!.size + i, 0)]!
    if (at[group] !== -1) return reduced(group + 1, at)
    const itemAt = (i: number): number => reduced(group + 1, at.with(group, i))
    const isRow = group === groups.length - 1
    return blocked(0, groups[group]!.size, isRow ? 1024 : 128, monoid, (start, count) =>
      (isRow ? row : inOrder)(start, count, monoid, itemAt),
    )
  }
  keep(0, [])
  return results
}

function blocked(
  start: number,
  count: number,
  capacity: number,
  monoid: Monoid,
  leaf: (start: number, count: number) => number,
): number {
  if (count <= capacity) return leaf(start, count)
  let block = capacity
  while (block * 128 < count) block *= 128
  let total = monoid.identity
  for (let i = 0; i < count; i += block)
    total = monoid.combine(total, blocked(start + i, Math.min(block, count - i), capacity, monoid, leaf))
  return total
}

const inOrder = (
  start: number,
  count: number,
  { identity, combine }: Monoid,
  itemAt: (i: number) => number,
): number => {
  let sum = identity
  for (let i = 0; i < count; i++) sum = combine(sum, itemAt(start + i))
  return sum
}

function row(start: number, count: number, { identity, combine }: Monoid, itemAt: (i: number) => number): number {
  const lanes = new Array<number>(16).fill(identity)
  for (let i = 0; i < count; i++) lanes[i % 16] = combine(lanes[i % 16]!, itemAt(start + i))
  const w = [0, 1, 2, 3].map((l) => combine(combine(lanes[l]!, lanes[4 + l]!), combine(lanes[8 + l]!, lanes[12 + l]!)))
  return combine(combine(w[0]!, w[2]!), combine(w[1]!, w[3]!))
}
