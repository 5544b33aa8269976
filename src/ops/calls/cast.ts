import { dtypes, type Dtype } from '../../base/dtype.ts'
import { currentInterpreter, type Value } from '../interpreter.ts'
import { requireDtype } from '../operand-types.ts'
import { valueOf, type Operand } from './operands.ts'

/**
 * `x` with another dtype. Floats go to integers toward zero, saturating, NaN as 0; uint8 wraps; anything but 0 is true.
 *
 * @throws GryphError DTYPE_UNSUPPORTED when there is no such dtype
 */
export function cast(x: Operand, dtype: Dtype): Value {
  const value = valueOf('cast', x)
  if (value.type.dtype === dtype) return value
  requireDtype('cast', 'the dtype', dtype, dtypes)
  return currentInterpreter().apply('cast', [value], { dtype })
}
