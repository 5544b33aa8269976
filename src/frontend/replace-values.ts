import { sameShape } from '../base/shape.ts'
import { storedAs } from '../ops/calls/index.ts'
import type { Value } from '../ops/interpreter.ts'
import { noGrad } from './context.ts'
import { assignMismatch, notAVariable } from './errors.ts'
import type { Tensor } from './tensor.ts'

/**
 * Gives a variable the value that `compute` makes. No gradient flows through a change of state: a backward pass over what was computed
 * from the old values before is an error.
 *
 * @param pure what makes a new tensor instead, for the advice
 */
export function replaceValues(where: string, variable: Tensor, pure: string, compute: () => Value): Tensor {
  if (!variable.isVariable) throw notAVariable(where, pure)
  return noGrad(() => {
    const value = compute()
    if (value === variable) return variable // which has been changed already
    if (!sameShape(value.type.shape, variable.shape)) throw assignMismatch(value.type, variable.type, where)
    return variable.assign(storedAs(where, value, variable.dtype) as Tensor) // the eager interpreter only makes tensors
  })
}
