import { elementCount, type TensorType } from '../../base/shape.ts'
import { isWeakResult } from '../../ops/interpreter.ts'
import { inferType } from '../../ops/registry.ts'
import type { Attrs, OpName } from '../../ops/table.ts'
import { Storage } from '../../runtime/storage.ts'
import { context, type PutsOff } from '../context.ts'
import { Tensor } from '../tensor.ts'
import { valueInRegion } from './errors.ts'

/** Inside a region nothing is computed: its tensors have types and no elements. */
export class RegionDeferral implements PutsOff {
  readonly isOpen = true
  readonly #region: string

  constructor(region: string) {
    this.#region = region
  }

  putOff(op: OpName, operands: readonly Tensor[], attrs: Attrs): Tensor | undefined {
    if (!context.recorder) return undefined // of nobody's program
    const type = inferType(
      op,
      operands.map((operand) => operand.type),
      attrs,
    )
    return new Tensor(type, this.storage(type), isWeakResult(operands, type) ? { weak: true } : undefined)
  }

  /** Elements that nobody can read. */
  storage({ dtype, shape }: TensorType): Storage {
    return Storage.putOff(dtype, elementCount(shape), () => {
      throw valueInRegion(this.#region)
    })
  }

  putOffTogether(types: readonly TensorType[]): Storage[] {
    return types.map((type) => this.storage(type))
  }

  putOffAssignment(): boolean {
    return context.recorder !== undefined
  }

  computeNow(): never {
    throw valueInRegion(this.#region)
  }

  later(): boolean {
    return true
  }

  flush(): void {}
}
