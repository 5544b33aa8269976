import { extremes, isFloat } from '../../base/dtype.ts'
import type { Shape } from '../../base/shape.ts'
import type { ReductionRecord } from '../record.ts'
import type { NoAttrs, OpTable } from '../table.ts'
import { anything, differingAxes, fillingOf, sameAttrs, type PaddingRule } from './rule.ts'

/**
 * What the order of a reduction follows: its levels, each of neighbouring axes, and whether the last axis is one of the innermost. Axes of size 1
 * do not count.
 */
function levelsOf(shape: Shape, reduced: readonly number[]): { levels: number[][]; isRow: boolean } {
  const levels: number[][] = []
  let isInside = false
  shape.forEach((size, axis) => {
    if (size === 1) return
    if (!reduced.includes(axis)) isInside = false
    else if (isInside) levels.at(-1)!.push(axis)
    else {
      levels.push([axis])
      isInside = true
    }
  })
  return { levels, isRow: isInside }
}

/**
 * What is combined with an element without changing a bit of it. Sums begin with +0, so they are never −0, and +0 would do; −0 needs no such
 * argument.
 */
function neutral(combine: ReductionRecord<never>['combine'], dtype: keyof typeof extremes): number {
  const { lowest, highest } = extremes[dtype]
  return { add: -0, mul: 1, max: lowest, min: highest }[combine]
}

/**
 * The order of a reduction is a tree over each level whose restriction to the first n leaves is the tree of n leaves: blocks nest, and lanes
 * take every 16th element. So neutral elements at the end of a level change nothing, as long as there are the same levels.
 */
export const reductionRule =
  (combine: ReductionRecord<never>['combine']): PaddingRule<OpTable['sum']['attrs']> =>
  (small, large) => {
    if (!sameAttrs(small.attrs, large.attrs)) return 'its axes change'
    const { axes } = small.attrs
    const [{ dtype, shape }, { shape: wide }] = [small.operands[0]!, large.operands[0]!]
    const [own, other] = [levelsOf(shape, axes), levelsOf(wide, axes)]
    // A level of one element combines it with the identity where it is wide; only of −0 that would make +0, unless a sum is in it.
    const left = other.levels.filter((level) => level.some((axis) => shape[axis] !== 1))
    const isOneAdded = combine === 'add' && isFloat(dtype) && left.length === 0 && other.levels.length > 0
    const isRow = other.isRow && left.at(-1) === other.levels.at(-1)
    const isAlike =
      !isOneAdded &&
      own.levels.length === left.length &&
      (left.length === 0 || own.isRow === isRow) &&
      left.every((level) => growsAtTheEnd(level, shape, wide))
    if (!isAlike) return 'its order of additions changes with the size'
    return [fillingOf(neutral(combine, dtype), shape, wide, axes)]
  }

/** Whether the elements that a level has are its first ones when it is wider: only its outermost axis grows. */
const growsAtTheEnd = (level: readonly number[], shape: Shape, wide: Shape): boolean =>
  level.every((axis, i) => i === 0 || shape[axis] === wide[axis])

/** Each sum goes from +0 through its products in order; −0 · +0 = −0 adds nothing, fused or not. */
const addsNothing = (
  axes: readonly [number, number],
  small: readonly { readonly shape: Shape }[],
  large: readonly { readonly shape: Shape }[],
): ReturnType<typeof fillingOf>[] =>
  [-0, 0].map((value, i) => fillingOf(value, small[i]!.shape, large[i]!.shape, [axes[i]!]))

export const matmulRule: PaddingRule<NoAttrs> = (small, large) => {
  const rank = large.result.shape.length
  return addsNothing([rank - 1, rank - 2], small.operands, large.operands)
}

export const conv2dRule: PaddingRule<OpTable['conv2d']['attrs']> = (small, large) => {
  if (!sameAttrs(small.attrs, large.attrs)) return 'its attributes change with the size'
  const [images, weights] = [0, 1].map((i) => differingAxes(small.operands[i]!.shape, large.operands[i]!.shape))
  if (weights!.some((axis) => axis > 1)) return 'its window changes with the size'
  // Groups lie one after the other, and the order of their sums follows the number of positions and outputs.
  if (small.attrs.groups > 1 && (weights!.length > 0 || images!.some((axis) => axis > 0)))
    return 'its groups change with the size'
  return images!.length + weights!.length === 0 ? anything : addsNothing([1, 1], small.operands, large.operands)
}
