/**
 * Unique names for named objects, which are told apart by identity: the first to ask keeps its name, later ones of the same name get a number.
 * Names are made valid identifiers.
 */
export class NameTable {
  readonly #names = new Map<object, string>()
  readonly #taken: Set<string>

  constructor(reserved: Iterable<string> = []) {
    this.#taken = new Set(reserved)
  }

  nameOf(object: { readonly name: string }): string {
    const known = this.#names.get(object)
    if (known !== undefined) return known
    const name = this.fresh(object.name)
    this.#names.set(object, name)
    return name
  }

  /** A name that nothing else has. */
  fresh(wish: string): string {
    const base = wish.replaceAll(/[^A-Za-z0-9_]/g, '_').replace(/^(?=[0-9]|$)/, '_')
    let name = base
    for (let count = 1; this.#taken.has(name); count++) name = `${base}_${count}`
    this.#taken.add(name)
    return name
  }
}
