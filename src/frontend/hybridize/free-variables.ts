import { valueGuard } from '../guards/guard.ts'
import { context } from '../context.ts'
import { scalarTensor } from '../eager.ts'
import { asHostValue } from '../hybrid/host-value.ts'
import { Tensor } from '../tensor.ts'

/** From this many changes on, a number is an input of its own: it would be compiled for every value otherwise. */
const changesToLift = 2

/** What one hybridized function knows of the variables that it and transformed functions in it use from outside. */
export class FreeVariables {
  readonly #known = new Map<string, { value: unknown; changes: number }>()
  /** Numbers that steer JavaScript: as inputs they would be of no use. */
  readonly #constant = new Set<string>()
  #lifted = new Set<string>()

  /** Runs a recording. */
  during<R>(record: () => R): R {
    this.#lifted = new Set()
    entered.push(this)
    try {
      return record()
    } finally {
      entered.pop()
    }
  }

  /** Whether a recording failed for a lifted number steers JavaScript: it is a constant again from now on, and another recording may do. */
  areSteering(error: unknown): boolean {
    if (this.#lifted.size === 0 || (error as { code?: unknown } | undefined)?.code !== 'TENSOR_AS_NUMBER') return false
    for (const key of this.#lifted) this.#constant.add(key)
    return true
  }

  /** Whether a number is an input from now on. */
  isLifted(key: string, value: unknown): boolean {
    const known = this.#known.get(key)
    const changes = known ? known.changes + (Object.is(known.value, value) ? 0 : 1) : 0
    this.#known.set(key, { value, changes })
    const isLifted = typeof value === 'number' && changes >= changesToLift && !this.#constant.has(key)
    if (isLifted) this.#lifted.add(key)
    return isLifted
  }
}

/** Whose calls are being recorded, innermost last. */
const entered: FreeVariables[] = []

/** The free variables of one transformed function during one recorded call. */
export class FreeReads {
  readonly #recorder = context.recorder
  readonly #inputs: (Tensor | undefined)[] = []

  /** Guards what a function uses from outside; `specification` is its name, then texts and getters in turn. */
  static open(specification: readonly [name: string, ...parts: (string | (() => unknown))[]]): FreeReads {
    const reads = new FreeReads()
    const [name, ...parts] = specification
    for (let i = 0; i < parts.length; i += 2) reads.#note(name, parts[i] as string, parts[i + 1] as () => unknown) // in turn
    return reads
  }

  /** The value to use: the input that the variable has become, while the call is recorded that it was made for. */
  read(position: number, value: unknown): unknown {
    const input = this.#inputs[position]
    return input && context.recorder === this.#recorder ? input : value
  }

  #note(functionName: string, text: string, get: () => unknown): void {
    const value = get()
    const isLifted = entered.at(-1)?.isLifted(`${functionName} ${text}`, value) === true
    if (isLifted && typeof value === 'number') {
      const input = scalarTensor(value, 'float64', true)
      this.#recorder?.freeNumber(asHostValue(input, 'number'), text, get as () => number) // guarded next
      this.#inputs.push(input)
      this.#recorder?.guard(`${text} is a number`, () => typeof get() === 'number', get)
      return
    }
    this.#inputs.push(undefined)
    const isProperty = /[.[]/.test(text)
    const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function'
    if (isProperty && isObject && !(value instanceof Tensor)) return // parts of objects are read where they are used
    this.#recorder?.require(valueGuard(text, get, value))
  }
}
