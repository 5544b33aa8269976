import type { TypedArray } from '../base/dtype.ts'
import type { Storage } from '../runtime/storage.ts'
import { withContext } from './context.ts'
import type { Tensor } from './tensor.ts'

/** What variables and gradients were before a call. Its memory is used again from call to call. */
export class Undo {
  readonly #elements = new Map<Storage, TypedArray>()
  readonly #kept = new Set<Storage>()
  readonly #gradients = new Map<Tensor, Tensor | null>()

  /** Variables that were made during the call: nobody else has them. */
  readonly #made = new WeakSet<Storage>()

  noteMade(storage: Storage): void {
    this.#made.add(storage)
  }

  /** What the call has written so far, of what was there before. */
  written(): Storage[] {
    return [...this.#kept].filter((storage) => !this.#made.has(storage))
  }

  /** Leaves that were there before whose gradients the call has replaced so far, and what these were. */
  gradientsBefore(): Map<Tensor, Tensor | null> {
    return new Map([...this.#gradients].filter(([{ storage }]) => !this.#made.has(storage)))
  }

  /** Called before elements change. */
  keep(storage: Storage): void {
    if (this.#kept.has(storage)) return
    this.#kept.add(storage)
    const known = this.#elements.get(storage)
    if (known) known.set(storage.array)
    else this.#elements.set(storage, storage.array.slice())
  }

  /** Called before the gradient of a leaf is replaced. */
  keepGradient(variable: Tensor, before: Tensor | null): void {
    if (!this.#gradients.has(variable)) this.#gradients.set(variable, before)
  }

  /** Runs `body`; if it throws, variables and gradients are as before. */
  during<R>(body: () => R): R {
    this.#forgetOthers()
    this.#kept.clear()
    try {
      return withContext({ undo: this }, body)
    } catch (error) {
      this.#rollBack()
      throw error
    } finally {
      // A gradient holds memory; elements are of variables, which live long.
      this.#gradients.clear()
    }
  }

  /** Runs `body` in vain: variables and gradients are as before it in any case. */
  inVain(body: () => void): void {
    this.during(() => {
      body()
      this.#rollBack()
    })
  }

  /** A variable that the last call did not change may be one that a call before it had made for itself. */
  #forgetOthers(): void {
    if (this.#elements.size === this.#kept.size) return
    for (const storage of this.#elements.keys()) if (!this.#kept.has(storage)) this.#elements.delete(storage)
  }

  #rollBack(): void {
    for (const storage of this.#kept) {
      storage.array.set(this.#elements.get(storage)!)
      storage.version++
    }
    for (const [variable, before] of this.#gradients) variable.pokeGrad(before)
  }
}
