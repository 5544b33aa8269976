import type { Shape } from '../../base/shape.ts'
import type { OpTypes } from '../record.ts'

/** One application of an op to operands of certain sizes. */
export interface Sized<A> extends OpTypes {
  readonly attrs: A
}

/** What has to lie beyond the small operand along `axes` of the large one. */
export interface Filling {
  readonly value: number
  readonly axes: readonly number[]
}

/**
 * Whether an op at large sizes does what it does at small ones. Every small operand lies at the low indices of the large one, and around it lies
 * anything, but for what the fillings say, which are by operand. Then the small result has to lie at the low indices of the large one, bit for bit.
 * A text says why it does not.
 */
export type PaddingRule<A> = (small: Sized<A>, large: Sized<A>) => readonly (Filling | undefined)[] | string

/** Nothing has to lie anywhere. */
export const anything: readonly (Filling | undefined)[] = []

/** Whether attributes, which are plain data, are equal. */
export function sameAttrs(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Object.is(a, b)
  const [keys, others] = [Object.keys(a), Object.keys(b)]
  const part = (of: object, key: string): unknown => (of as Readonly<Record<string, unknown>>)[key] // plain data
  return keys.length === others.length && keys.every((key) => key in b && sameAttrs(part(a, key), part(b, key)))
}

/** Axes whose sizes differ, of two shapes of one rank. */
export const differingAxes = (small: Shape, large: Shape): number[] =>
  large.flatMap((size, axis) => (small[axis] === size ? [] : [axis]))

/** A filling where sizes differ along `axes`; where they do not, nothing lies around. */
export function fillingOf(
  value: number,
  small: Shape,
  large: Shape,
  axes: readonly number[] = small.map((_, axis) => axis),
): Filling | undefined {
  const differing = differingAxes(small, large).filter((axis) => axes.includes(axis))
  return differing.length === 0 ? undefined : { value, axes: differing }
}

/** Whether elements that lie at low indices have the same row-major positions in both shapes. */
export function keepsPositions(small: Shape, large: Shape): boolean {
  let [stride, other] = [1, 1]
  for (let axis = large.length - 1; axis >= 0; axis--) {
    if (small[axis]! > 1 && stride !== other) return false
    stride *= small[axis]!
    other *= large[axis]!
  }
  return true
}

/** Whether an operand that is broadcast to the result is repeated along the same axes. */
export function repeatsAlike(
  small: { readonly operand: Shape; readonly result: Shape },
  large: { readonly operand: Shape; readonly result: Shape },
): boolean {
  const added = large.result.length - large.operand.length
  return large.operand.every((size, axis) => size === 1 || small.operand[axis]! > 1 || small.result[axis + added] === 1)
}

/** Elementwise ops: element i of the result needs element i of each operand, or the only one. */
export const broadcastRule: PaddingRule<unknown> = (small, large) => {
  if (!sameAttrs(small.attrs, large.attrs)) return 'its attributes change with the size'
  const isAlike = large.operands.every(({ shape }, i) =>
    repeatsAlike(
      { operand: small.operands[i]!.shape, result: small.result.shape },
      { operand: shape, result: large.result.shape },
    ),
  )
  return isAlike ? anything : 'an axis of size 1 broadcasts'
}
