import type { Dtype } from './dtype.ts'

/** Sizes per axis; [] is a scalar. */
export type Shape = readonly number[]

/** What is known of a tensor before it is computed. */
export interface TensorType {
  readonly dtype: Dtype
  readonly shape: Shape
}

export function elementCount(shape: Shape): number {
  let count = 1
  for (let axis = 0; axis < shape.length; axis++) count *= shape[axis]!
  return count
}

export function sameShape(a: Shape, b: Shape): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let axis = 0; axis < a.length; axis++) if (a[axis] !== b[axis]) return false
  return true
}

export const sameType = (a: TensorType, b: TensorType): boolean => a.dtype === b.dtype && sameShape(a.shape, b.shape)

export const shapeText = (shape: Shape): string => `[${shape.join(', ')}]`

/** NumPy's rule: align at the last axis; sizes are equal, or one of them is 1. Undefined when they do not fit. */
export function broadcastShapes(a: Shape, b: Shape): Shape | undefined {
  if (sameShape(a, b)) return a
  const rank = Math.max(a.length, b.length)
  const result: number[] = new Array<number>(rank)
  for (let i = 1; i <= rank; i++) {
    const [m, n] = [a[a.length - i] ?? 1, b[b.length - i] ?? 1]
    if (m !== n && m !== 1 && n !== 1) return undefined
    result[rank - i] = m === 1 ? n : m
  }
  return result
}

/** Row-major strides in elements. */
export function contiguousStrides(shape: Shape): number[] {
  const strides = new Array<number>(shape.length)
  let stride = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride
    stride *= shape[axis]!
  }
  return strides
}

/** `shape` with `axes` removed, or kept with size 1. `axes` are sorted and non-negative. */
export const reducedShape = (shape: Shape, axes: readonly number[], keepDims: boolean): Shape =>
  keepDims
    ? shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
    : shape.filter((_, axis) => !axes.includes(axis))
