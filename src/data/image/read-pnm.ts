import { dtypeInfo } from '../../base/dtype.ts'
import type { Tensor } from '../../frontend/tensor.ts'
import { tensorOf } from '../elements/tensor-of.ts'
import { imageInvalid, imageTruncated, imageUnsupported } from './errors.ts'

/** P2 and P5 are gray, P3 and P6 have colours; of P5 and P6 the pixels are bytes, not text. */
export const isPnm = (bytes: Uint8Array): boolean =>
  bytes[0] === 0x50 && /^[2356]$/.test(String.fromCharCode(bytes[1] ?? 0))

/** Reads numbers apart by white space, with comments between them. */
class PnmReader {
  readonly #bytes: Uint8Array
  readonly #name: string
  at = 2

  constructor(bytes: Uint8Array, name: string) {
    this.#bytes = bytes
    this.#name = name
  }

  number(part: string, most: number): number {
    this.#skipSpace()
    const start = this.at
    let value = 0
    for (
      let byte = this.#bytes[this.at];
      byte !== undefined && byte >= 0x30 && byte <= 0x39;
      byte = this.#bytes[this.at]
    ) {
      value = value * 10 + byte - 0x30
      this.at++
      if (value > most) throw imageInvalid(this.#name, start, `expected ${part} of at most ${most}`)
    }
    if (this.at > start) return value
    if (start >= this.#bytes.length) throw imageTruncated(this.#name, part, this.#bytes.length)
    throw imageInvalid(this.#name, start, `expected ${part}`)
  }

  /** Where the pixels begin: one byte of white space behind the header. */
  pixels(): number {
    if (this.at >= this.#bytes.length) throw imageTruncated(this.#name, 'its header', this.#bytes.length)
    if (!isSpace(this.#bytes[this.at]!))
      throw imageInvalid(this.#name, this.at, 'expected white space behind the header')
    return this.at + 1
  }

  /** Nothing but white space may follow. */
  end(): void {
    while (isSpace(this.#bytes[this.at] ?? 0)) this.at++
    if (this.at < this.#bytes.length) throw imageInvalid(this.#name, this.at, 'expected the end of the file')
  }

  #skipSpace(): void {
    for (;;) {
      const byte = this.#bytes[this.at]
      if (byte === 0x23) while (this.at < this.#bytes.length && this.#bytes[this.at] !== 0x0a) this.at++
      else if (byte === undefined || !isSpace(byte)) return
      else this.at++
    }
  }
}

const isSpace = (byte: number): boolean => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)

/** Reads a PGM or PPM image. @see https://netpbm.sourceforge.net/doc/ppm.html */
export function readPnm(bytes: Uint8Array, name: string): Tensor {
  const form = bytes[1]! - 0x30
  const channels = form === 3 || form === 6 ? 3 : 1
  const reader = new PnmReader(bytes, name)
  const [width, height] = [reader.number('its width', 2 ** 31 - 1), reader.number('its height', 2 ** 31 - 1)]
  const most = reader.number('its largest value', 65535)
  if (most !== 255 && most !== 65535) throw imageUnsupported(name, `values from 0 to ${most}`)
  const dtype = most === 255 ? 'uint8' : 'int32'
  const shape = [height, width, channels]
  const count = height * width * channels
  const itemBytes = most === 255 ? 1 : 2
  const isText = form < 4
  const start = isText ? reader.at : reader.pixels()
  // Before anything is allocated. As text, every value but the last has a digit and a space.
  const needed = isText ? 2 * count - 1 : itemBytes * count
  if (bytes.length - start < needed) throw imageTruncated(name, `its ${width} × ${height} pixels`, bytes.length)
  const elements = new dtypeInfo[dtype].array(count)
  if (isText) {
    for (let i = 0; i < count; i++) elements[i] = reader.number('a value', most)
    reader.end()
    return tensorOf(dtype, shape, elements)
  }
  if (bytes.length - start > needed) throw imageInvalid(name, start + needed, 'expected the end of the file')
  if (itemBytes === 1) elements.set(bytes.subarray(start))
  else for (let i = 0; i < count; i++) elements[i] = bytes[start + 2 * i]! * 256 + bytes[start + 2 * i + 1]!
  return tensorOf(dtype, shape, elements)
}
