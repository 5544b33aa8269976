import { isPlainObject } from '../hybridize/template.ts'
import { Tensor } from '../tensor.ts'
import { FieldGuards } from './field-guards.ts'
import type { FrozenValue } from './frozen-value.ts'
import { guardOf, type Guard } from './guard.ts'
import { valueText } from './guard-failure.ts'
import { isCollection, itemsOf, mostItems, WatchedItems } from './watched-items.ts'
import { WatchedObject, type Field } from './watched-object.ts'

/** A field that the function changed; a compiled call does so too. */
export interface FieldWrite {
  readonly object: Record<string, unknown>
  readonly key: string
  readonly path: string
  readonly value: unknown
  /** What it was; undefined where there was no such field. */
  readonly before: { readonly value: unknown } | undefined
  readonly source: string | undefined
}

/** What the fields that a function read and wrote mean for later calls. */
export interface FieldReport {
  readonly guards: FieldGuards
  readonly writes: readonly FieldWrite[]
  readonly frozen: readonly FrozenValue[]
}

/** Objects that a function reaches while it is recorded: `this`, arguments that are instances, modules, and what is read from them. */
export class FieldWatch {
  readonly #objects = new Map<object, WatchedObject>()
  readonly #items = new Map<object, WatchedItems>()
  readonly #frozen: FrozenValue[] = []
  readonly #roots = new Set<object>()
  readonly #enumerated = new Set<object>()

  /** Watches an object under the name by which the user knows it. */
  root(value: unknown, name: string): void {
    if (typeof value === 'object' && value !== null) this.#roots.add(value)
    this.reach(value, name)
  }

  readonly reach = (value: unknown, name: string): void => {
    if (typeof value !== 'object' || value === null || value instanceof Tensor || isScope(value)) return
    const known = this.#objects.get(value)
    if (known) {
      if (!known.name.includes('.') && !this.#roots.has(value)) known.name = name // a class so far: the way to it is better
      return
    }
    if (this.#items.has(value)) return
    if (isCollection(value)) this.#reachItems(value, name)
    else if (Object.keys(value).length > mostItems) this.#tooLarge(value, name, Object.keys(value).length)
    else this.#objects.set(value, new WatchedObject(value, name, this.reach))
  }

  #tooLarge(object: object, name: string, count: number): void {
    const remedy = 'It is too large to be compared at every call: pass what changes in it as an argument'
    this.#frozen.push({
      kind: 'field',
      value: `${name}, ${valueText(object)} with ${count} items`,
      source: undefined,
      remedy,
    })
  }

  #reachItems(collection: object, name: string): void {
    const items = itemsOf(collection)
    if (items.length > mostItems) return this.#tooLarge(collection, name, items.length)
    this.#items.set(collection, new WatchedItems(collection, name))
    if (!ArrayBuffer.isView(collection)) items.forEach((item, i) => this.reach(item, `${name}[${i}]`))
  }

  restore(): void {
    for (const watched of this.#objects.values()) watched.restore()
  }

  /** Tells that the function asked for all fields of an object, also those that come later. */
  noteEnumeration(object: object): void {
    this.#enumerated.add(object)
  }

  /** Puts objects back as they were before the function ran. After `restore`. */
  rollBack(): void {
    for (const { object, key, before } of this.writes()) {
      if (before) object[key] = before.value
      else Reflect.deleteProperty(object, key)
    }
  }

  /** Everything that the function read has to be the same at later calls, and what it wrote is written again. After `restore`. */
  report(): FieldReport {
    const guards = new FieldGuards()
    for (const watched of this.#objects.values()) {
      const { object, name, fields, keys } = watched
      for (const [key, { isRead, before }] of fields) if (isRead) guards.field(object, key, before, `${name}.${key}`)
      if (this.#isEnumerated(watched)) guards.other(keysGuard(object, name, keys))
    }
    for (const items of this.#items.values()) guards.other(itemsGuard(items))
    const writes = this.writes()
    // A field that it added it may have asked for before.
    for (const { object, key, path, before } of writes) if (!before) guards.field(object, key, undefined, path)
    return { guards, writes, frozen: this.#frozen }
  }

  /** What the function changed. After `restore`. */
  writes(): FieldWrite[] {
    const fields = [...this.#objects.values()].flatMap(({ object, name, fields }) =>
      Object.keys(object).flatMap((key): FieldWrite[] => {
        const field = fields.get(key)
        if (field && !isChanged(field)) return []
        const before = field && { value: field.before }
        return [{ object, key, path: `${name}.${key}`, value: object[key], before, source: field?.source }]
      }),
    )
    return [...fields, ...[...this.#items.values()].flatMap(({ write }) => write ?? [])]
  }

  /** An object of the user's own that was read field by field may have been enumerated. */
  #isEnumerated({ object, fields }: WatchedObject): boolean {
    if (this.#enumerated.has(object)) return true
    if (!isPlainObject(object)) return false
    return fields.size > 0 && [...fields.values()].every(({ isRead }) => isRead)
  }
}

/** Whether an object is the global scope or that of a module. */
const isScope = (object: object): boolean =>
  object === globalThis || Object.prototype.toString.call(object) === '[object Module]'

const isChanged = ({ isWritten, isRead, value, before }: Field): boolean =>
  isWritten && !(isRead && Object.is(value, before))

function keysGuard(object: object, name: string, keys: readonly string[]): Guard {
  const count = keys.length
  return guardOf(
    `${name} has ${count} fields`,
    () => countOf(object) === count,
    object,
    () => ({ kind: 'field', subject: name, was: `${count} fields`, now: `${countOf(object)} fields` }),
  )
}

function countOf(object: object): number {
  let count = 0
  for (const key in object) if (Object.hasOwn(object, key)) count++
  return count
}

const itemsGuard = (items: WatchedItems): Guard =>
  guardOf(
    `${items.name} has the items it had`,
    () => items.isUnchanged,
    items,
    () => ({ kind: 'field', subject: items.name, ...items.change }),
  )
