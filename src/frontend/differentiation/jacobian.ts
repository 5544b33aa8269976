import { withContext } from '../context.ts'
import { scan } from '../control/scan.ts'
import { functionExpected } from '../errors.ts'
import { arange, zeros } from '../fill.ts'
import { equal } from '../functions/elementwise.ts'
import { stack } from '../functions/structure.ts'
import { grad, type GradOptions } from '../gradients.ts'
import type { Tensor } from '../tensor.ts'
import { linearize, pullBackTo, type Linearized } from './linearize.ts'

/** As many rows are written out one after another; more are a loop, whose program does not grow with their number. */
const mostUnrolled = 4

/** One Jacobian, or one for each of several arguments. */
export type Jacobian<O> = O extends { readonly argnums: readonly number[] } ? Tensor[] : Tensor
/** One Hessian, or a matrix of them: [i][j] for arguments i and j. */
export type Hessian<O> = O extends { readonly argnums: readonly number[] } ? Tensor[][] : Tensor

/**
 * The derivative of every element of the result by every element of an argument, as a function of the same arguments: shape [...result, ...argument],
 * of the first argument or of those in `argnums`. Each row is a pass backwards, in a compiled function a pass of one loop.
 *
 * @throws NOT_A_TENSOR, DTYPE_NOT_DIFFERENTIABLE, RESULT_NOT_A_TENSOR, ARGNUMS_INVALID
 * @example jacobian((x: Tensor) => x.square())(tensor([1, 2])).toArray() // [[2, 0], [0, 4]]
 */
export function jacobian<A extends readonly unknown[], const O extends GradOptions = object>(
  f: (...args: A) => Tensor,
  options?: O,
): (...args: A) => Jacobian<O> {
  if (typeof f !== 'function') throw functionExpected('jacobian', f)
  return (...args) => {
    const [rows] = jacobians('jacobian', f as (...args: never[]) => unknown, args, positionsIn(options)) // called with these arguments
    return chosen(options, rows!) as Jacobian<O> // the one form that argnums asked for
  }
}

/**
 * Second derivatives of a function with a 0-d result, as a function of the same arguments: shape [...argument, ...argument]. The Jacobian of the
 * gradient, so it costs a pass backwards through the gradient for each element of the argument; see `hvp` for products with it.
 *
 * @throws NOT_A_TENSOR, DTYPE_NOT_DIFFERENTIABLE, BACKWARD_NOT_SCALAR, ARGNUMS_INVALID
 * @example hessian((x: Tensor) => x.pow(3).sum())(tensor([1, 2])).toArray() // [[6, 0], [0, 12]]
 */
export function hessian<A extends readonly unknown[], const O extends GradOptions = object>(
  f: (...args: A) => Tensor,
  options?: O,
): (...args: A) => Hessian<O> {
  if (typeof f !== 'function') throw functionExpected('hessian', f)
  const positions = positionsIn(options)
  const gradient = grad(f, { argnums: positions }) as (...args: never[]) => unknown // called with these arguments
  return (...args) => {
    const rows = jacobians('hessian', gradient, args, positions).map((each) => chosen(options, each))
    return chosen(options, rows) as Hessian<O> // the one form that argnums asked for
  }
}

const positionsIn = (options: GradOptions | undefined): readonly number[] => {
  const argnums: number | readonly number[] = options?.argnums ?? 0
  return typeof argnums === 'number' ? [argnums] : argnums
}

const chosen = <T>(options: GradOptions | undefined, all: readonly T[]): T | readonly T[] =>
  Array.isArray(options?.argnums) ? all : all[0]!

/** For each result of `f` its Jacobians by the arguments at `positions`. */
function jacobians(
  where: string,
  f: (...args: never[]) => unknown,
  args: readonly unknown[],
  positions: readonly number[],
): Tensor[][] {
  const call = linearize(where, f, args, positions)
  return call.values.map((value) => rowsOf(call, value))
}

/** The Jacobians of one result by the leaves. */
export function rowsOf(call: Linearized, value: Tensor): Tensor[] {
  const { leaves, isTracked } = call
  const { shape, dtype, size } = value
  const row = (i: Tensor | number): Tensor[] => {
    const seed = equal(arange(size), i).cast(dtype).reshape(shape)
    return pullBackTo(call, value, seed, isTracked)
  }
  if (size === 0) return leaves.map((leaf) => zeros([...shape, ...leaf.shape], { dtype }))
  return withContext({ gradEnabled: isTracked }, () => {
    if (size > mostUnrolled) {
      const [, rows] = scan((state: readonly [], i: Tensor) => [state, row(i)] as const, [], arange(size))
      return rows.map((each, k) => each.reshape([...shape, ...leaves[k]!.shape]))
    }
    const rows = Array.from({ length: size }, (_, i) => row(i))
    return leaves.map((leaf, k) => stack(rows.map((each) => each[k]!)).reshape([...shape, ...leaf.shape]))
  })
}
