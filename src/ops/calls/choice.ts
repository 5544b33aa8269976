import { currentInterpreter, type Value } from '../interpreter.ts'
import { noAttrs } from '../table.ts'
import { cast } from './cast.ts'
import { isValue, settled, unify, type Operand } from './operands.ts'

/**
 * `a` where the condition holds, `b` elsewhere; the three broadcast. No gradient flows to the side not taken. Two plain numbers give
 * float32.
 *
 * @param condition bool; anything but 0 counts as true
 * @example where(greater(x, 0), x, 0)
 */
export function where(condition: Operand, a: Operand, b: Operand): Value {
  const branches =
    isValue(a) && isValue(b) && a.type.dtype === b.type.dtype && a.weak === b.weak
      ? [a, b]
      : unify('where', [a, b], 'any')
  return currentInterpreter().apply('where', [cast(condition, 'bool'), ...branches.map(settled)], noAttrs)
}
