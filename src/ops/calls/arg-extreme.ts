import { isFloat } from '../../base/dtype.ts'
import { elementCount } from '../../base/shape.ts'
import { emptyReduction } from '../errors.ts'
import { currentInterpreter, type Value } from '../interpreter.ts'
import { normalizeAxis } from './axes.ts'
import { where } from './choice.ts'
import { equal, logicalOr, notEqual } from './comparison.ts'
import { valueOf, type Operand } from './operands.ts'
import { max, min } from './reduce.ts'
import { flatten } from './reshape.ts'

/** Position of the first element equal to the extreme, or of the first NaN if there is one. */
function argExtreme(name: 'argmax' | 'argmin', x: Operand, axis: number | undefined, keepDims: boolean): Value {
  const given = valueOf(name, x)
  const along = axis === undefined ? 0 : normalizeAxis(name, axis, given.type.shape)
  const value = axis === undefined ? flatten(given) : given
  const { shape, dtype } = value.type
  if (shape[along] === 0 || (axis === undefined && elementCount(shape) === 0))
    throw emptyReduction(name, given.type.shape)
  const attains = equal(value, name === 'argmax' ? max(value, along, true) : min(value, along, true))
  const found = isFloat(dtype) ? logicalOr(attains, notEqual(value, value)) : attains
  const positions = currentInterpreter().apply('iota', [], { shape, axis: along, dtype: 'int32' })
  return min(where(found, positions, shape[along]!), along, keepDims && axis !== undefined)
}

/**
 * Position of the largest element along `axis`, or in row-major order when it is left out: the first one at ties; NaN counts as largest.
 *
 * @returns int32
 */
export const argmax = (x: Operand, axis?: number, keepDims = false): Value => argExtreme('argmax', x, axis, keepDims)

/**
 * Position of the smallest element along `axis`, or in row-major order when it is left out: the first one at ties; NaN counts as smallest.
 *
 * @returns int32
 */
export const argmin = (x: Operand, axis?: number, keepDims = false): Value => argExtreme('argmin', x, axis, keepDims)
