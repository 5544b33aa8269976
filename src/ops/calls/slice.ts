import { sliceBound, sliceRanges, sliceOutOfRange, sliceTooManyRanges, stepZero } from '../errors.ts'
import type { Value } from '../interpreter.ts'
import { valueOf, type Operand } from './operands.ts'
import { sliceSteps } from './place.ts'
import { reshape } from './reshape.ts'

/**
 * What to keep of one axis, as in NumPy: a position (the axis goes away), [start, end, step], or null for all of it.
 * Negative positions count from the end; a null bound is the edge; bounds beyond an edge stop there.
 */
export type AxisRange = number | null | readonly [start: number | null, end?: number | null, step?: number | null]

/**
 * Part of a tensor: one range per axis, in order; axes without a range are kept whole.
 *
 * @throws GryphError INDEX_OUT_OF_RANGE for a position outside its axis; SLICE_INVALID for a bound that is no whole number
 * @example slice(x, [[0, 5], [null, null, 2], 3]) // x[0:5, ::2, 3] in NumPy
 */
export function slice(x: Operand, ranges: readonly AxisRange[]): Value {
  const value = valueOf('slice', x)
  const shape = value.type.shape
  if (!Array.isArray(ranges)) throw sliceRanges('slice', ranges)
  if (ranges.length > shape.length) throw sliceTooManyRanges('slice', ranges.length, shape)
  // A batch of rows costs as much as a small compiled step: no arrays but those that are kept.
  const [starts, sizes, steps] = [
    new Array<number>(shape.length),
    new Array<number>(shape.length),
    new Array<number>(shape.length),
  ]
  let dropped: Set<number> | undefined
  for (let axis = 0; axis < shape.length; axis++) {
    const { start, size, step, isDropped } = rangeOfAxis(
      'slice',
      axis,
      shape[axis]!,
      ranges[axis] as AxisRange | undefined,
    ) // isArray gives any[]
    starts[axis] = start
    sizes[axis] = size
    steps[axis] = step
    if (isDropped) (dropped ??= new Set()).add(axis)
  }
  const part = sliceSteps(value, starts, sizes, steps)
  return dropped
    ? reshape(
        part,
        sizes.filter((_, axis) => !dropped.has(axis)),
      )
    : part
}

interface AxisPart {
  readonly start: number
  readonly size: number
  readonly step: number
  readonly isDropped: boolean
}

/** The range counted from 0. */
export function rangeOfAxis(at: string, axis: number, length: number, range: AxisRange | undefined): AxisPart {
  if (range === undefined || range === null) return { start: 0, size: length, step: 1, isDropped: false }
  if (typeof range === 'number') {
    const position = whole(at, axis, 'position', range)
    if (position < -length || position >= length) throw sliceOutOfRange(at, axis, position, length)
    return { start: position < 0 ? position + length : position, size: 1, step: 1, isDropped: true }
  }
  if (!Array.isArray(range)) throw sliceBound(at, axis, 'range', range)
  const bounds = range as readonly (number | null | undefined)[] // isArray gives any[]
  const step = whole(at, axis, 'step', bounds[2] ?? 1)
  if (step === 0) throw stepZero(at)
  // Going backwards, the edges are the last element and just before the first one.
  const lowest = step > 0 ? 0 : -1
  const highest = step > 0 ? length : length - 1
  const bound = (what: string, given: number | null | undefined, edge: number): number => {
    if (given === undefined || given === null) return edge
    const position = whole(at, axis, what, given)
    return Math.min(Math.max(position < 0 ? position + length : position, lowest), highest)
  }
  const start = bound('start', bounds[0], step > 0 ? lowest : highest)
  const end = bound('end', bounds[1], step > 0 ? highest : lowest)
  const size = Math.max(Math.ceil((end - start) / step), 0)
  return { start: size === 0 ? 0 : start, size, step, isDropped: false }
}

function whole(at: string, axis: number, what: string, given: number): number {
  if (!Number.isInteger(given)) throw sliceBound(at, axis, what, given)
  return given
}
