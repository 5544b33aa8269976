const encoder = new TextEncoder()
const scratch = new DataView(new ArrayBuffer(8))
const scratchBytes = new Uint8Array(scratch.buffer)

/** Grows a run of bytes in the encodings of the WebAssembly binary format. */
export class ByteWriter {
  #bytes = new Uint8Array(1024)
  #length = 0

  /** What was written so far; later writes do not change it. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length)
  }

  byte(value: number): void {
    if (this.#length === this.#bytes.length) this.#grow(1)
    this.#bytes[this.#length++] = value
  }

  /** LEB128 of an integer in 0 … 2³²−1. */
  unsigned(value: number): void {
    if (value < 0x80) return this.byte(value)
    let rest = value
    while (rest >= 0x80) {
      this.byte((rest % 0x80) | 0x80)
      rest = Math.floor(rest / 0x80)
    }
    this.byte(rest)
  }

  /** Signed LEB128 of an i32. */
  signed(value: number): void {
    let rest = value | 0
    // Ends once what is left is the sign of the last group's bit 6.
    while (rest < -0x40 || rest > 0x3f) {
      this.byte((rest & 0x7f) | 0x80)
      rest >>= 7
    }
    this.byte(rest & 0x7f)
  }

  float32(value: number): void {
    scratch.setFloat32(0, value, true)
    this.#append(scratchBytes, 4)
  }

  float64(value: number): void {
    scratch.setFloat64(0, value, true)
    this.#append(scratchBytes, 8)
  }

  word(value: number): void {
    scratch.setInt32(0, value, true)
    this.#append(scratchBytes, 4)
  }

  text(value: string): void {
    const encoded = encoder.encode(value)
    this.unsigned(encoded.length)
    this.#append(encoded, encoded.length)
  }

  /** Length, then the bytes. */
  sized(contents: ByteWriter): void {
    this.unsigned(contents.#length)
    this.#append(contents.#bytes, contents.#length)
  }

  vector<T>(items: readonly T[], write: (item: T) => void): void {
    this.unsigned(items.length)
    items.forEach(write)
  }

  #append(bytes: Uint8Array, count: number): void {
    if (this.#length + count > this.#bytes.length) this.#grow(count)
    // A subarray costs more than copying a few bytes.
    if (count <= 8) for (let i = 0; i < count; i++) this.#bytes[this.#length + i] = bytes[i]!
    else this.#bytes.set(bytes.subarray(0, count), this.#length)
    this.#length += count
  }

  #grow(by: number): void {
    const grown = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length + by))
    grown.set(this.#bytes)
    this.#bytes = grown
  }
}
