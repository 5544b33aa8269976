import { isFloat } from '../base/dtype.ts'
import { InternalError } from '../base/errors.ts'
import { add, full, logicalOr, where, zeros } from '../ops/calls/index.ts'
import { currentInterpreter, type Value } from '../ops/interpreter.ts'

/** Whether contributions have come: known now, or a bool scalar of the program. */
export type Touched = boolean | Value

/**
 * The sum of the contributions to a value's cotangent so far. Where none has come, its elements are −0: adding to −0 changes no bit, so
 * sums have the bits of those that begin with their first contribution.
 */
export interface Sum {
  readonly cotangent: Value
  readonly touched: Touched
}

/** Nothing so far, as a tensor. */
export const nothing = ({ type: { dtype, shape } }: Value): Value => {
  if (!isFloat(dtype)) throw new InternalError(`a cotangent of ${dtype}`)
  return full(shape, -0, dtype)
}

export const either = (a: Touched, b: Touched): Touched =>
  a === true || b === true ? true : a === false ? b : b === false ? a : logicalOr(a, b)

/** `cotangent` where `touched` is true at run time, otherwise nothing. */
export const whereTouched = (cotangent: Value, touched: Touched): Value =>
  typeof touched === 'boolean'
    ? cotangent
    : where(touched, cotangent, currentInterpreter().constant(-0, cotangent.type.dtype))

export function plus(before: Sum | undefined, contribution: Sum): Sum {
  if (!before) return contribution
  return {
    cotangent: add(before.cotangent, contribution.cotangent),
    touched: either(before.touched, contribution.touched),
  }
}

/** The sum as callers see it: +0 where nothing came. */
export function settledSum({ cotangent, touched }: Sum): Value {
  const { dtype, shape } = cotangent.type
  if (touched === true) return cotangent
  return touched === false ? zeros(shape, dtype) : where(touched, cotangent, currentInterpreter().constant(0, dtype))
}
