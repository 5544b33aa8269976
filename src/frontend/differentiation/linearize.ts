import { sameType } from '../../base/shape.ts'
import { cotangentsOf } from '../backward.ts'
import { context, withContext } from '../context.ts'
import { functionExpected } from '../errors.ts'
import { zeros } from '../fill.ts'
import { Tensor } from '../tensor.ts'
import { argumentPosition, cotangentExpected, resultExpected } from './errors.ts'
import { leafFor } from './leaf-for.ts'

/** A call whose results can be pulled back. */
export interface Linearized {
  readonly values: readonly Tensor[]
  /** Whether the function returned one tensor, and no array of them. */
  readonly isSingle: boolean
  /** What the arguments at the positions were replaced by. */
  readonly leaves: readonly Tensor[]
  /** Whether what comes out has to be differentiable itself. */
  readonly isTracked: boolean
}

/** Calls `f` with the tensors at `positions` under new identities. */
export function linearize(
  where: string,
  f: (...args: never[]) => unknown,
  args: readonly unknown[],
  positions: readonly number[],
): Linearized {
  if (typeof f !== 'function') throw functionExpected(where, f)
  for (const position of positions)
    if (!Number.isInteger(position) || position < 0 || position >= args.length)
      throw argumentPosition(where, position, args.length)
  const leaves = positions.map((position) => leafFor(where, args[position], context.gradEnabled))
  const replaced = args.map((arg, i) => leaves[positions.indexOf(i)] ?? arg)
  const result: unknown = withContext({ gradEnabled: true, gradDepth: context.gradDepth + 1 }, () =>
    f(...(replaced as never[])),
  ) // the same arguments
  const isSingle = result instanceof Tensor
  const values: readonly unknown[] = isSingle ? [result] : Array.isArray(result) ? result : []
  if (values.length === 0 || !values.every((value) => value instanceof Tensor))
    throw resultExpected(where, result, 'a tensor, or an array of tensors')
  const isTracked =
    context.gradEnabled && (context.gradDepth > 0 || leaves.some((leaf) => leaf.derivation !== undefined))
  return { values: values as readonly Tensor[], isSingle, leaves, isTracked } // checked above
}

/** A result as callers see it. */
export const settledValue = (value: Tensor, isTracked: boolean): Tensor => (isTracked ? value : value.detach())

/** Cotangents of the leaves, given that of one result; 0 where none flows. */
export function pullBackTo(
  { leaves }: Linearized,
  value: Tensor,
  cotangent: Tensor | undefined,
  isTracked: boolean,
): Tensor[] {
  const found = cotangentsOf([cotangent ? { value, cotangent } : { value }], leaves, isTracked)
  return found.map((each, i) => each ?? zeros(leaves[i]!.shape, { dtype: leaves[i]!.dtype as 'float32' })) // a float, as leaves are
}

export function requireLike(where: string, what: string, given: unknown, wanted: Tensor): Tensor {
  if (!(given instanceof Tensor) || !sameType(given.type, wanted.type))
    throw cotangentExpected(where, what, given, wanted.type)
  return given
}
