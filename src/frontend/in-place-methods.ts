import * as calls from '../ops/calls/index.ts'
import type { Operand } from '../ops/calls/index.ts'
import type { Value } from '../ops/interpreter.ts'
import { notATensor } from './errors.ts'
import { replaceValues } from './replace-values.ts'
import { TensorMethods } from './tensor-methods.ts'
import type { Tensor } from './tensor.ts'

/**
 * Changes of a variable: `w.add_(x)` is `assign(w, w.add(x))` outside of any gradient. The result takes the variable's dtype, but floats do
 * not become integers; its shape has to be the variable's. Each returns the variable. @throws NOT_A_VARIABLE, ASSIGN_MISMATCH
 */
export abstract class InPlaceMethods extends TensorMethods {
  /** Adds `b`, which broadcasts. */
  add_(b: Operand): Tensor {
    return this.#replace('add', () => calls.add(this, b))
  }
  /** Subtracts `b`, which broadcasts. */
  sub_(b: Operand): Tensor {
    return this.#replace('sub', () => calls.sub(this, b))
  }
  /** Multiplies by `b`, which broadcasts. */
  mul_(b: Operand): Tensor {
    return this.#replace('mul', () => calls.mul(this, b))
  }
  /** Divides by `b`, which broadcasts. */
  div_(b: Operand): Tensor {
    return this.#replace('div', () => calls.div(this, b))
  }
  /** Keeps the elements within lower … upper. */
  clamp_(lower?: Operand | null, upper?: Operand | null): Tensor {
    return this.#replace('clamp', () => calls.clamp(this, lower, upper))
  }
  /** Every element becomes 0. */
  zero_(): Tensor {
    return this.#fill('zero_', 0)
  }
  /** Every element becomes `value`, a number or a tensor with one element. */
  fill_(value: Operand): Tensor {
    return this.#fill('fill_', value)
  }
  /** The elements of `value`, which broadcasts and may have any dtype. */
  copy_(value: Tensor): Tensor {
    if (!calls.isValue(value)) throw notATensor('copy_', value)
    const spread = (): Value => calls.spreadTo('copy_', calls.cast(value, this.type.dtype), this.type.shape)
    return replaceValues('copy_', this.#tensor, 'x.clone()', spread)
  }

  get #tensor(): Tensor {
    return this as unknown as Tensor // the only subclass
  }

  #replace(pure: string, compute: () => Value): Tensor {
    return replaceValues(`${pure}_`, this.#tensor, `x.${pure}(…)`, compute)
  }

  #fill(where: string, value: Operand): Tensor {
    const { dtype, shape } = this.type
    const filled = (): Value => calls.broadcastTo(calls.reshape(calls.storedAs(where, value, dtype), []), shape)
    return replaceValues(where, this.#tensor, 'full(…)', filled)
  }
}
