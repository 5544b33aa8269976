import { sameShape, type Shape } from '../../base/shape.ts'
import { rankExpected } from '../errors.ts'
import { currentInterpreter, type Value } from '../interpreter.ts'
import type { Block } from '../table.ts'
import { sliceSteps } from './place.ts'
import { reshape } from './reshape.ts'

/**
 * Reading and writing a part of a tensor at a place known when the program runs.
 *
 * `start` is an int32: a scalar along axis 0, or a vector with a number for each of the first axes. Unless `inBounds` promises that the
 * block is inside, that is checked; negative numbers then count from the end.
 */
export interface BlockOptions {
  /** The start is 0 … size − extent: neither checked nor counted from the end. A start elsewhere would read or write other memory. */
  readonly inBounds?: boolean
}

/**
 * The elements of `x` from `start` on, `sizes` of them along each axis.
 *
 * @throws GryphError INDEX_OUT_OF_RANGE
 */
export function dynamicSlice(x: Value, start: Value, sizes: Shape, options: BlockOptions = {}): Value {
  const shifts = shiftsOf('dynamicSlice', x.type.shape, sizes, start, options)
  return readBlock(x, sizes, shifts, fromOrigin(x, shifts))
}

/**
 * `x` with the elements from `start` on replaced by `value`, which has as many axes.
 *
 * @throws GryphError INDEX_OUT_OF_RANGE
 */
export function setSlice(x: Value, value: Value, start: Value, options: BlockOptions = {}): Value {
  const shifts = shiftsOf('setSlice', x.type.shape, value.type.shape, start, options)
  return writeBlock(x, value, shifts, fromOrigin(x, shifts))
}

/** Indices as positions from 0, checked: from each on there is room for `extent` of the `size` elements along `axis`. */
export const checkedIndex = (index: Value, axis: number, size: number, extent = 1): Value =>
  currentInterpreter().apply('checkedIndex', [index], { axis, size, extent })

/** The primitive dynamicSlice as it is, a view where nothing is known only at run time. */
export const readBlock = (x: Value, sizes: Shape, shifts: readonly Value[], { starts, steps, axes }: Block): Value =>
  shifts.length === 0
    ? sliceSteps(x, starts, sizes, steps)
    : currentInterpreter().apply('dynamicSlice', [x, ...shifts], { starts, sizes, steps, axes })

/** The primitive setSlice as it is. */
export function writeBlock(x: Value, value: Value, shifts: readonly Value[], { starts, steps, axes }: Block): Value {
  const isWhole = shifts.length === 0 && sameShape(x.type.shape, value.type.shape) && steps.every((step) => step === 1)
  return isWhole ? value : currentInterpreter().apply('setSlice', [x, value, ...shifts], { starts, steps, axes })
}

const fromOrigin = (x: Value, shifts: readonly Value[]): Block => ({
  starts: x.type.shape.map(() => 0),
  steps: x.type.shape.map(() => 1),
  axes: shifts.map((_, axis) => axis),
})

function shiftsOf(where: string, shape: Shape, sizes: Shape, start: Value, { inBounds }: BlockOptions): Value[] {
  const { shape: given } = start.type
  if (given.length > 1 || (given[0] ?? 1) > shape.length) throw rankExpected(where, 'the start', given, 1)
  const count = given[0] ?? 1
  return Array.from({ length: count }, (_, axis) => {
    const one = given.length === 0 ? start : reshape(sliceSteps(start, [axis], [1], [1]), [])
    return inBounds ? one : checkedIndex(one, axis, shape[axis] ?? 1, sizes[axis] ?? 1)
  })
}
