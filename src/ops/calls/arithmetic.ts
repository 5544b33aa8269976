import { isFloat } from '../../base/dtype.ts'
import type { Value } from '../interpreter.ts'
import { boundsCrossed } from '../errors.ts'
import { applyBinary, applyUnary, askNumbers, valueOf, type Operand } from './operands.ts'

/** a + b, element by element; shapes broadcast. uint8 and int32 wrap, bool counts as int32. */
export const add = (a: Operand, b: Operand): Value => applyBinary('add', a, b, 'arithmetic')

/** a − b, element by element; shapes broadcast. uint8 and int32 wrap, bool counts as int32. */
export const sub = (a: Operand, b: Operand): Value => applyBinary('sub', a, b, 'arithmetic')

/** a · b, element by element; shapes broadcast. uint8 and int32 wrap, bool counts as int32. */
export const mul = (a: Operand, b: Operand): Value => applyBinary('mul', a, b, 'arithmetic')

/** −x. uint8 wraps. */
export const neg = (x: Operand): Value => applyUnary('neg', x, 'arithmetic')

/** |x|; the least int32 stays as it is. */
export const abs = (x: Operand): Value => applyUnary('abs', x, 'arithmetic')

/** −1, 0 or 1; ±0 and NaN stay. */
export const sign = (x: Operand): Value => applyUnary('sign', x, 'arithmetic')

/** The larger of a and b; NaN if either is NaN. Equal operands give `a`, so maximum(−0, 0) is −0. */
export const maximum = (a: Operand, b: Operand): Value => applyBinary('maximum', a, b, 'arithmetic')

/** The smaller of a and b; NaN if either is NaN. Equal operands give `a`. */
export const minimum = (a: Operand, b: Operand): Value => applyBinary('minimum', a, b, 'arithmetic')

/** x with negative elements replaced by 0; NaN and −0 stay. */
export const relu = (x: Operand): Value => applyUnary('relu', x, 'arithmetic')

/**
 * x kept within lower … upper; NaN stays. Leave out a bound, or give null, to keep that side open.
 *
 * @throws GryphError RANGE_INVALID when two plain numbers are crossed
 * @example clamp(tensor([-2, 0.5, 2]), -1, 1) // [-1, 0.5, 1]
 */
export function clamp(x: Operand, lower?: Operand | null, upper?: Operand | null): Value {
  requireBounds('clamp', lower, upper)
  const raised = lower === undefined || lower === null ? x : maximum(x, lower)
  return upper === undefined || upper === null ? valueOf('clamp', raised) : minimum(raised, upper)
}

/** That plain numbers are no crossed bounds. */
export function requireBounds(
  where: string,
  lower: Operand | null | undefined,
  upper: Operand | null | undefined,
): void {
  const crossed = askNumbers('are in order', [lower, upper], (low, high) =>
    low > high ? ([low, high] as const) : true,
  )
  if (crossed !== undefined && crossed !== true) throw boundsCrossed(where, ...crossed)
}

/** The largest whole number not above x. Integers stay as they are. */
export function floor(x: Operand): Value {
  const value = valueOf('floor', x)
  return isFloat(value.type.dtype) ? applyUnary('floor', value, 'any') : value
}
