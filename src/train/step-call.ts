import { noGrad } from '../frontend/context.ts'
import { assign, tensor, variable } from '../frontend/create.ts'
import { checkFinite } from '../frontend/debug/assert.ts'
import { nonFiniteText } from '../frontend/debug/find-non-finite.ts'
import { where } from '../frontend/functions/elementwise.ts'
import { addToCalls } from '../frontend/hybridize/add-to-calls.ts'
import { knownInternals } from '../frontend/parity/hybrid-internals.ts'
import { currentSettings } from '../frontend/settings.ts'
import { Tensor } from '../frontend/tensor.ts'
import { Undo } from '../frontend/undo.ts'
import { lossOf, numberOf } from './step-result.ts'

type AnyStep = (...batch: unknown[]) => unknown
export type Watched = readonly (readonly [name: string, tensor: Tensor])[]

/** Something that had to be finite after a step is not. */
export class NotFiniteStep extends Error {
  constructor(name: string, is: string) {
    super(`${name} is ${is}`)
  }
}

/** Calls a step so that one that throws has changed no variable and no gradient. */
export class StepCall {
  readonly #step: AnyStep
  readonly #watched: Watched | undefined
  readonly #undo: Undo | undefined
  /** Compiled calls change nothing if they fail; other functions need what they change to be kept. */
  readonly #isCompiled: boolean
  readonly #watch: CompiledWatch | undefined
  #hasReturned = false

  /** @param watched what has to be finite after each step besides its loss; undefined if the loss need not be either */
  constructor(step: AnyStep, watched: Watched | undefined, isUndone: boolean) {
    this.#undo = isUndone ? new Undo() : undefined
    this.#step = step
    this.#watched = watched
    this.#isCompiled = knownInternals(step) !== undefined && currentSettings().hybridize === 'on'
    this.#watch = watched && this.#isCompiled ? compiledWatch(step, watched) : undefined
    this.#watch?.turn(true)
  }

  call(batch: unknown): unknown {
    if (this.#isCompiled && this.#hasReturned) return this.#apply(batch)
    // Also the first compiled call: it tells whether the step gives a loss at all.
    const call = (): unknown => this.#checked(this.#apply(batch))
    const result = this.#undo ? this.#undo.during(call) : call()
    this.#hasReturned = true
    return result
  }

  end(): void {
    this.#watch?.turn(false)
  }

  #apply(batch: unknown): unknown {
    const step = this.#step // whose `this` is nothing of ours
    return Array.isArray(batch) ? step(...(batch as unknown[])) : step(batch) // of any
  }

  #checked(result: unknown): unknown {
    numberOf(lossOf(result)) // an error of the result is one of the step too
    for (const [name, value] of this.#watched && !this.#watch ? [lossEntry(result), ...this.#watched] : []) {
      const is = value instanceof Tensor ? nonFiniteText(value.shape, value.copyElements()) : textOfNumber(value)
      if (is !== undefined) throw new NotFiniteStep(name, is)
    }
    return result
  }
}

const lossEntry = (result: unknown): readonly [string, Tensor | number] => ['the loss', lossOf(result)]
const textOfNumber = (value: number): string | undefined => (Number.isFinite(value) ? undefined : String(value))

/** The check of a hybridized step. It stays in its program, where a variable turns it on and off. */
class CompiledWatch {
  readonly watched: Watched
  readonly #isOn = variable(false)

  constructor(watched: Watched) {
    this.watched = watched
  }

  turn(isOn: boolean): void {
    assign(this.#isOn, tensor(isOn))
  }

  check(result: unknown): void {
    noGrad(() => {
      for (const [name, value] of [lossEntry(result), ...this.watched])
        if (value instanceof Tensor) checkFinite(where(this.#isOn, value, this.#isOn.cast(value.dtype)), name) // 0 where it is off
        else if (this.#isOn.storage.array[0] !== 0 && !Number.isFinite(value))
          throw new NotFiniteStep(name, String(value))
    })
  }
}

const compiledWatches = new WeakMap<object, CompiledWatch>()

function compiledWatch(step: AnyStep, watched: Watched): CompiledWatch {
  const known = compiledWatches.get(step)
  if (known && known.watched.length === watched.length && watched.every(([, each], i) => each === known.watched[i]![1]))
    return known
  const watch = new CompiledWatch(watched)
  addToCalls('fit', step, (result) => watch.check(result))
  compiledWatches.set(step, watch)
  return watch
}
