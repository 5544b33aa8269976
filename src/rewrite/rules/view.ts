import { elementCount, sameShape, type Shape, type TensorType } from '../../base/shape.ts'
import type { GraphNode } from '../../ir/graph.ts'
import type { Attrs, OpName, OpTable } from '../../ops/table.ts'
import { any, node, withAttrs } from '../pattern.ts'
import { rule, type Rule } from '../rule.ts'

const x = any('x')
type AttrsOf<N extends OpName> = OpTable[N]['attrs']

// Attributes to build instances with: one that changes nothing, then others.
const shapesOf = ([of]: readonly TensorType[]): Attrs[] => [
  { shape: of!.shape },
  { shape: [elementCount(of!.shape)] },
  { shape: [1, ...of!.shape, 1] },
]
const axesOf = ([of]: readonly TensorType[]): Attrs[] => {
  const axes = of!.shape.map((_, axis) => axis)
  return [{ axes }, { axes: axes.toReversed() }, { axes: [...axes.slice(1), ...axes.slice(0, 1)] }]
}
const largerShapesOf = ([of]: readonly TensorType[]): Attrs[] => [
  { shape: of!.shape },
  { shape: [2, ...of!.shape.map((size) => (size === 1 ? 3 : size))] },
]
const rangesOf = ([of]: readonly TensorType[]): Attrs[] => {
  const { shape } = of!
  const whole = { starts: shape.map(() => 0), sizes: shape, steps: shape.map(() => 1) }
  const odd = {
    starts: shape.map((size) => Math.min(1, size - 1)),
    sizes: shape.map((size) => Math.max(1, size >> 1)),
    steps: shape.map(() => 2),
  }
  return [whole, odd, { starts: shape.map((size) => size - 1), sizes: shape, steps: shape.map(() => -1) }]
}

const reshape = withAttrs('reshape', shapesOf)
const permute = withAttrs('permute', axesOf)
const broadcastTo = withAttrs('broadcastTo', largerShapesOf)
const slice = withAttrs('slice', rangesOf)

/** The attributes of an op known from the pattern. */
const attrsOf = <N extends OpName>(found: GraphNode, _op: N): AttrsOf<N> => found.attrs as AttrsOf<N> // the record has checked them
/** The node under the found one; the pattern says that it is one. */
const below = (found: GraphNode): GraphNode => found.operands[0] as GraphNode // by the pattern

const sameRange = ({ starts, steps }: AttrsOf<'slice'>): boolean =>
  starts.every((start) => start === 0) && steps.every((step) => step === 1)
/** Whether axes with more than one element keep their order, so that elements do. */
function movesOnlyAxesOfSizeOne(axes: readonly number[], shape: Shape): boolean {
  const long = axes.filter((axis) => shape[axis] !== 1)
  return long.every((axis, i) => i === 0 || long[i - 1]! < axis)
}

/** Views that change nothing, and chains that are one view. */
export const viewRules: readonly Rule[] = [
  rule('reshape-same', node(reshape, x), ({ x }, { found }) =>
    sameShape(x.type.shape, found.type.shape) ? x : undefined,
  ), // x[same shape] = x
  rule('permute-same', node(permute, x), ({ x }, { found }) =>
    attrsOf(found, 'permute').axes.every((axis, i) => axis === i) ? x : undefined,
  ), // x[axes 0, 1, …] = x
  rule('broadcast-same', node(broadcastTo, x), ({ x }, { found }) =>
    sameShape(x.type.shape, found.type.shape) ? x : undefined,
  ), // x repeated to its own shape = x
  rule('slice-whole', node(slice, x), ({ x }, { found }) =>
    // x[0 : n : 1] = x
    sameShape(x.type.shape, found.type.shape) && sameRange(attrsOf(found, 'slice')) ? x : undefined,
  ),
  rule('reshape-reshape', node(reshape, node(reshape, x)), ({ x }, { found, make }) =>
    make('reshape', [x], found.attrs),
  ), // x[s][t] = x[t]
  rule('broadcast-broadcast', node(broadcastTo, node(broadcastTo, x)), ({ x }, { found, make }) =>
    make('broadcastTo', [x], found.attrs),
  ), // x to s to t = x to t
  // x[p][q] = x[p ∘ q]
  rule('permute-permute', node(permute, node(permute, x)), ({ x }, { found, make }) => {
    const inner = attrsOf(below(found), 'permute').axes
    return make('permute', [x], { axes: attrsOf(found, 'permute').axes.map((axis) => inner[axis]!) })
  }),
  // x[a + s·i][b + t·i] = x[(a + s·b) + s·t·i]
  rule('slice-slice', node(slice, node(slice, x)), ({ x }, { found, make }) => {
    const inner = attrsOf(below(found), 'slice')
    const outer = attrsOf(found, 'slice')
    // Where nothing is taken the start may lie past the inner range; any start will do.
    const starts = inner.starts.map((start, axis) =>
      outer.sizes[axis] === 0 ? 0 : start + inner.steps[axis]! * outer.starts[axis]!,
    )
    const steps = inner.steps.map((step, axis) => step * outer.steps[axis]!)
    return make('slice', [x], { starts, sizes: outer.sizes, steps })
  }),
  // A permute of axes of size 1 keeps the order of elements, so beside a reshape it is part of it.
  rule('reshape-permute', node(reshape, node(permute, x)), ({ x }, { found, make }) =>
    movesOnlyAxesOfSizeOne(attrsOf(below(found), 'permute').axes, x.type.shape)
      ? make('reshape', [x], found.attrs)
      : undefined,
  ),
  rule('permute-reshape', node(permute, node(reshape, x)), ({ x }, { found, make }) =>
    movesOnlyAxesOfSizeOne(attrsOf(found, 'permute').axes, below(found).type.shape)
      ? make('reshape', [x], { shape: found.type.shape })
      : undefined,
  ),
]
