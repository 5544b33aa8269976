/** Bytes that are no module of ours, and where. */
export class DecodeFault extends Error {
  readonly byteOffset: number

  constructor(byteOffset: number, message: string) {
    super(`${message} at byte ${byteOffset}`)
    this.byteOffset = byteOffset
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true })

/** Reads the encodings of the WebAssembly binary format; never past the end. */
export class ByteReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at: number
  readonly #end: number

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#at = start
    this.#end = end
  }

  get position(): number {
    return this.#at
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#end
  }

  fault(message: string): DecodeFault {
    return new DecodeFault(this.#at, message)
  }

  byte(): number {
    return this.#bytes[this.#take(1)]!
  }

  /** LEB128 of an integer in 0 … 2³²−1. */
  unsigned(): number {
    let [value, scale] = [0, 1]
    for (let i = 0; i < 5; i++) {
      const byte = this.byte()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
      scale *= 0x80
    }
    throw this.fault('an integer is too long')
  }

  /** Signed LEB128 of an i32. */
  signed(): number {
    let [value, shift] = [0, 0]
    for (let i = 0; i < 5; i++) {
      const byte = this.byte()
      value |= (byte & 0x7f) << shift
      shift += 7
      if (byte < 0x80) return shift < 32 && byte & 0x40 ? value | (-1 << shift) : value
    }
    throw this.fault('an integer is too long')
  }

  float32(): number {
    return this.#view.getFloat32(this.#take(4), true)
  }

  float64(): number {
    return this.#view.getFloat64(this.#take(8), true)
  }

  word(): number {
    return this.#view.getInt32(this.#take(4), true)
  }

  text(): string {
    const length = this.unsigned()
    const start = this.#take(length)
    try {
      return decoder.decode(this.#bytes.subarray(start, start + length))
    } catch {
      throw this.fault('a name is no UTF-8')
    }
  }

  /** The next so many bytes, to be read on their own. */
  part(): ByteReader {
    const length = this.unsigned()
    const start = this.#take(length)
    return new ByteReader(this.#bytes, start, start + length)
  }

  vector<T>(read: () => T): T[] {
    const items: T[] = []
    for (let left = this.unsigned(); left > 0; left--) items.push(read())
    return items
  }

  #take(count: number): number {
    const start = this.#at
    if (count > this.#end - start) throw this.fault('the bytes end too early')
    this.#at += count
    return start
  }
}
