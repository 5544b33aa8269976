import { context } from '../context.ts'
import type { Tensor } from '../tensor.ts'
import { resultExpected } from './errors.ts'
import { linearize, pullBackTo, requireLike, settledValue } from './linearize.ts'

/** Takes a cotangent of the value to those of the arguments, in their order. */
export type Pullback = (cotangent: Tensor) => Tensor[]

/**
 * The value of `f`, and the function that takes a cotangent u of it to uᵀJ, one tensor for each argument. All arguments are tensors of floats.
 *
 * @throws NOT_A_TENSOR, DTYPE_NOT_DIFFERENTIABLE, RESULT_NOT_A_TENSOR; COTANGENT_MISMATCH by the pullback
 * @example
 * const [value, pullback] = vjp((x: Tensor) => x.square(), tensor([1, 2]))
 * pullback(tensor([1, 10]))[0].toArray() // [2, 40]
 */
export function vjp<A extends readonly Tensor[]>(
  f: (...args: A) => Tensor,
  ...args: A
): [value: Tensor, pullback: Pullback] {
  const call = linearize('vjp', f as (...args: never[]) => unknown, args, [...args.keys()]) // called with these arguments
  if (!call.isSingle) throw resultExpected('vjp', call.values, 'one tensor')
  const value = call.values[0]!
  const { isTracked } = call
  const pullback: Pullback = (cotangent) => {
    requireLike('vjp', 'the cotangent', cotangent, value)
    return pullBackTo(call, value, cotangent, context.gradEnabled && (isTracked || cotangent.requiresGrad))
  }
  return [settledValue(value, isTracked), pullback]
}
