import { isFloat } from '../../base/dtype.ts'
import type { Value } from '../interpreter.ts'
import { cast } from './cast.ts'
import { applyBinary, applyUnary, type Operand } from './operands.ts'

/** Comparisons give bool, element by element; shapes broadcast. With a NaN all are false, but for notEqual. */

/** a = b. */
export const equal = (a: Operand, b: Operand): Value => applyBinary('equal', a, b, 'any')

/** a ≠ b. */
export const notEqual = (a: Operand, b: Operand): Value => applyBinary('notEqual', a, b, 'any')

/** a < b. */
export const less = (a: Operand, b: Operand): Value => applyBinary('less', a, b, 'any')

/** a ≤ b. */
export const lessEqual = (a: Operand, b: Operand): Value => applyBinary('lessEqual', a, b, 'any')

/** a > b. */
export const greater = (a: Operand, b: Operand): Value => applyBinary('greater', a, b, 'any')

/** a ≥ b. */
export const greaterEqual = (a: Operand, b: Operand): Value => applyBinary('greaterEqual', a, b, 'any')

/** Where x is NaN. */
export function isNaN(x: Value): Value {
  const known = isFloat(x.type.dtype) ? x : cast(x, 'float32')
  return notEqual(known, known)
}

const bool = (x: Operand): Value => cast(x, 'bool')

/** Not x; anything but 0 counts as true. */
export const logicalNot = (x: Operand): Value => applyUnary('logicalNot', bool(x), 'any')

/** Both a and b; anything but 0 counts as true. */
export const logicalAnd = (a: Operand, b: Operand): Value => applyBinary('logicalAnd', bool(a), bool(b), 'any')

/** a or b or both; anything but 0 counts as true. */
export const logicalOr = (a: Operand, b: Operand): Value => applyBinary('logicalOr', bool(a), bool(b), 'any')

/** One of a and b but not both; anything but 0 counts as true. */
export const logicalXor = (a: Operand, b: Operand): Value => applyBinary('logicalXor', bool(a), bool(b), 'any')
