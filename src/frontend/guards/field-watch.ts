import { Tensor } from '../tensor.ts'
import type { FrozenValue } from './frozen-value.ts'
import { guardOf, type Guard } from './guard.ts'
import { changeOf, valueText, type GuardFailure } from './guard-failure.ts'
import { isCollection, itemsOf, mostItems, WatchedItems } from './watched-items.ts'
import { WatchedObject, type Field } from './watched-object.ts'

/** A field that the function changed; a compiled call does so too. */
export interface FieldWrite {
  readonly object: Record<string, unknown>
  readonly key: string
  readonly path: string
  readonly value: unknown
  readonly source: string | undefined
}

/** What the fields that a function read and wrote mean for later calls. */
export interface FieldReport {
  readonly guards: readonly Guard[]
  readonly writes: readonly FieldWrite[]
  readonly frozen: readonly FrozenValue[]
}

/** Objects that a function reaches while it is recorded: `this`, arguments that are instances, modules, and what is read from them. */
export class FieldWatch {
  readonly #objects = new Map<object, WatchedObject>()
  readonly #items = new Map<object, WatchedItems>()
  readonly #frozen: FrozenValue[] = []
  readonly #roots = new Set<object>()

  /** Watches an object under the name by which the user knows it. */
  root(value: unknown, name: string): void {
    if (typeof value === 'object' && value !== null) this.#roots.add(value)
    this.reach(value, name)
  }

  readonly reach = (value: unknown, name: string): void => {
    if (typeof value !== 'object' || value === null || value instanceof Tensor) return
    const known = this.#objects.get(value)
    if (known) {
      if (!known.name.includes('.') && !this.#roots.has(value)) known.name = name // a class so far: the way to it is better
      return
    }
    if (this.#items.has(value)) return
    if (isCollection(value)) this.#reachItems(value, name)
    else if (!isScope(value)) this.#objects.set(value, new WatchedObject(value, name, this.reach))
  }

  #reachItems(collection: object, name: string): void {
    const items = itemsOf(collection)
    if (items.length > mostItems) {
      this.#frozen.push({
        kind: 'field',
        value: `${name}, ${valueText(collection)} of ${items.length} items`,
        source: undefined,
        remedy: 'It is too large to be compared at every call: pass what changes in it as an argument',
      })
      return
    }
    this.#items.set(collection, new WatchedItems(collection, name))
    if (!ArrayBuffer.isView(collection)) items.forEach((item, i) => this.reach(item, `${name}[${i}]`))
  }

  restore(): void {
    for (const watched of this.#objects.values()) watched.restore()
  }

  /** Everything that the function read has to be the same at later calls, and what it wrote is written again. After `restore`. */
  report(): FieldReport {
    const guards: Guard[] = []
    const writes: FieldWrite[] = []
    for (const watched of this.#objects.values()) {
      const { object, name, fields, keys } = watched
      const used = [...fields.values()].filter(({ isRead }) => isRead).length
      for (const [key, field] of fields) {
        if (field.isRead) guards.push(fieldGuard(object, key, `${name}.${key}`, field.before))
        if (isChanged(field, object, key))
          writes.push({ object, key, path: `${name}.${key}`, value: object[key], source: field.source })
      }
      for (const key of Object.keys(object))
        if (!fields.has(key)) writes.push({ object, key, path: `${name}.${key}`, value: object[key], source: undefined })
      // One that was read field by field may have been enumerated.
      if (used > 0 && (used === fields.size || this.#roots.has(object))) guards.push(keysGuard(object, name, keys))
    }
    for (const items of this.#items.values()) guards.push(itemsGuard(items))
    return { guards, writes, frozen: this.#frozen }
  }
}

/** Whether an object is the global scope or that of a module. */
const isScope = (object: object): boolean =>
  object === globalThis || Object.prototype.toString.call(object) === '[object Module]'

const isChanged = (field: Field, object: object, key: string): boolean =>
  field.isWritten && Object.hasOwn(object, key) && !(field.isRead && Object.is(field.value, field.before))

function fieldGuard(object: Record<string, unknown>, key: string, path: string, before: unknown): Guard {
  return guardOf(
    `${path} is ${valueText(before)}`,
    () => Object.is(object[key], before),
    object,
    () => fieldFailure(path, changeOf(before, object[key])),
  )
}

function keysGuard(object: object, name: string, keys: readonly string[]): Guard {
  const count = keys.length
  return guardOf(
    `${name} has ${count} fields`,
    () => Object.keys(object).length === count,
    object,
    () => fieldFailure(name, { was: `${count} fields`, now: `${Object.keys(object).length} fields` }),
  )
}

const itemsGuard = (items: WatchedItems): Guard =>
  guardOf(
    `${items.name} is as it was`,
    () => items.isUnchanged,
    items,
    () => fieldFailure(items.name, items.change),
  )

const fieldFailure = (subject: string, change: { readonly was: string; readonly now: string }): GuardFailure => ({
  kind: 'field',
  subject,
  ...change,
})
