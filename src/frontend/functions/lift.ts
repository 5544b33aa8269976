import type { Value } from '../../ops/interpreter.ts'
import type { Tensor } from '../tensor.ts'

/** The call as users see it: outside graph passes every value is a tensor. */
export const lift = <A extends readonly unknown[]>(call: (...operands: A) => Value): ((...operands: A) => Tensor) =>
  call as (...operands: A) => Tensor // the eager interpreter only makes tensors
