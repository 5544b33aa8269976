const utf8 = new TextEncoder()

/** Writes the fields of one protobuf message. Content is kept as it is given and copied once, by `bytes()`. */
export class MessageWriter {
  readonly #parts: (Uint8Array | readonly number[])[] = []
  #length = 0

  int(field: number, value: number): void {
    this.#tag(field, 0)
    this.#varint(value)
  }

  float(field: number, value: number): void {
    this.#tag(field, 5)
    const bytes = new Uint8Array(4)
    new DataView(bytes.buffer).setFloat32(0, value, true)
    this.#add(bytes)
  }

  bytes(field: number, content: Uint8Array): void {
    this.#tag(field, 2)
    this.#varint(content.length)
    this.#add(content)
  }

  text(field: number, content: string): void {
    this.bytes(field, utf8.encode(content))
  }

  message(field: number, write: (inner: MessageWriter) => void): void {
    const inner = new MessageWriter()
    write(inner)
    this.#tag(field, 2)
    this.#varint(inner.#length)
    for (const part of inner.#parts) this.#add(part)
  }

  finish(): Uint8Array {
    const bytes = new Uint8Array(this.#length)
    let at = 0
    for (const part of this.#parts) {
      bytes.set(part, at)
      at += part.length
    }
    return bytes
  }

  #tag(field: number, wireType: number): void {
    this.#varint(field * 8 + wireType)
  }

  #varint(value: number): void {
    const bytes: number[] = []
    let rest = BigInt.asUintN(64, int64Of(value))
    for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
    bytes.push(Number(rest))
    this.#add(bytes)
  }

  #add(part: Uint8Array | readonly number[]): void {
    this.#parts.push(part)
    this.#length += part.length
  }
}

const [lowest, highest] = [-(2n ** 63n), 2n ** 63n - 1n]

function int64Of(value: number): bigint {
  const exact = BigInt(value)
  return exact < lowest ? lowest : exact > highest ? highest : exact
}
