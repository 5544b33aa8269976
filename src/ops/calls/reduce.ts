import { dtypeInfo, type Dtype } from '../../base/dtype.ts'
import { currentInterpreter, type Value } from '../interpreter.ts'
import type { OpName } from '../table.ts'
import { sub } from './arithmetic.ts'
import { normalizeAxes, type Axes } from './axes.ts'
import { cast } from './cast.ts'
import { asFloat, div, square } from './math.ts'
import { valueOf, type Operand } from './operands.ts'

/**
 * Reductions combine the elements along `axis` (one, several, or all when left out). `keepDims` keeps the reduced axes with size 1.
 * The order in which a sum is added up depends on the shape and the axes alone, see docs/assumptions.md.
 */

function reduce(op: OpName, x: Value, axis: Axes, keepDims: boolean): Value {
  const axes = normalizeAxes(op, axis, x.type.shape)
  return axes.length === 0 ? x : currentInterpreter().apply(op, [x], { axes, keepDims })
}

/** Bytes add up as int32. */
const widened = (where: string, x: Operand): Value => {
  const value = valueOf(where, x)
  return dtypeInfo[value.type.dtype].byteSize === 1 ? cast(value, 'int32') : value
}
const withoutBool = (where: string, x: Operand): Value => {
  const value = valueOf(where, x)
  const dtype: Dtype = value.type.dtype
  return dtype === 'bool' ? cast(value, 'int32') : value
}

/** Sum of elements; bool and uint8 add up as int32, and int32 wraps. The sum of none is 0. */
export const sum = (x: Operand, axis?: Axes, keepDims = false): Value =>
  reduce('sum', widened('sum', x), axis, keepDims)

/** Product of elements; bool and uint8 multiply as int32, and int32 wraps. The product of none is 1. */
export const prod = (x: Operand, axis?: Axes, keepDims = false): Value =>
  reduce('prod', widened('prod', x), axis, keepDims)

/**
 * Largest element; NaN if any is NaN. bool counts as int32.
 *
 * @throws GryphError REDUCE_EMPTY when there is nothing to compare
 */
export const max = (x: Operand, axis?: Axes, keepDims = false): Value =>
  reduce('max', withoutBool('max', x), axis, keepDims)

/**
 * Smallest element; NaN if any is NaN. bool counts as int32.
 *
 * @throws GryphError REDUCE_EMPTY when there is nothing to compare
 */
export const min = (x: Operand, axis?: Axes, keepDims = false): Value =>
  reduce('min', withoutBool('min', x), axis, keepDims)

/** Sum divided by the number of elements; integers as float32. The mean of none is NaN. */
export function mean(x: Operand, axis?: Axes, keepDims = false): Value {
  const value = asFloat(x)
  const axes = normalizeAxes('mean', axis, value.type.shape)
  return div(reduce('sum', value, axes, keepDims), countAlong(value, axes))
}

/**
 * Mean squared distance from the mean, in two passes; integers as float32.
 *
 * @param correction the divisor is the number of elements less this: 0 for the variance of the elements, 1 to estimate that of a
 *   population they are drawn from
 */
export function variance(x: Operand, axis?: Axes, keepDims = false, correction = 0): Value {
  const value = asFloat(x)
  const axes = normalizeAxes('variance', axis, value.type.shape)
  const squares = square(sub(value, mean(value, axes, true)))
  return div(reduce('sum', squares, axes, keepDims), Math.max(countAlong(value, axes) - correction, 0))
}

const countAlong = (x: Value, axes: readonly number[]): number =>
  axes.reduce((count, axis) => count * x.type.shape[axis]!, 1)
