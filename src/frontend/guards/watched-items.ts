import type { FieldWrite } from './field-watch.ts'

/** Larger collections are not compared at every call. */
export const mostItems = 4096

/** The items of an array, typed array, Map, Set, or of an object whose fields cannot be intercepted. */
export function itemsOf(collection: object): readonly unknown[] {
  if (Array.isArray(collection)) return collection
  if (ArrayBuffer.isView(collection)) return collection as unknown as readonly unknown[] // indexed like an array
  if (collection instanceof Map) return [...collection].flat()
  if (collection instanceof Set) return [...collection]
  return Object.values(collection)
}

export const isCollection = (value: object): boolean =>
  Array.isArray(value) || isTypedArray(value) || value instanceof Map || value instanceof Set

const isTypedArray = (value: object): boolean => ArrayBuffer.isView(value) && 'length' in value

const contents = new WeakMap<object, Record<string, unknown>>()

/** An object whose field `items` is what the collection holds; one for each collection. */
function contentsOf(collection: object): Record<string, unknown> {
  const known = contents.get(collection)
  if (known) return known
  const accessors = {
    get items(): readonly unknown[] {
      return Array.from(itemsOf(collection))
    },
    set items(items: readonly unknown[]) {
      setItems(collection, items)
    },
  }
  contents.set(collection, accessors)
  return accessors
}

function setItems(collection: object, items: readonly unknown[]): void {
  if (collection instanceof Map || collection instanceof Set) collection.clear()
  if (collection instanceof Map) for (let i = 0; i < items.length; i += 2) collection.set(items[i], items[i + 1])
  else if (collection instanceof Set) for (const item of items) collection.add(item)
  else {
    const array = collection as unknown[] // or a typed array, which keeps its length
    if (Array.isArray(collection)) array.length = items.length
    for (let i = 0; i < items.length; i++) array[i] = items[i]
  }
}

/** A collection as it was when a recording reached it. */
export class WatchedItems {
  readonly collection: object
  readonly name: string
  readonly #isArray: boolean
  readonly #before: readonly unknown[]

  constructor(collection: object, name: string) {
    this.collection = collection
    this.name = name
    this.#isArray = Array.isArray(collection)
    this.#before = Array.from(itemsOf(collection))
  }

  get isUnchanged(): boolean {
    const before = this.#before
    const now = this.#isArray ? (this.collection as readonly unknown[]) : itemsOf(this.collection) // as it says
    if (now.length !== before.length) return false
    for (let i = 0; i < before.length; i++) if (now[i] !== before[i] && !Object.is(now[i], before[i])) return false
    return true
  }

  /** The change of its items, as of the field of an object; undefined where there is none. */
  get write(): FieldWrite | undefined {
    if (this.isUnchanged) return undefined
    const object = contentsOf(this.collection)
    const { name: path } = this
    return { object, key: 'items', path, value: object['items'], before: { value: this.#before }, source: undefined }
  }

  /** How it differs from what it was, in words. */
  get change(): { readonly was: string; readonly now: string } {
    const now = itemsOf(this.collection).length
    return this.#before.length === now
      ? { was: `${now} items`, now: 'other items' }
      : { was: `${this.#before.length} items`, now: `${now} items` }
  }
}
