import type { Dtype } from '../base/dtype.ts'
import { broadcastShapes, elementCount, sameShape, type Shape, type TensorType } from '../base/shape.ts'
import { dtypeMismatch, dtypeUnsupported, shapeMismatch, sizeInvalid, stateShape, tooLarge } from './errors.ts'

/** Type rules that several families share. */

export const floats: readonly Dtype[] = ['float32', 'float64']
/** Dtypes with arithmetic. */
export const numbers: readonly Dtype[] = ['uint8', 'int32', 'float32', 'float64']
export const wideNumbers: readonly Dtype[] = ['int32', 'float32', 'float64']

export const requireDtype = (op: string, what: string, dtype: Dtype, accepted: readonly Dtype[]): void => {
  if (!accepted.includes(dtype)) throw dtypeUnsupported(op, what, dtype, accepted)
}

/** The operand's type itself where nothing changes, so that inferring it costs nothing. */
export function unaryType(op: string, operands: readonly TensorType[], accepted: readonly Dtype[]): TensorType {
  const [x] = operands as readonly [TensorType] // by arity
  if (!accepted.includes(x.dtype)) throw dtypeUnsupported(op, 'the operand', x.dtype, accepted)
  return x
}

/** Equal dtypes, broadcast shapes. */
export function binaryType(op: string, operands: readonly TensorType[], accepted: readonly Dtype[]): TensorType {
  const [a, b] = operands as readonly [TensorType, TensorType] // by arity
  if (a.dtype !== b.dtype) throw dtypeMismatch(op, a.dtype, b.dtype)
  if (!accepted.includes(a.dtype)) throw dtypeUnsupported(op, 'an operand', a.dtype, accepted)
  if (sameShape(a.shape, b.shape)) return a
  const shape = broadcastShapes(a.shape, b.shape)
  if (!shape) throw shapeMismatch(op, a.shape, b.shape)
  return sameShape(shape, a.shape)
    ? a
    : sameShape(shape, b.shape)
      ? b
      : { dtype: a.dtype, shape: checkedShape(op, shape) }
}

const maximumCount = 2 ** 31 - 1

/** `shape`, when its sizes are whole and its elements can be counted in an i32. */
export function checkedShape(op: string, shape: Shape): Shape {
  for (const size of shape) {
    if (!Number.isInteger(size) || size < 0 || size > maximumCount) throw sizeInvalid(op, 'a size', size)
  }
  if (elementCount(shape) > maximumCount) throw tooLarge(op, shape)
  return shape
}

/** The state of a generator: two key words and a 64-bit counter, low word first. */
export function requireState(op: string, state: TensorType): void {
  requireDtype(op, 'the generator state', state.dtype, ['int32'])
  if (state.shape.length !== 1 || state.shape[0] !== 4) throw stateShape(op, state.shape)
}
