import { elementCount } from '../base/shape.ts'
import type { GraphValue } from '../ir/graph.ts'
import { locate, type Location } from '../ir/materialize.ts'
import type { Buffer } from '../kernel/ir.ts'

/** One buffer per value that lies in memory, named for people, made when first asked for. */
export class BufferTable {
  readonly #buffers = new Map<GraphValue, Buffer>()
  readonly #known: Map<GraphValue, Location>
  readonly #names = new Set<string>()
  /** The number to try next for each name; those below are taken. */
  readonly #nextNumber = new Map<string, number>()

  constructor(known: Map<GraphValue, Location> = new Map<GraphValue, Location>()) {
    this.#known = known
  }

  /** The buffer that holds the value, and how its elements lie there. */
  locate(value: GraphValue): { buffer: Buffer; layout: Location['layout'] } {
    const { base, layout } = locate(value, this.#known)
    return { buffer: this.of(base), layout }
  }

  of(base: GraphValue): Buffer {
    const found = this.#buffers.get(base)
    if (found) return found
    const buffer: Buffer = {
      name: this.#unique(nameOf(base)),
      dtype: base.type.dtype,
      elementCount: elementCount(base.type.shape),
    }
    this.#buffers.set(base, buffer)
    return buffer
  }

  /** Every value that has a buffer. */
  entries(): Iterable<[GraphValue, Buffer]> {
    return this.#buffers.entries()
  }

  #unique(name: string): string {
    let candidate = name
    let next = this.#nextNumber.get(name) ?? 1
    while (this.#names.has(candidate)) candidate = `${name}_${next++}`
    this.#nextNumber.set(name, next)
    this.#names.add(candidate)
    return candidate
  }
}

const nameOf = (value: GraphValue): string => (value.op === 'input' ? value.name : value.op)
