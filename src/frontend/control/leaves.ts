import type { Dtype } from '../../base/dtype.ts'
import { scalarTensor } from '../eager.ts'
import { context } from '../context.ts'
import { Tensor } from '../tensor.ts'

/** Whether a leaf can be a value of the graph. */
export const isTensorLike = (value: unknown): value is Tensor | number | boolean =>
  value instanceof Tensor || typeof value === 'number' || typeof value === 'boolean'

/** A leaf as a tensor: a number becomes one that takes the dtype of what it meets, or one of `dtype`; a boolean becomes a bool scalar. */
export function leafTensor(value: Tensor | number | boolean, dtype?: Dtype): Tensor {
  if (value instanceof Tensor) return value
  const own = typeof value === 'boolean' ? 'bool' : (dtype ?? 'float64')
  const tensor = scalarTensor(Number(value), own, typeof value === 'number' && dtype === undefined)
  context.recorder?.constant(tensor, Number(value))
  return tensor
}
