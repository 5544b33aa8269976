import { userLocation } from '../../base/errors.ts'

/** A field while a function is recorded. */
export interface Field {
  readonly before: unknown
  value: unknown
  isRead: boolean
  isWritten: boolean
  /** Where it was written first. */
  source: string | undefined
  /** Whether it tells; others are taken as read. */
  readonly isIntercepted: boolean
}

/**
 * An object whose own fields tell when they are read or written: for the time of a recording they are accessors. Private `#fields`
 * and getters of the class are as they were.
 */
export class WatchedObject {
  readonly object: Record<string, unknown>
  name: string
  readonly fields = new Map<string, Field>()
  readonly keys: readonly string[]

  constructor(object: object, name: string, onRead: (value: unknown, path: string) => void) {
    this.object = object as Record<string, unknown> // its own string keys are all that is used
    this.name = name
    this.keys = Object.keys(object)
    for (const key of this.keys) this.#intercept(key, onRead)
    if (Object.isExtensible(object) && !(inspectCustom in object))
      Object.defineProperty(object, inspectCustom, { value: printAsBefore(this), configurable: true })
  }

  #intercept(key: string, onRead: (value: unknown, path: string) => void): void {
    const { object } = this
    const descriptor = Object.getOwnPropertyDescriptor(object, key)!
    if (!('value' in descriptor)) return
    const { value } = descriptor as { readonly value: unknown }
    const isIntercepted = descriptor.configurable! && descriptor.writable!
    const isRead = !isIntercepted && descriptor.writable!
    const field: Field = { before: value, value, isRead, isWritten: false, source: undefined, isIntercepted }
    this.fields.set(key, field)
    if (!isIntercepted) return onRead(value, `${this.name}.${key}`)
    const name = (): string => `${this.name}.${key}`
    Object.defineProperty(object, key, {
      configurable: true,
      enumerable: true,
      get: () => {
        if (!field.isWritten) field.isRead = true
        if (typeof field.value === 'object' && field.value !== null) onRead(field.value, name())
        return field.value
      },
      set(this: unknown, next: unknown) {
        if (this !== object) {
          // An object that inherits the field gets its own.
          Object.defineProperty(this, key, { value: next, writable: true, enumerable: true, configurable: true })
          return
        }
        if (!field.isWritten) field.source = userLocation()
        field.isWritten = true
        field.value = next
      },
    })
  }

  /** Ends the interception. */
  restore(): void {
    const { object } = this
    for (const [key, field] of this.fields)
      if (field.isIntercepted && Object.hasOwn(object, key))
        Object.defineProperty(object, key, {
          value: field.value,
          writable: true,
          enumerable: Object.prototype.propertyIsEnumerable.call(object, key),
          configurable: true,
        })
    if (Object.hasOwn(object, inspectCustom)) Reflect.deleteProperty(object, inspectCustom)
  }
}

const inspectCustom = Symbol.for('nodejs.util.inspect.custom')

/** Prints shall show values, not accessors, and a print is no read. */
const printAsBefore =
  ({ object, fields }: WatchedObject) =>
  (_depth: unknown, options: unknown, inspect: (value: unknown, options: unknown) => string): string => {
    const copy = Object.create(Object.getPrototypeOf(object) as object | null) as Record<string, unknown> // filled next
    for (const key of Object.keys(object)) copy[key] = fields.has(key) ? fields.get(key)!.value : object[key]
    return inspect(copy, options)
  }
