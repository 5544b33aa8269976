import { extremes, type Dtype } from '../base/dtype.ts'
import { binary, compare, constant, register, select } from './builder.ts'
import type { BinaryOp, Expr, Lanes } from './ir.ts'
import { registerScalar } from './ir.ts'

/*
 * The order of a reduction is a function of the operand's shape and the reduced axes alone. Axes of size 1 are dropped, neighbours that are
 * both reduced (or both kept) count as one. Each reduced axis is a level, outermost first; a level combines the values of the level inside
 * it. A level is cut into blocks of a capacity, blocks of blocks, and so on (`cutLevel`); a block at the bottom is a leaf. If the innermost
 * level is the operand's last axis, its leaves are rows: `rowLeaf` elements in `rowLanes` lanes, lane l taking elements l, l + 16, …, and
 * the lanes meet in a fixed tree. All other leaves are `leafCapacity` elements taken one after the other. Every partial result starts
 * from the identity.
 */

export type Combine = 'add' | 'mul' | 'max' | 'min'

export const rowLeaf = 1024
export const rowLanes = 16
export const leafCapacity = 128
/** Blocks in a block of the next size. */
const fanOut = 128

/** How `count` > `leaf` items are cut: `blocks` times `capacity`, then `rest`. */
export function cutLevel(count: number, leaf: number): { capacity: number; blocks: number; rest: number } {
  let capacity = leaf
  while (capacity * fanOut < count) capacity *= fanOut
  return { capacity, blocks: Math.floor(count / capacity), rest: count % capacity }
}

const combineOp: { readonly [C in Combine]: BinaryOp } = { add: 'add', mul: 'mul', max: 'pmax', min: 'pmin' }

/** a ∘ b. Extremes are NaN when either is, and `a` when both are equal. */
export function combined(combine: Combine, a: Expr, b: Expr): Expr {
  const result = binary(combineOp[combine], a, b)
  const isExtreme = combine === 'max' || combine === 'min'
  return isExtreme && a.type.scalar !== 'i32' ? select(compare('ne', b, b), b, result) : result
}

/** What every partial result starts from. */
export function identityOf(combine: Combine, dtype: Dtype, lanes: Lanes): Expr {
  const { lowest, highest } = extremes[dtype]
  const value = { add: 0, mul: 1, max: lowest, min: highest }[combine]
  return constant(value, register(registerScalar[dtype], lanes))
}
