import { dtypeInfo, type TypedArray } from '../../base/dtype.ts'
import { elementFormats, type ElementFormat } from './element-formats.ts'
import { elementOutOfRange } from './errors.ts'

/** Where elements come from, for messages. */
export interface ElementSource {
  readonly where: string
  /** For instance `model.safetensors: tensor 'weight'`. */
  readonly what: string
  /** Position in the file of the first element. */
  readonly byteOffset: number
}

const isHostLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

/**
 * The elements that `bytes` holds, all of them, in a fresh array of the format's dtype. Every value stays what it was: integers wider than 32
 * bits, and bools, are checked.
 *
 * @throws ELEMENT_OUT_OF_RANGE
 */
export function decodeElements(
  bytes: Uint8Array,
  format: ElementFormat,
  isLittleEndian: boolean,
  source: ElementSource,
): TypedArray {
  const { itemBytes, dtype } = elementFormats[format]
  const { array } = dtypeInfo[dtype]
  const count = bytes.length / itemBytes
  if (format === dtype) {
    const elements = new array(count)
    const target = new Uint8Array(elements.buffer)
    target.set(bytes)
    if (isLittleEndian !== isHostLittleEndian) reverseItems(target, itemBytes)
    if (format === 'bool') checkBools(target, source)
    return elements
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const elements = new array(count)
  const read = readers[format]
  for (let i = 0; i < count; i++) {
    const value = read(view, i * itemBytes, isLittleEndian)
    // A number that int32 has no room for comes back as NaN, which no integer is.
    if (value !== value && dtype === 'int32')
      throw elementOutOfRange(source, i, i * itemBytes, wideText(view, i * itemBytes, format, isLittleEndian))
    elements[i] = value
  }
  return elements
}

function reverseItems(bytes: Uint8Array, itemBytes: number): void {
  if (itemBytes === 1) return
  for (let at = 0; at < bytes.length; at += itemBytes) bytes.subarray(at, at + itemBytes).reverse()
}

function checkBools(bytes: Uint8Array, source: ElementSource): void {
  const odd = bytes.findIndex((byte) => byte > 1)
  if (odd >= 0) throw elementOutOfRange(source, odd, odd, `the byte ${bytes[odd]}`, 'bool')
}

type Reader = (view: DataView, at: number, isLittleEndian: boolean) => number

const ownReader: Reader = () => {
  throw new Error('copied, not read')
}

const readers: Readonly<Record<ElementFormat, Reader>> = {
  bool: ownReader,
  uint8: ownReader,
  int32: ownReader,
  float32: ownReader,
  float64: ownReader,
  int8: (view, at) => view.getInt8(at),
  int16: (view, at, little) => view.getInt16(at, little),
  uint16: (view, at, little) => view.getUint16(at, little),
  uint32: (view, at, little) => {
    const value = view.getInt32(at, little)
    return value >= 0 ? value : NaN
  },
  int64: (view, at, little) => {
    const low = view.getInt32(little ? at : at + 4, little)
    return view.getInt32(little ? at + 4 : at, little) === low >> 31 ? low : NaN
  },
  uint64: (view, at, little) => {
    const low = view.getInt32(little ? at : at + 4, little)
    return low >= 0 && view.getInt32(little ? at + 4 : at, little) === 0 ? low : NaN
  },
  float16: (view, at, little) => float16(view.getUint16(at, little)),
  bfloat16: (view, at, little) => float32OfBits(view.getUint16(at, little) << 16),
}

/** IEEE 754 binary16: 1 sign, 5 exponent and 10 fraction bits. Every value is a float32. */
function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

const scratch = new DataView(new ArrayBuffer(4))

function float32OfBits(bits: number): number {
  scratch.setInt32(0, bits)
  return scratch.getFloat32(0)
}

function wideText(view: DataView, at: number, format: ElementFormat, little: boolean): string {
  if (format === 'uint32') return String(view.getUint32(at, little))
  return String(format === 'int64' ? view.getBigInt64(at, little) : view.getBigUint64(at, little))
}
