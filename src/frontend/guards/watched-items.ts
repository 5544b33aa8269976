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

  /** Puts back what it was; an array, which functions push to. */
  rollBack(): void {
    if (Array.isArray(this.collection) && !this.isUnchanged) this.collection.splice(0, Infinity, ...this.#before)
  }

  /** How it differs from what it was, in words. */
  get change(): { readonly was: string; readonly now: string } {
    const now = itemsOf(this.collection).length
    return this.#before.length === now
      ? { was: `${now} items`, now: 'other items' }
      : { was: `${this.#before.length} items`, now: `${now} items` }
  }
}
