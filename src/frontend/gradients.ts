import { gradientsOf } from './backward.ts'
import { context, withContext } from './context.ts'
import { leafFor } from './differentiation/leaf-for.ts'
import { backwardFromNonScalar, functionExpected, notATensor } from './errors.ts'
import { zeros } from './fill.ts'
import { Tensor } from './tensor.ts'

/** A function of tensors with a 0-d result; further arguments pass through. */
export type ScalarFunction<A extends readonly unknown[]> = (...args: A) => Tensor

/** One gradient for one tensor argument, or several in the arguments' order. */
export interface GradOptions {
  /** Positions of the arguments to differentiate by. Default 0. */
  readonly argnums?: number | readonly number[]
}

/** The gradient by one argument, or by each of several. */
export type Gradient<O> = O extends { readonly argnums: readonly number[] } ? Tensor[] : Tensor

/**
 * The gradient of `f` as a function: of its first argument, or of those in `argnums`. Can be applied again for higher derivatives.
 *
 * @throws BACKWARD_NOT_SCALAR when the result of `f` has more than one element
 * @example grad((x: Tensor) => x.mul(x).sum())(tensor([1, 2])).toArray() // [2, 4]
 */
export function grad<A extends readonly unknown[], const O extends GradOptions = object>(
  f: ScalarFunction<A>,
  options?: O,
): (...args: A) => Gradient<O> {
  const both = valueAndGrad(f, options)
  return (...args) => both(...args)[1]
}

/** Like `grad`, but gives the value of `f` too: [value, gradient]. */
export function valueAndGrad<A extends readonly unknown[], const O extends GradOptions = object>(
  f: ScalarFunction<A>,
  options?: O,
): (...args: A) => [value: Tensor, gradient: Gradient<O>] {
  if (typeof f !== 'function') throw functionExpected('grad', f)
  const argnums: number | readonly number[] = options?.argnums ?? 0
  const positions = typeof argnums === 'number' ? [argnums] : argnums
  return (...args) => {
    const isNested = context.gradDepth > 0
    const leaves = positions.map((position) => leafFor('grad', args[position], context.gradEnabled))
    const replaced = args.map((arg, i) => leaves[positions.indexOf(i)] ?? arg) as unknown as A // the same arguments under other identities
    const value = withContext({ gradEnabled: true, gradDepth: context.gradDepth + 1 }, () => f(...replaced))
    if (!(value instanceof Tensor)) throw notATensor('grad', value)
    if (value.size !== 1) throw backwardFromNonScalar(value.shape)
    const isDifferentiable = context.gradEnabled && (isNested || leaves.some((leaf) => leaf.derivation !== undefined))
    const gradients = gradientsOf(value, leaves, isDifferentiable).map(
      (gradient, i) => gradient ?? zeros(leaves[i]!.shape, { dtype: leaves[i]!.dtype }),
    )
    const result = typeof argnums === 'number' ? gradients[0] : gradients
    return [
      isDifferentiable ? value : value.detach(),
      result as Gradient<typeof options extends undefined ? object : O>,
    ] // the one form that argnums asked for
  }
}
