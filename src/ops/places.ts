import type { Shape } from '../base/shape.ts'
import { rankMismatch, sliceAttrs } from './errors.ts'

/** Throws unless every element of an operand of shape `sizes` has its place in `shape`. */
export function requirePlaces(
  where: string,
  sizes: Shape,
  shape: Shape,
  starts: readonly number[],
  steps: readonly number[],
): void {
  if (shape.length !== sizes.length || starts.length !== shape.length || steps.length !== shape.length)
    throw rankMismatch(where, sizes, shape)
  sizes.forEach((size, axis) => {
    const last = starts[axis]! + (size - 1) * steps[axis]!
    const inside =
      size === 0 || (starts[axis]! >= 0 && starts[axis]! < shape[axis]! && last >= 0 && last < shape[axis]!)
    if (!inside || steps[axis] === 0) throw sliceAttrs(where, axis, shape)
  })
}
