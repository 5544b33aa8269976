const scratch = new DataView(new ArrayBuffer(8))

/** Grows a list of bytes in the encodings of the WebAssembly binary format. */
export class ByteWriter {
  readonly bytes: number[] = []

  byte(value: number): void {
    this.bytes.push(value & 0xff)
  }

  /** LEB128 of an integer in 0 … 2³²−1. */
  unsigned(value: number): void {
    let rest = value
    while (rest >= 0x80) {
      this.bytes.push((rest % 0x80) | 0x80)
      rest = Math.floor(rest / 0x80)
    }
    this.bytes.push(rest)
  }

  /** Signed LEB128 of an i32. */
  signed(value: number): void {
    let rest = value | 0
    // Ends once what is left is the sign of the last group's bit 6.
    while (rest < -0x40 || rest > 0x3f) {
      this.bytes.push((rest & 0x7f) | 0x80)
      rest >>= 7
    }
    this.bytes.push(rest & 0x7f)
  }

  float32(value: number): void {
    scratch.setFloat32(0, value, true)
    this.scratchBytes(4)
  }

  float64(value: number): void {
    scratch.setFloat64(0, value, true)
    this.scratchBytes(8)
  }

  word(value: number): void {
    scratch.setInt32(0, value, true)
    this.scratchBytes(4)
  }

  text(value: string): void {
    const encoded = new TextEncoder().encode(value)
    this.unsigned(encoded.length)
    for (const byte of encoded) this.bytes.push(byte)
  }

  /** Length, then the bytes. */
  sized(contents: ByteWriter): void {
    this.unsigned(contents.bytes.length)
    for (const byte of contents.bytes) this.bytes.push(byte)
  }

  vector<T>(items: readonly T[], write: (item: T) => void): void {
    this.unsigned(items.length)
    items.forEach(write)
  }

  private scratchBytes(count: number): void {
    for (let i = 0; i < count; i++) this.bytes.push(scratch.getUint8(i))
  }
}
