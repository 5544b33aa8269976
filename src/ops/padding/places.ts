import type { OpTable } from '../table.ts'
import { anything, fillingOf, keepsPositions, sameAttrs, type PaddingRule, type Sized } from './rule.ts'

type AttrsOf<N extends keyof OpTable> = OpTable[N]['attrs']

/** Indices around the small ones must be in range: position 0 is. */
const validIndices = ({ operands: small }: Sized<unknown>, { operands: large }: Sized<unknown>, operand: number) =>
  fillingOf(0, small[operand]!.shape, large[operand]!.shape)

/** Whether some axes of an operand, or all, have one size. */
const isFixed = (small: Sized<unknown>, large: Sized<unknown>, operand: number, axes?: readonly number[]): boolean =>
  large.operands[operand]!.shape.every(
    (size, axis) => size === small.operands[operand]!.shape[axis] || (axes !== undefined && !axes.includes(axis)),
  )

/** How ops that read or write at places go with sizes. */
export const placeRules = {
  iota: (({ attrs: small }, { attrs: large }) =>
    small.axis === large.axis ? anything : 'its axis changes') satisfies PaddingRule<AttrsOf<'iota'>>,

  oneHot: ((small, large) =>
    sameAttrs(small.attrs, large.attrs)
      ? [validIndices(small, large, 0)]
      : 'its depth changes with the size') satisfies PaddingRule<AttrsOf<'oneHot'>>,

  gather: ((small, large) => {
    const { axis } = small.attrs
    if (axis !== large.attrs.axis || !isFixed(small, large, 0, [axis]))
      return 'the axis that it takes from changes its size'
    return [undefined, validIndices(small, large, 1)]
  }) satisfies PaddingRule<AttrsOf<'gather'>>,

  assertion: ((small, large) =>
    sameAttrs(small.attrs, large.attrs)
      ? [fillingOf(1, small.operands[0]!.shape, large.operands[0]!.shape)]
      : 'its message changes with the size') satisfies PaddingRule<AttrsOf<'assertion'>>,

  checkedIndex: ((small, large) =>
    sameAttrs(small.attrs, large.attrs)
      ? [validIndices(small, large, 0)]
      : 'the axis that it checks changes its size') satisfies PaddingRule<AttrsOf<'checkedIndex'>>,

  dynamicSlice: ((small, large) =>
    sameAttrs({ ...small.attrs, sizes: [] }, { ...large.attrs, sizes: [] }) &&
    small.attrs.axes.every((axis) => small.attrs.sizes[axis] === large.attrs.sizes[axis])
      ? anything
      : 'where it begins changes with the size') satisfies PaddingRule<AttrsOf<'dynamicSlice'>>,

  setSlice: ((small, large) =>
    sameAttrs(small.attrs, large.attrs) && isFixed(small, large, 1)
      ? anything
      : 'what it writes changes its size') satisfies PaddingRule<AttrsOf<'setSlice'>>,

  scatter: ((small, large) => {
    const { axis, combine } = small.attrs
    if (!sameAttrs(small.attrs, large.attrs) || !isFixed(small, large, 0, [axis]))
      return 'the axis that it writes to changes its size'
    if (isFixed(small, large, 2)) return anything
    return combine === 'set'
      ? 'how many places it writes to changes'
      : [
          undefined,
          fillingOf(-0, small.operands[1]!.shape, large.operands[1]!.shape, [axis]),
          validIndices(small, large, 2),
        ]
  }) satisfies PaddingRule<AttrsOf<'scatter'>>,

  scatterAdd: ((small, large) => {
    const { axis, size } = small.attrs
    if (axis !== large.attrs.axis || size !== large.attrs.size) return 'the axis that it adds to changes its size'
    // Updates are added one after the other, from +0: −0 adds nothing.
    return [fillingOf(-0, small.operands[0]!.shape, large.operands[0]!.shape, [axis]), validIndices(small, large, 1)]
  }) satisfies PaddingRule<AttrsOf<'scatterAdd'>>,

  /** Element i is made from i. */
  random: ((small, large) => {
    const isAlike = small.attrs.distribution === large.attrs.distribution && small.attrs.dtype === large.attrs.dtype
    return isAlike && keepsPositions(small.result.shape, large.result.shape)
      ? anything
      : 'elements of other axes than the first get other numbers when the size changes'
  }) satisfies PaddingRule<AttrsOf<'random'>>,

  permutation: (() => 'every element depends on how many there are') satisfies PaddingRule<AttrsOf<'permutation'>>,

  /** Each operand begins where it did, so at most the last one's size changes. */
  concat: ((small, large) => {
    const { axis } = small.attrs
    const isSafe =
      axis === large.attrs.axis && large.operands.slice(0, -1).every((_, i) => isFixed(small, large, i, [axis]))
    return isSafe ? anything : 'what is joined after the axis that changes has no fixed place'
  }) satisfies PaddingRule<AttrsOf<'concat'>>,

  pad: ((small, large) => {
    const { shape: _, ...place } = small.attrs
    const { shape: __, ...other } = large.attrs
    if (!sameAttrs(place, other)) return 'where its operand lies changes with the size'
    const { shape } = small.operands[0]!
    const isInside = (axis: number): boolean =>
      place.starts[axis]! + shape[axis]! * place.steps[axis]! < small.result.shape[axis]!
    const axes = shape.flatMap((_, axis) => (isInside(axis) ? [axis] : []))
    return [fillingOf(place.value, shape, large.operands[0]!.shape, axes)]
  }) satisfies PaddingRule<AttrsOf<'pad'>>,

  assemble: ((small, large) => {
    const { shape: _, ...places } = small.attrs
    const { shape: __, ...others } = large.attrs
    if (!sameAttrs(places, others)) return 'where its operands lie changes with the size'
    // What lies beyond an operand may come where another one's, or a zero, belongs.
    const isOutside = large.operands.every(({ shape }, i) =>
      shape.every((size, axis) => {
        const own = small.operands[i]!.shape[axis]!
        const [start, step] = [places.starts[i]![axis]!, places.steps[i]![axis]!]
        return size === own || start + own * step >= small.result.shape[axis]!
      }),
    )
    return isOutside ? anything : 'its operands overlap when their size changes'
  }) satisfies PaddingRule<AttrsOf<'assemble'>>,
}
