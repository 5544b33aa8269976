import * as calls from '../ops/calls/index.ts'
import type { AtRange, Operand } from '../ops/calls/index.ts'
import type { Value } from '../ops/interpreter.ts'
import { context, currentLazyCall } from './context.ts'
import { directWriter } from './direct-writer.ts'
import { replaceValues } from './replace-values.ts'
import type { Tensor } from './tensor.ts'

const made = (value: Value): Tensor => value as Tensor // the eager interpreter only makes tensors

/** A part of a tensor, made by `x.at(…)`: nothing is read before one of its methods is called. */
export class Place {
  readonly #tensor: Tensor
  readonly #ranges: readonly AtRange[]

  /** @internal */
  constructor(tensor: Tensor, ranges: readonly AtRange[]) {
    this.#tensor = tensor
    this.#ranges = ranges
  }

  /** The elements there. @throws INDEX_OUT_OF_RANGE, SLICE_INVALID, MASK_INVALID */
  get(): Tensor {
    return made(calls.readAt(this.#tensor, this.#ranges))
  }

  /**
   * A new tensor with these elements replaced by `value`, which broadcasts and takes the tensor's dtype. Of indices that repeat, the last
   * one's value stays.
   */
  set(value: Operand): Tensor {
    return made(calls.writeAt(this.#tensor, this.#ranges, value, 'set'))
  }

  /** A new tensor with `value` added to these elements, once for each index. */
  add(value: Operand): Tensor {
    return made(calls.writeAt(this.#tensor, this.#ranges, value, 'add'))
  }

  /** `set` in a variable, which it returns: compiled code writes these elements only. @throws NOT_A_VARIABLE */
  set_(value: Operand): Tensor {
    return this.#change(value, 'set')
  }

  /** `add` in a variable, which it returns. @throws NOT_A_VARIABLE */
  add_(value: Operand): Tensor {
    return this.#change(value, 'add')
  }

  #change(value: Operand, combine: 'set' | 'add'): Tensor {
    const [x, ranges] = [this.#tensor, this.#ranges]
    // What is recorded or put off is a new value; eager code writes the elements themselves.
    const isEager = !context.recorder && !context.deferral && !currentLazyCall()
    const writer = isEager && x.isVariable ? directWriter : undefined
    return replaceValues('at', x, `x.at(…).${combine}(…)`, () => calls.writeAt(x, ranges, value, combine, writer))
  }
}
