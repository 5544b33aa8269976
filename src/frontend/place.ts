import * as calls from '../ops/calls/index.ts'
import type { AtRange, Operand } from '../ops/calls/index.ts'
import type { Value } from '../ops/interpreter.ts'
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
    return replaceValues('at', this.#tensor, 'x.at(…).set(…)', () => this.set(value))
  }

  /** `add` in a variable, which it returns. @throws NOT_A_VARIABLE */
  add_(value: Operand): Tensor {
    return replaceValues('at', this.#tensor, 'x.at(…).add(…)', () => this.add(value))
  }
}
