import { contiguousStrides, elementCount, type Shape } from './shape.ts'

/** Where the elements of a tensor lie in its buffer: element [i, j, …] is at offset + i·strides[0] + j·strides[1] + …, in elements. */
export interface Layout {
  readonly offset: number
  readonly strides: readonly number[]
}

export const contiguousLayout = (shape: Shape): Layout => ({ offset: 0, strides: contiguousStrides(shape) })

/** Whether the elements lie in row-major order without gaps (axes of size 1 do not count). */
export function isContiguous(layout: Layout, shape: Shape): boolean {
  let expected = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && layout.strides[axis] !== expected) return false
    expected *= shape[axis]!
  }
  return true
}

/** The buffer range a layout touches: first element, and one past the last. Empty tensors touch nothing. */
export function touchedRange(layout: Layout, shape: Shape): { first: number; end: number } {
  if (elementCount(shape) === 0) return { first: layout.offset, end: layout.offset }
  let first = layout.offset
  let last = layout.offset
  layout.strides.forEach((stride, axis) => {
    const reach = stride * (shape[axis]! - 1)
    if (reach < 0) first += reach
    else last += reach
  })
  return { first, end: last + 1 }
}

export const permuteLayout = (layout: Layout, axes: readonly number[]): Layout => ({
  offset: layout.offset,
  strides: axes.map((axis) => layout.strides[axis]!),
})

/** Stride 0 along new axes and along axes that grow from 1. */
export function broadcastLayout(layout: Layout, from: Shape, to: Shape): Layout {
  const added = to.length - from.length
  const strides = to.map((size, axis) =>
    axis < added || (from[axis - added] === 1 && size !== 1) ? 0 : layout.strides[axis - added]!,
  )
  return { offset: layout.offset, strides }
}

export function sliceLayout(layout: Layout, starts: readonly number[], steps: readonly number[]): Layout {
  const strides = new Array<number>(steps.length)
  let { offset } = layout
  for (let axis = 0; axis < steps.length; axis++) {
    const stride = layout.strides[axis]!
    offset += stride * starts[axis]!
    strides[axis] = stride * steps[axis]!
  }
  return { offset, strides }
}

/** The layout of `from` seen with another shape; undefined where strides cannot say it and a copy is needed. */
export function reshapeLayout(layout: Layout, from: Shape, to: Shape): Layout | undefined {
  if (elementCount(to) === 0) return contiguousLayout(to)
  const strides = new Array<number>(to.length).fill(0)
  let i = from.length - 1
  let j = to.length - 1
  while (i >= 0 || j >= 0) {
    // Grow the smallest run of axes on both sides with equal products.
    let fromProduct = i >= 0 ? from[i]! : 1
    let toProduct = j >= 0 ? to[j]! : 1
    const [lastFrom, lastTo] = [i, j]
    while (fromProduct !== toProduct) {
      if (fromProduct < toProduct) fromProduct *= from[--i]!
      else toProduct *= to[--j]!
    }
    const runStride = runStrideOf(layout, from, Math.max(i, 0), lastFrom)
    if (runStride === undefined) return undefined
    let stride = runStride
    for (let axis = lastTo; axis >= Math.max(j, 0); axis--) {
      strides[axis] = stride
      stride *= to[axis]!
    }
    i--
    j--
  }
  return { offset: layout.offset, strides }
}

/** The stride of axes first…last taken as one axis, when they lie in one run. */
function runStrideOf(layout: Layout, shape: Shape, first: number, last: number): number | undefined {
  let stride: number | undefined
  let expected = 0
  for (let axis = last; axis >= first; axis--) {
    if (shape[axis] === 1) continue
    if (stride === undefined) stride = layout.strides[axis]!
    else if (layout.strides[axis] !== expected) return undefined
    expected = layout.strides[axis]! * shape[axis]!
  }
  return stride ?? 1
}
