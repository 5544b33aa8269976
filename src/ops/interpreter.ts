import type { Dtype } from '../base/dtype.ts'
import type { TensorType } from '../base/shape.ts'
import type { Attrs, OpName } from './table.ts'

/** A tensor as an op sees it: concrete when eager, symbolic when a graph is built. */
export interface Value {
  readonly type: TensorType
  /** A number that takes the dtype of what it meets (a number argument of a hybridized function). Shape [], float64. */
  readonly weak?: boolean
}

/** A way to carry out primitives: run them now, or put them in a graph. */
export interface Interpreter {
  apply(op: OpName, operands: readonly Value[], attrs: Attrs): Value
  /** A 0-d tensor holding `value`; a `weak` one takes the dtype of what it meets. */
  constant(value: number, dtype: Dtype, weak?: boolean): Value
  /**
   * The answer to a question about the numbers in weak values; an interpreter that records must guard on it. `subject` words the
   * question. Not known when left out.
   */
  ask?<R>(subject: string, weak: readonly Value[], question: (...numbers: number[]) => R): R
  /** `x` as a constant for differentiation. `x` itself when left out. */
  stopGradient?(x: Value): Value
}

/** Whether the result of an op is weak: it is computed from weak values only and still is one float64 number. */
export const isWeakResult = (operands: readonly Value[], type: TensorType): boolean =>
  type.dtype === 'float64' &&
  type.shape.length === 0 &&
  operands.length > 0 &&
  operands.every((operand) => operand.weak === true)

let current: Interpreter | undefined

/** Runs `body` with every op call going to `interpreter`. */
export function withInterpreter<R>(interpreter: Interpreter, body: () => R): R {
  const outer = current
  current = interpreter
  try {
    return body()
  } finally {
    current = outer
  }
}

/** Sets the interpreter used where none is active: eager execution. */
export function setDefaultInterpreter(interpreter: Interpreter): void {
  current ??= interpreter
}

export function currentInterpreter(): Interpreter {
  if (!current) throw new Error('[gryph] no interpreter is active')
  return current
}
