import { sameShape, type Shape } from '../../base/shape.ts'
import { currentInterpreter, type Value } from '../interpreter.ts'
import { reshape } from './reshape.ts'

/** Sums over the axes along which `shape` was broadcast to the shape of `x`: the adjoint of broadcasting. */
export function sumTo(x: Value, shape: Shape): Value {
  const from = x.type.shape
  if (sameShape(from, shape)) return x
  const added = from.length - shape.length
  const axes: number[] = []
  for (let axis = 0; axis < from.length; axis++) {
    if (axis < added || (shape[axis - added] === 1 && from[axis] !== 1)) axes.push(axis)
  }
  const total = axes.length === 0 ? x : currentInterpreter().apply('sum', [x], { axes, keepDims: false })
  return reshape(total, shape)
}
