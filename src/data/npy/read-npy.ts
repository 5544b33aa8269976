import { contiguousStrides, elementCount } from '../../base/shape.ts'
import { Tensor } from '../../frontend/tensor.ts'
import { Storage } from '../../runtime/storage.ts'
import { decodeElements } from '../elements/decode-elements.ts'
import { elementFormats, type ElementFormat } from '../elements/element-formats.ts'
import { elementTypeUnsupported } from '../elements/errors.ts'
import { tensorOf } from '../elements/tensor-of.ts'
import { bytesExpected, quoted } from '../files/errors.ts'
import { npyBadMagic, npyHeaderInvalid, npyTrailingBytes, npyTruncated } from './errors.ts'
import { HeaderFault } from '../files/header-fault.ts'
import { NpyHeaderReader, type NpyHeader } from './npy-header.ts'

export const npyMagic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59] as const
const versionBytes = 8
/** A plain header has 118 bytes; only those of records, which no tensor is, are long. */
const maxHeaderBytes = 65_536

const formatOf: ReadonlyMap<string, ElementFormat> = new Map([
  ['b1', 'bool'],
  ['u1', 'uint8'],
  ['i1', 'int8'],
  ['i2', 'int16'],
  ['u2', 'uint16'],
  ['i4', 'int32'],
  ['u4', 'uint32'],
  ['i8', 'int64'],
  ['u8', 'uint64'],
  ['f2', 'float16'],
  ['f4', 'float32'],
  ['f8', 'float64'],
])

/**
 * Reads an npy file, as `numpy.save` writes it, of either byte order and either order of the axes.
 *
 * @param bytes the whole file; the tensor shares no memory with it
 * @param name what error messages call it
 * @throws GryphError `NPY_…`, `ELEMENT_TYPE_UNSUPPORTED`, `ELEMENT_OUT_OF_RANGE`
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export const readNpy = (bytes: Uint8Array, name: string): Tensor => parseNpy(bytes, name, 'readNpy')

/** @param where the call to name in messages */
export function parseNpy(bytes: Uint8Array, name: string, where: string): Tensor {
  if (!(bytes instanceof Uint8Array)) throw bytesExpected(where, name, bytes)
  const { start, end } = headerRange(bytes, name, where)
  const { descr, isFortran, shape } = parseHeader(bytes.subarray(start, end), start, name, where)
  const format = formatOf.get(descr.replace(/^[<>|=]/, ''))
  if (format === undefined || !/^[<>|=]/.test(descr)) throw elementTypeUnsupported(where, name, quoted(descr))
  // The product may be infinite, and 0 · ∞ is NaN.
  const count = shape.includes(0) ? 0 : elementCount(shape)
  const dataEnd = end + count * elementFormats[format].itemBytes
  if (bytes.length < dataEnd) throw npyTruncated(where, name, 'its array', dataEnd, bytes.length)
  if (bytes.length > dataEnd) throw npyTrailingBytes(where, name, dataEnd, bytes.length)
  const elements = decodeElements(bytes.subarray(end), format, !descr.startsWith('>'), {
    where,
    what: name,
    byteOffset: end,
  })
  const { dtype } = elementFormats[format]
  if (!isFortran || shape.length < 2) return tensorOf(dtype, shape, elements)
  const layout = { offset: 0, strides: contiguousStrides(shape.toReversed()).toReversed() }
  return tensorOf(dtype, shape, new Tensor({ dtype, shape }, new Storage(dtype, elements), { layout }).copyElements())
}

function headerRange(bytes: Uint8Array, name: string, where: string): { start: number; end: number } {
  const version = bytes[6]
  if (npyMagic.some((byte, i) => i < bytes.length && bytes[i] !== byte)) throw npyBadMagic(where, name)
  if (version !== undefined && (version < 1 || version > 3)) throw npyBadMagic(where, name)
  const start = versionBytes + (version === 1 ? 2 : 4)
  if (bytes.length < start) throw npyTruncated(where, name, 'the length of its header', start, bytes.length)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const headerBytes = version === 1 ? view.getUint16(versionBytes, true) : view.getUint32(versionBytes, true)
  const end = start + headerBytes
  if (bytes.length < end) throw npyTruncated(where, name, 'its header', end, bytes.length)
  if (headerBytes > maxHeaderBytes)
    throw npyHeaderInvalid(where, name, versionBytes, `it has ${headerBytes} bytes, more than ${maxHeaderBytes}`)
  return { start, end }
}

function parseHeader(header: Uint8Array, start: number, name: string, where: string): NpyHeader {
  const text = Array.from(header, (byte) => String.fromCharCode(byte)).join('')
  try {
    return new NpyHeaderReader(text).read()
  } catch (fault) {
    throw fault instanceof HeaderFault ? npyHeaderInvalid(where, name, start + fault.at, fault.message) : fault
  }
}
