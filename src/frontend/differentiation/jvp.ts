import { cotangentsOf } from '../backward.ts'
import { zeros } from '../fill.ts'
import { grad } from '../gradients.ts'
import type { Tensor } from '../tensor.ts'
import { resultExpected, tangentCount } from './errors.ts'
import { linearize, pullBackTo, requireLike, settledValue } from './linearize.ts'

/**
 * The value of `f` at `primals`, and its derivative J·v along `tangents`, one for each primal. Made of two passes backwards: uᵀJ is linear in u,
 * and the transpose of what takes u to it is J. So it costs about three times what `f` does, and compiled code drops what only the
 * first pass needed.
 *
 * @throws TANGENT_COUNT, COTANGENT_MISMATCH, NOT_A_TENSOR, DTYPE_NOT_DIFFERENTIABLE, RESULT_NOT_A_TENSOR
 * @example jvp((x: Tensor) => x.square(), [tensor([1, 2])], [tensor([1, 10])])[1].toArray() // [2, 40]
 */
export function jvp<A extends readonly Tensor[]>(
  f: (...args: A) => Tensor,
  primals: readonly [...A],
  tangents: readonly [...A],
): [value: Tensor, tangent: Tensor] {
  if (tangents.length !== primals.length) throw tangentCount(tangents.length, primals.length)
  const call = linearize('jvp', f as (...args: never[]) => unknown, primals, [...primals.keys()]) // called with these arguments
  if (!call.isSingle) throw resultExpected('jvp', call.values, 'one tensor')
  const { leaves, isTracked } = call
  const value = call.values[0]!
  leaves.forEach((leaf, i) => requireLike('jvp', `tangent ${i}`, tangents[i], leaf))
  const cotangent = zerosLike(value).detach().becomeLeaf()
  const pulled = cotangentsOf([{ value, cotangent }], leaves, true)
  const roots = pulled.flatMap((each, i) => (each ? [{ value: each, cotangent: tangents[i]! }] : []))
  const [tangent] = cotangentsOf(roots, [cotangent], isTracked || tangents.some((each) => each.requiresGrad))
  return [settledValue(value, isTracked), tangent ?? zerosLike(value)]
}

/**
 * The Hessian of a function of one tensor, times `v`, without making the Hessian: the gradient of ∇f(x)·v. It costs about as much as two gradients.
 *
 * @throws COTANGENT_MISMATCH, NOT_A_TENSOR, DTYPE_NOT_DIFFERENTIABLE, BACKWARD_NOT_SCALAR
 * @example hvp((x: Tensor) => x.pow(3).sum(), tensor([1, 2]), tensor([1, 1])).toArray() // [6, 12]
 */
export function hvp(f: (x: Tensor) => Tensor, x: Tensor, v: Tensor): Tensor {
  const call = linearize('hvp', grad(f), [x], [0])
  requireLike('hvp', 'v', v, call.leaves[0]!)
  return pullBackTo(call, call.values[0]!, v, call.isTracked || v.requiresGrad)[0]!
}

const zerosLike = ({ shape, dtype }: Tensor): Tensor => zeros(shape, { dtype })
