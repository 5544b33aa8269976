import * as calls from '../../ops/calls/index.ts'
import type { Operand } from '../../ops/calls/index.ts'
import type { Value } from '../../ops/interpreter.ts'
import { comparedAsNumber } from '../errors.ts'
import { Tensor } from '../tensor.ts'
import { isRecording } from './control.ts'
import { asHostValue } from './host-value.ts'
import { power, remainder } from './remainder.ts'
import { truthOf, type Test } from './test.ts'

/** A value that an operator of JavaScript takes; numbers of the compiled program are tensors here. */
type Scalar = number
const isTraced = (value: unknown): value is Tensor => value instanceof Tensor && isRecording()
const isNumeric = (value: unknown): value is Operand => typeof value === 'number' || value instanceof Tensor

/** The operator of two numbers, one of which is traced; undefined where JavaScript's own is meant. */
function traced(call: (a: Operand, b: Operand) => Value, a: unknown, b: unknown): Scalar | undefined {
  if ((!isTraced(a) && !isTraced(b)) || !isNumeric(a) || !isNumeric(b)) return undefined
  const result = call(a, b) as Tensor // the eager interpreter only makes tensors
  if (result.weak) asHostValue(result, 'number')
  else if (result.dtype === 'bool' && result.rank === 0) asHostValue(result, 'boolean')
  return result as unknown as Scalar // what stands for a number, as its type in the source says
}

export const add = (a: Scalar, b: Scalar): Scalar =>
  typeof a === 'number' && typeof b === 'number' ? a + b : (traced(calls.add, a, b) ?? a + b)
export const sub = (a: Scalar, b: Scalar): Scalar =>
  typeof a === 'number' && typeof b === 'number' ? a - b : (traced(calls.sub, a, b) ?? a - b)
export const mul = (a: Scalar, b: Scalar): Scalar =>
  typeof a === 'number' && typeof b === 'number' ? a * b : (traced(calls.mul, a, b) ?? a * b)
export const div = (a: Scalar, b: Scalar): Scalar =>
  typeof a === 'number' && typeof b === 'number' ? a / b : (traced(calls.div, a, b) ?? a / b)
/** `traced` for operators that tensors have other calls for. */
function ofNumbers(call: (a: Operand, b: Operand) => Value, a: unknown, b: unknown): Scalar | undefined {
  for (const each of [a, b]) if (isTraced(each) && !stands(each as unknown)) throw comparedAsNumber(each.type)
  return traced(call, a, b)
}

export const rem = (a: Scalar, b: Scalar): Scalar =>
  typeof a === 'number' && typeof b === 'number' ? a % b : (ofNumbers(remainder, a, b) ?? a % b)
export const pow = (a: Scalar, b: Scalar): Scalar =>
  typeof a === 'number' && typeof b === 'number' ? a ** b : (ofNumbers(power, a, b) ?? a ** b)
export const neg = (a: Scalar): Scalar => {
  if (!isTraced(a)) return -a
  const tensor: Tensor = a
  return (tensor.weak ? asHostValue(tensor.neg(), 'number') : tensor.neg()) as unknown as Scalar // as above
}

type Comparison = (a: Operand, b: Operand) => Value
const compared = (call: Comparison, a: Scalar, b: Scalar): Test | undefined =>
  traced(call, a, b) as unknown as Tensor | undefined // a comparison makes a bool tensor

export const lt = (a: Scalar, b: Scalar): Test =>
  typeof a === 'number' && typeof b === 'number' ? a < b : (compared(calls.less, a, b) ?? a < b)
export const le = (a: Scalar, b: Scalar): Test =>
  typeof a === 'number' && typeof b === 'number' ? a <= b : (compared(calls.lessEqual, a, b) ?? a <= b)
export const gt = (a: Scalar, b: Scalar): Test =>
  typeof a === 'number' && typeof b === 'number' ? a > b : (compared(calls.greater, a, b) ?? a > b)
export const ge = (a: Scalar, b: Scalar): Test =>
  typeof a === 'number' && typeof b === 'number' ? a >= b : (compared(calls.greaterEqual, a, b) ?? a >= b)

/** `===` of what stands for a number or a boolean compares values; of other tensors, as ever, which tensor it is. */
function sameValue(a: unknown, b: unknown): Test | undefined {
  if (!isTraced(a) && !isTraced(b)) return undefined
  if (typeof a === 'boolean') return truthIs(b as Tensor, a) // one of them is traced
  if (typeof b === 'boolean') return truthIs(a as Tensor, b) // as above
  if (!stands(a) || !stands(b)) return undefined
  return asHostValue(calls.equal(a, b) as Tensor, 'boolean') // the eager interpreter only makes tensors
}

/** Whether a value is a number, or a scalar that stands for one. */
export const stands = (value: unknown): value is Operand =>
  typeof value === 'number' ||
  (value instanceof Tensor && (value.weak || (value.dtype === 'float64' && value.rank === 0)))

const truthIs = (tensor: Tensor, wanted: boolean): Test =>
  asHostValue(wanted ? truthOf(tensor) : truthOf(tensor).logicalNot(), 'boolean')

const opposite = (test: Test): Test => (typeof test === 'boolean' ? !test : asHostValue(test.logicalNot(), 'boolean'))

export const eq = (a: unknown, b: unknown): Test =>
  typeof a === 'object' || typeof b === 'object' ? (sameValue(a, b) ?? a === b) : a === b
export const ne = (a: unknown, b: unknown): Test => opposite(eq(a, b))
export const looseEq = (a: unknown, b: unknown): Test =>
  // oxlint-disable-next-line eqeqeq -- it is what the source says
  typeof a === 'object' || typeof b === 'object' ? (sameValue(a, b) ?? a == b) : a == b
export const looseNe = (a: unknown, b: unknown): Test => opposite(looseEq(a, b))

/** An index into an array, or the name of a property: JavaScript would take a tensor for its text. */
export function key<K>(value: K): K {
  if (value instanceof Tensor) throw comparedAsNumber(value.type)
  return value
}
