import { dtypes, isFloat, promote, promoteNumber, type Dtype } from '../../base/dtype.ts'
import { dtypeUnsupported, numberDoesNotFit, operandInvalid } from '../errors.ts'
import { currentInterpreter, type Value } from '../interpreter.ts'
import { noAttrs, type Attrs, type OpName } from '../table.ts'

/**
 * What an op call takes. A plain number is weakly typed: it takes the dtype of the tensors it meets, except that a fraction makes
 * integers float32. A boolean is a bool scalar.
 */
export type Operand = Value | number | boolean

/** What a call needs of its operands' common dtype. */
export type Demand = 'any' | 'arithmetic' | 'float'

/** The dtype an op computes in when its operands meet in `dtype`: bool has no arithmetic, integers have no functions. */
export const computedIn = (demand: Demand, dtype: Dtype): Dtype =>
  demand === 'float' && !isFloat(dtype) ? 'float32' : demand === 'arithmetic' && dtype === 'bool' ? 'int32' : dtype

export const isValue = (x: unknown): x is Value =>
  typeof x === 'object' && x !== null && (x as Partial<Value>).type !== undefined // only to look for `type`

/** Applies `op` to one operand. */
export function applyUnary(op: OpName, x: Operand, demand: Demand, attrs: Attrs = noAttrs): Value {
  const value = valueOf(op, x)
  const dtype = value.type.dtype
  const target = computedIn(demand, dtype)
  return currentInterpreter().apply(op, [target === dtype ? value : castTo(value, target)], attrs)
}

/** Applies `op` to two operands brought to one dtype. */
export function applyBinary(op: OpName, a: Operand, b: Operand, demand: Demand): Value {
  if (isValue(a) && isValue(b)) {
    const dtype = a.type.dtype
    if (dtype === b.type.dtype && a.weak === b.weak && computedIn(demand, dtype) === dtype) {
      return currentInterpreter().apply(op, [a, b], noAttrs)
    }
  }
  return currentInterpreter().apply(op, unify(op, [a, b], demand), noAttrs)
}

/** The operands as values of one dtype. */
export function unify(where: string, operands: readonly Operand[], demand: Demand): Value[] {
  const dtype = computedIn(demand, commonDtype(where, operands))
  const weak = operands.every(isWeak)
  return operands.map((operand) => toValue(where, operand, dtype, weak))
}

/** One operand as a value: a plain number becomes a weak scalar. */
export const valueOf = (where: string, x: Operand): Value =>
  isValue(x) ? x : toValue(where, x, commonDtype(where, [x]), typeof x === 'number')

const isWeak = (x: Operand): boolean => typeof x === 'number' || (typeof x === 'object' && x.weak === true)

/** The dtype in which operands meet; numbers alone are float64. */
function commonDtype(where: string, operands: readonly Operand[]): Dtype {
  let strong: Dtype | undefined
  let numbers = 0
  for (const operand of operands) {
    if (typeof operand === 'number') numbers++
    else if (typeof operand === 'boolean') strong = strong ?? 'bool'
    else if (!isValue(operand)) throw operandInvalid(where, operand)
    else if (operand.weak) numbers++
    else strong = strong === undefined ? operand.type.dtype : promote(strong, operand.type.dtype)
  }
  if (strong === undefined) return 'float64'
  // Only integers care what kind of number they meet, so only they ask: an answer may tie a recording to it.
  if (numbers === 0 || isFloat(strong)) return strong
  return promoteNumber(
    strong,
    operands.every(
      (operand) => !isWeak(operand) || askNumbers('is a whole number', [operand], Number.isInteger) === true,
    ),
  )
}

function toValue(where: string, operand: Operand, dtype: Dtype, weak: boolean): Value {
  if (typeof operand === 'object') {
    if (operand.type.dtype === dtype) return operand
    if (operand.weak && !isFloat(dtype)) {
      const unfit = askNumbers(`fits ${dtype}`, [operand], (number) => fits(number, dtype) || number)
      if (typeof unfit === 'number') throw numberDoesNotFit(where, unfit, dtype)
    }
    return castTo(operand, dtype)
  }
  const value = Number(operand)
  if (!isFloat(dtype) && !fits(value, dtype)) throw numberDoesNotFit(where, value, dtype)
  return weak && dtype === 'float64'
    ? currentInterpreter().constant(value, dtype, true)
    : currentInterpreter().constant(value, dtype)
}

/** The operand as elements of a tensor of `dtype`: floats do not become integers, and only bool is bool. Whole numbers do. */
export function storedAs(where: string, operand: Operand, dtype: Dtype): Value {
  if (typeof operand !== 'object' || operand.weak) {
    if (!isFloat(dtype)) {
      const fraction = askNumbers('is a whole number', [operand], (number) => Number.isInteger(number) || number)
      if (typeof fraction === 'number') throw numberDoesNotFit(where, fraction, dtype)
    }
    return toValue(where, operand, dtype, false)
  }
  if (!isValue(operand)) throw operandInvalid(where, operand)
  const from = operand.type.dtype
  const fitting = dtypes.filter((each) => isFloat(dtype) || (!isFloat(each) && (dtype !== 'bool' || each === 'bool')))
  if (!fitting.includes(from)) throw dtypeUnsupported(where, 'the dtype of the new value', from, fitting)
  return from === dtype ? operand : castTo(operand, dtype)
}

/** The answer to a question about numbers, plain ones or weak values; undefined where one of them is not known. */
export function askNumbers<R>(
  subject: string,
  operands: readonly (Operand | null | undefined)[],
  question: (...numbers: number[]) => R,
): R | undefined {
  const weak = operands.filter((operand) => isValue(operand) && operand.weak === true) as Value[] // filtered
  if (!operands.every((operand) => typeof operand === 'number' || (isValue(operand) && operand.weak === true)))
    return undefined
  const plain = (...numbers: number[]): R => {
    let next = 0
    return question(...operands.map((operand) => (typeof operand === 'number' ? operand : numbers[next++]!)))
  }
  return weak.length === 0 ? plain() : currentInterpreter().ask?.(subject, weak, plain)
}

/** A weak number as float32: what a result that is no weak number itself is made of. */
export const settled = (x: Value): Value => (x.weak ? castTo(x, 'float32') : x)

const castTo = (x: Value, dtype: Dtype): Value => currentInterpreter().apply('cast', [x], { dtype })

/** Whether an integer dtype holds the whole number `value`. */
export function fits(value: number, dtype: Dtype): boolean {
  if (dtype === 'bool') return value === 0 || value === 1
  return dtype === 'uint8' ? value >= 0 && value <= 255 : value >= -(2 ** 31) && value < 2 ** 31
}
