import type { TypedArray } from '../base/dtype.ts'
import { elementCount, type TensorType } from '../base/shape.ts'
import { eagerKernel } from '../compile/eager-kernel.ts'
import { isWeakResult } from '../ops/interpreter.ts'
import { inferType, recordOf } from '../ops/registry.ts'
import type { Attrs, OpName } from '../ops/table.ts'
import { Storage } from '../runtime/storage.ts'
import { context, type PutsOff } from './context.ts'
import { escapedFromTrace } from './errors.ts'
import { Tensor } from './tensor.ts'

/**
 * The work of a call that is being recorded. Its ops and assignments are put off: if nothing reads an element before the call ends, the
 * compiled program does it all, and no op needs a kernel of its own. The first read runs everything so far, in order, and the rest of
 * the call is eager.
 */
export class Deferral implements PutsOff {
  readonly #functionName: string
  #isOpen = true
  #isDropped = false
  #failure: { readonly error: unknown } | undefined
  #work: (() => void)[] = []
  /** How elements that ops will make come to be. */
  readonly #made = new Map<Storage, { readonly operands: readonly Tensor[]; readonly compute: () => void }>()
  /** What has assignments to come, and its version before the first. */
  readonly #assigned = new Map<Storage, number>()

  constructor(functionName: string) {
    this.#functionName = functionName
  }

  /** Whether all of the call has been put off so far. */
  get isOpen(): boolean {
    return this.#isOpen
  }

  /** The result of an op that will be computed later. Undefined if it has to be now: what can fail does so on the user's line. */
  putOff(op: OpName, tensors: readonly Tensor[], attrs: Attrs): Tensor | undefined {
    if (!this.#isOpen) return undefined
    if (!context.recorder || recordOf(op).checks) {
      if (!this.#canComputeAhead(tensors)) this.flush()
      return undefined
    }
    const types = tensors.map((tensor) => tensor.type)
    const type = inferType(op, types, attrs)
    const storage = Storage.putOff(type.dtype, elementCount(type.shape), this.#provide)
    const compute = (): void => {
      if (storage.isPutOff) storage.settle(eagerKernel(op, tensors, attrs).run(tensors))
    }
    this.#work.push(compute)
    this.#made.set(storage, { operands: tensors, compute })
    return new Tensor(type, storage, isWeakResult(tensors, type) ? weakOption : undefined)
  }

  later(work: () => void): boolean {
    if (this.#isOpen) this.#work.push(work)
    return this.#isOpen
  }

  /** Results that come to be together. */
  putOffTogether(types: readonly TensorType[], operands: readonly Tensor[], compute: () => TypedArray[]): Storage[] {
    if (this.#isOpen && !context.recorder) this.flush()
    if (!this.#isOpen) return compute().map((elements, i) => new Storage(types[i]!.dtype, elements))
    const storages = types.map(({ dtype, shape }) => Storage.putOff(dtype, elementCount(shape), this.#provide))
    const settle = (): void => {
      if (!storages[0]!.isPutOff) return
      const elements = compute()
      storages.forEach((storage, i) => storage.settle(elements[i]))
    }
    this.#work.push(settle)
    for (const storage of storages) this.#made.set(storage, { operands, compute: settle })
    return storages
  }

  /** Computes these tensors now. The rest of the call can still be put off where no assignment takes part. */
  computeNow(tensors: readonly Tensor[]): void {
    if (this.#isOpen && !this.#canComputeAhead(tensors)) this.flush()
  }

  /** Not where regions print: what waits is to come out in order. */
  #canComputeAhead(tensors: readonly Tensor[]): boolean {
    return context.recorder?.effects.isLate !== true && this.#computeAhead(tensors)
  }

  /** Computes these tensors and what they are made of before all else. False where an assignment takes part: then the order matters. */
  #computeAhead(tensors: readonly Tensor[]): boolean {
    const needed = new Map<Storage, () => void>()
    const visit = ({ storage }: Tensor): boolean => {
      if (this.#assigned.has(storage)) return false
      if (!storage.isPutOff || needed.has(storage)) return true
      const made = this.#made.get(storage)
      if (!made || !context.recorder || !made.operands.every(visit)) return false
      needed.set(storage, made.compute)
      return true
    }
    if (!tensors.every(visit)) return false
    for (const compute of needed.values()) compute()
    return true
  }

  /** Whether an assignment will be made later. */
  putOffAssignment(variable: Tensor, value: Tensor): boolean {
    const { recorder } = context
    if (!this.#isOpen) return false
    if (!recorder) {
      this.flush()
      return false
    }
    const { storage } = variable
    storage.putOff(this.#provide)
    if (!this.#assigned.has(storage)) this.#assigned.set(storage, storage.version)
    this.#work.push(() => {
      recorder.keep(variable)
      variable.replaceElements(value)
    })
    return true
  }

  /** Does what has been put off, and puts off nothing more. */
  flush(): void {
    if (!this.#isOpen) return
    const work = this.#close()
    try {
      for (const step of work) step()
    } catch (error) {
      this.#failure = { error } // of memory, most likely
      throw error
    }
  }

  /** A function that catches an error of what was put off cannot go on as if only one op had failed: what came after it is not done. */
  throwFailure(): void {
    if (this.#failure) throw this.#failure.error
  }

  /** Forgets what has been put off. Variables are as they were before the call, and so are views of them; nobody can read its other tensors any more. */
  drop(): void {
    this.#isDropped = true
    if (this.#isOpen) for (const [storage, version] of this.#assigned) storage.version = version
    this.#close()
  }

  #close(): readonly (() => void)[] {
    const work = this.#work
    this.#isOpen = false
    this.#work = []
    this.#made.clear()
    for (const storage of this.#assigned.keys()) storage.settle()
    return work
  }

  readonly #provide = (): void => {
    this.throwFailure()
    if (this.#isDropped)
      throw escapedFromTrace({
        functionName: this.#functionName,
        isArgument: false,
        source: undefined,
        isClosed: true,
      })
    this.flush()
  }
}

const weakOption = { weak: true }
