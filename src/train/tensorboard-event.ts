import { crc32c } from './crc32c.ts'

/** A number under a name, at a step. */
export interface Scalar {
  readonly tag: string
  readonly value: number
}

/** Bytes of protocol buffers: wire types 0 varint, 1 eight bytes, 2 bytes with their length, 5 four bytes. */
class Message {
  readonly #parts: number[] = []

  varint(field: number, value: number): this {
    this.#tag(field, 0)
    this.#number(value)
    return this
  }

  float64(field: number, value: number): this {
    this.#tag(field, 1)
    return this.#raw(8, (view) => view.setFloat64(0, value, true))
  }

  float32(field: number, value: number): this {
    this.#tag(field, 5)
    return this.#raw(4, (view) => view.setFloat32(0, value, true))
  }

  bytes(field: number, value: Uint8Array): this {
    this.#tag(field, 2)
    this.#number(value.length)
    this.#parts.push(...value)
    return this
  }

  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value))
  }

  finish(): Uint8Array {
    return Uint8Array.from(this.#parts)
  }

  #tag(field: number, wireType: number): void {
    this.#number(field * 8 + wireType)
  }

  #number(value: number): void {
    let rest = value
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.#parts.push((rest % 128) + 128)
    this.#parts.push(rest)
  }

  #raw(byteLength: number, write: (view: DataView) => void): this {
    const bytes = new Uint8Array(byteLength)
    write(new DataView(bytes.buffer))
    this.#parts.push(...bytes)
    return this
  }
}

/** The first event of a file: `Event { double wall_time = 1; string file_version = 3 }`. */
export const versionEvent = (wallSeconds: number): Uint8Array =>
  new Message().float64(1, wallSeconds).text(3, 'brain.Event:2').finish()

/** `Event { double wall_time = 1; int64 step = 2; Summary summary = 5 }`, a summary of values `{ string tag = 1; float simple_value = 2 }`. */
export function scalarEvent(wallSeconds: number, step: number, scalars: readonly Scalar[]): Uint8Array {
  const summary = new Message()
  for (const { tag, value } of scalars) summary.bytes(1, new Message().text(1, tag).float32(2, value).finish())
  return new Message().float64(1, wallSeconds).varint(2, step).bytes(5, summary.finish()).finish()
}

/** An event as a record of the file: its length, the length's checksum, the event, its checksum. @see TensorFlow, lib/io/record_writer.h */
export function recordOfEvent(event: Uint8Array): Uint8Array {
  const record = new Uint8Array(16 + event.length)
  const view = new DataView(record.buffer)
  view.setUint32(0, event.length, true)
  view.setUint32(8, masked(crc32c(record.subarray(0, 8))), true)
  record.set(event, 12)
  view.setUint32(12 + event.length, masked(crc32c(event)), true)
  return record
}

/** Checksums of data that may have checksums in it are turned and moved. */
const masked = (crc: number): number => (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
