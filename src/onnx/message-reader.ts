import { onnxDamaged, onnxTooLarge } from './errors.ts'

/** The file that messages are read from, and what may still be read of it: its size bounds the memory that the result takes. */
export interface Source {
  readonly bytes: Uint8Array
  readonly view: DataView
  readonly name: string
  itemsLeft: number
}

/** Far above what models have; a hostile file reaches it with a few MB. */
const mostItems = 2 ** 21
/** Of messages in messages: a graph in an attribute of a node of a graph is three deeper. */
const deepest = 100

const wire = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const
const utf8 = new TextDecoder('utf-8', { fatal: true })

export const sourceOf = (bytes: Uint8Array, name: string): Source => ({
  bytes,
  view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  name,
  itemsLeft: mostItems,
})

/**
 * Reads the fields of one protobuf message. After `next()` the field's content is read by exactly one method, or passed over by the
 * following `next()`. Every read stays within the message.
 */
export class MessageReader {
  readonly source: Source
  readonly start: number
  field = 0
  #wireType = 0
  #at: number
  /** Where the content of the present field begins. */
  #content = 0
  readonly #end: number
  readonly #depth: number

  constructor(source: Source, start = 0, end = source.bytes.length, depth = 0) {
    this.source = source
    this.start = start
    this.#at = start
    this.#end = end
    this.#depth = depth
  }

  /** Goes to the next field, if there is one. */
  next(): boolean {
    if (this.#at >= this.#end) return false
    const tagAt = this.#at
    const [low, high] = this.#varint()
    this.field = low >>> 3
    this.#wireType = low & 7
    if (this.field === 0 || high !== 0) throw this.damaged('there is no such field', tagAt)
    this.#content = this.#at
    this.#at = this.#contentEnd(tagAt)
    return true
  }

  /** A fresh reader of this message from its beginning. */
  again(): MessageReader {
    return new MessageReader(this.source, this.start, this.#end, this.#depth)
  }

  /** The nearest number to a signed 64-bit integer. */
  int(): number {
    this.#require(wire.varint)
    return this.#rewound(() => this.#int())
  }

  float(): number {
    this.#require(wire.fixed32)
    return this.source.view.getFloat32(this.#content, true)
  }

  /** Bytes of the file, not a copy. */
  bytes(): Uint8Array {
    this.#require(wire.bytes)
    return this.source.bytes.subarray(
      this.#rewound(() => (this.#varint(), this.#at)),
      this.#at,
    )
  }

  text(): string {
    try {
      return utf8.decode(this.bytes())
    } catch (error) {
      if (error instanceof TypeError) throw this.damaged('this text is not UTF-8')
      throw error
    }
  }

  message(): MessageReader {
    this.#require(wire.bytes)
    this.count()
    if (this.#depth >= deepest)
      throw onnxTooLarge(this.source.name, this.#content, `more than ${deepest} messages in each other`)
    const start = this.#rewound(() => (this.#varint(), this.#at))
    return new MessageReader(this.source, start, this.#at, this.#depth + 1)
  }

  /** Calls `take` for each of the field's integers: one, or several that are packed. */
  eachInt(take: (value: number, low: number, high: number) => void): void {
    if (this.#wireType === wire.varint)
      return this.#rewound(() => {
        const [low, high] = this.#varint()
        take(numberOf(low, high), low, high)
      })
    this.#require(wire.bytes)
    const end = this.#at
    this.#rewound(() => {
      this.#varint()
      while (this.#at < end) {
        const [low, high] = this.#varint(end)
        take(numberOf(low, high), low, high)
      }
    })
  }

  /** The same for numbers of `itemBytes`; `take` is given where each is. */
  eachFixed(itemBytes: 4 | 8, take: (byteOffset: number) => void): void {
    if (this.#wireType === (itemBytes === 4 ? wire.fixed32 : wire.fixed64)) return take(this.#content)
    const { length, byteOffset } = this.bytes()
    if (length % itemBytes !== 0) throw this.damaged(`${length} bytes are no numbers of ${itemBytes} bytes`)
    const first = byteOffset - this.source.bytes.byteOffset
    for (let at = first; at < first + length; at += itemBytes) take(at)
  }

  /** Takes note of one more thing that the result holds. */
  count(): void {
    if (this.source.itemsLeft-- <= 0)
      throw onnxTooLarge(this.source.name, this.#content, `more than ${mostItems} nodes, values and attributes`)
  }

  /** The error for what is wrong here, by default in the present field. */
  damaged(reason: string, byteOffset = this.#content) {
    return onnxDamaged(this.source.name, byteOffset, reason)
  }

  #require(wireType: number): void {
    if (this.#wireType !== wireType)
      throw this.damaged(`field ${this.field} has wire type ${this.#wireType}, not ${wireType}`)
  }

  /** Reads the present field's content; the following field stays the next one. */
  #rewound<T>(read: () => T): T {
    const after = this.#at
    this.#at = this.#content
    const result = read()
    this.#at = after
    return result
  }

  #contentEnd(tagAt: number): number {
    let end: number
    switch (this.#wireType) {
      case wire.varint:
        this.#varint()
        return this.#at
      case wire.fixed64:
        end = this.#at + 8
        break
      case wire.fixed32:
        end = this.#at + 4
        break
      case wire.bytes: {
        const [low, high] = this.#varint()
        end = this.#at + low + high * 2 ** 32
        break
      }
      default:
        throw this.damaged(`there is no wire type ${this.#wireType}`, tagAt)
    }
    if (end > this.#end)
      throw this.damaged(`field ${this.field} ends at byte ${end}, what it is part of at ${this.#end}`, tagAt)
    return end
  }

  #int(): number {
    const [low, high] = this.#varint()
    return numberOf(low, high)
  }

  /** The two halves, unsigned. */
  #varint(end = this.#end): readonly [low: number, high: number] {
    const { bytes } = this.source
    const start = this.#at
    let low = 0
    let high = 0
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.#at >= end) throw this.damaged('a number is cut off', start)
      const byte = bytes[this.#at++]!
      const bits = byte & 127
      if (shift < 28) low |= bits << shift
      else if (shift === 28) {
        low |= bits << 28
        high |= bits >>> 4
      } else if (shift < 63) high |= bits << (shift - 32)
      else if (bits > 1) throw this.damaged('a number has more than 64 bits', start)
      else high |= bits << 31
      if (byte < 128) return [low >>> 0, high >>> 0]
    }
    throw this.damaged('a number has more than 64 bits', start)
  }
}

const numberOf = (low: number, high: number): number => (high | 0) * 2 ** 32 + low
