import { valueAndGrad } from '../gradients.ts'
import { Tensor } from '../tensor.ts'
import { scalarExpected } from './errors.ts'
import { rowsOf } from './jacobian.ts'
import { linearize } from './linearize.ts'

/** A function of one tensor at a point, with all elements of the point along one axis. */
export interface Derivatives {
  readonly value: Tensor
  /** Shape [n]. */
  readonly gradient: Tensor
  /** Shape [n, n]. */
  readonly hessian: Tensor
}

/** Value, gradient and Hessian from one call of `f`. */
export function derivativesAt(where: string, f: (x: Tensor) => Tensor, x: Tensor): Derivatives {
  const checked = (at: Tensor): Tensor => {
    const result = f(at)
    if (result instanceof Tensor && result.size !== 1) throw scalarExpected(where, result.type)
    return result
  }
  const call = linearize(where, valueAndGrad(checked), [x], [0])
  const [value, gradient] = call.values as readonly [Tensor, Tensor] // what valueAndGrad gives
  const [rows] = rowsOf(call, gradient)
  const settled = (tensor: Tensor): Tensor => (call.isTracked ? tensor : tensor.detach())
  return { value: settled(value), gradient: settled(gradient).reshape([-1]), hessian: rows!.reshape([x.size, x.size]) }
}
