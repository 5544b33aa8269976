import { sameShape, type Shape } from '../../base/shape.ts'
import { currentInterpreter, type Value } from '../interpreter.ts'

/** The primitives slice and pad as they are: places counted from 0, nothing left out. Rules and other calls are written with them. */

/** result[i] = x[starts + i·steps] */
export function sliceSteps(x: Value, starts: readonly number[], sizes: Shape, steps: readonly number[]): Value {
  const isWhole = sameShape(sizes, x.type.shape) && steps.every((step) => step === 1)
  return isWhole ? x : currentInterpreter().apply('slice', [x], { starts, sizes, steps })
}

/** A tensor of `shape` with result[starts + i·steps] = x[i], and `value` elsewhere. */
export function placeInto(
  x: Value,
  shape: Shape,
  starts: readonly number[],
  steps: readonly number[],
  value: number,
): Value {
  const isWhole = sameShape(shape, x.type.shape) && steps.every((step) => step === 1)
  return isWhole ? x : currentInterpreter().apply('pad', [x], { shape, starts, steps, value })
}

/** Consecutive parts of `x` along `axis`, with these sizes. */
export function sliceParts(x: Value, axis: number, sizes: readonly number[]): Value[] {
  const steps = x.type.shape.map(() => 1)
  let start = 0
  return sizes.map((size) => {
    const starts = x.type.shape.map((_, i) => (i === axis ? start : 0))
    start += size
    return sliceSteps(x, starts, x.type.shape.with(axis, size), steps)
  })
}
