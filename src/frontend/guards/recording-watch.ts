import { context } from '../context.ts'
import { Tensor } from '../tensor.ts'
import { FieldWatch, type FieldReport } from './field-watch.ts'
import type { FrozenValue } from './frozen-value.ts'
import { withHostCallsNoted } from './host-calls.ts'
import { registeredObjects } from './registry.ts'

let current: FieldWatch | undefined

/** An object that the function being recorded is called on, or is given. */
export const watchObject = (value: unknown, name: string): void => current?.root(value, name)

/** The function being recorded asks an object for its fields, whatever they are. */
export const noteEnumeration = (object: object): void => current?.noteEnumeration(object)

/** What a recorded call depended on besides tensors and numbers. */
export class RecordingWatch {
  readonly #fields = new FieldWatch()
  readonly #calls = new Map<string, FrozenValue>()

  /** Runs the function; `self` and `args` are what it is called with. */
  run<R>(self: unknown, args: readonly unknown[], body: () => R): R {
    const before = current
    const fields = this.#fields
    current = fields
    try {
      fields.root(self, 'this')
      args.forEach((arg, i) => isInstance(arg) && fields.root(arg, `argument ${i}`))
      for (const object of registeredObjects()) fields.reach(object, object.constructor.name)
      const result = withHostCallsNoted(this.#note, body)
      fields.restore()
      for (const { value } of fields.writes())
        for (const item of Array.isArray(value) ? value : [value])
          if (item instanceof Tensor) context.recorder?.keepConstant(item)
      return result
    } finally {
      current = before
      fields.restore()
    }
  }

  /** Puts the objects back that the function changed. */
  rollBack(): void {
    this.#fields.rollBack()
  }

  report(): FieldReport {
    const { guards, writes, frozen } = this.#fields.report()
    return { guards, writes, frozen: [...frozen, ...this.#calls.values()] }
  }

  readonly #note = (what: string, source: string | undefined): void => {
    const remedy = what === 'Math.random()' ? 'Use rand(), or pass it as an argument' : 'Pass it as an argument'
    this.#calls.set(`${what} ${source}`, { kind: 'call', value: what, source, remedy })
  }
}

/** Instances are part of the form of a call; arrays and plain objects are looked into, argument by argument. */
const isInstance = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Tensor) &&
  ![Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null)
