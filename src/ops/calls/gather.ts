import type { Dtype } from '../../base/dtype.ts'
import { currentInterpreter, type Value } from '../interpreter.ts'
import { normalizeAxis, requireSize } from './axes.ts'
import { cast } from './cast.ts'
import { askNumbers, storedAs, valueOf, type Operand } from './operands.ts'

/** Integers as int32, also a whole number among the arguments; other dtypes are left for the op to reject. */
export const asIndices = (where: string, x: Operand): Value => {
  if (typeof x === 'number') return currentInterpreter().constant(requireIndex(where, x), 'int32')
  const value = valueOf(where, x)
  if (value.weak) {
    const fraction = askNumbers('is a whole number', [value], (number) => Number.isInteger(number) || number)
    if (typeof fraction === 'number') requireIndex(where, fraction)
    return storedAs(where, value, 'int32')
  }
  return value.type.dtype === 'uint8' ? cast(value, 'int32') : value
}
const requireIndex = (where: string, x: number): number =>
  x < 0 ? -requireSize(where, 'the index', -x) : requireSize(where, 'the index', x)

/**
 * Elements of `x` at `indices` along `axis`.
 *
 * @param indices integers −n … n − 1 for an axis of size n, negative ones counting from the end
 * @returns shape x.shape[:axis] + indices.shape + x.shape[axis+1:]
 * @throws GryphError INDEX_OUT_OF_RANGE
 */
export function gather(x: Operand, indices: Operand, axis = 0): Value {
  const value = valueOf('gather', x)
  const along = normalizeAxis('gather', axis, value.type.shape)
  return currentInterpreter().apply('gather', [value, asIndices('gather', indices)], { axis: along })
}

/** NumPy's name for `gather`. */
export const take = gather

/**
 * 1 at the position of each label and 0 elsewhere, along a new last axis of size `depth`.
 *
 * @param labels integers 0 … depth − 1
 * @throws GryphError LABEL_OUT_OF_RANGE
 */
export const oneHot = (labels: Operand, depth: number, dtype: Dtype = 'float32'): Value =>
  currentInterpreter().apply('oneHot', [asIndices('oneHot', labels)], {
    depth: requireSize('oneHot', 'the depth', depth),
    dtype,
  })
