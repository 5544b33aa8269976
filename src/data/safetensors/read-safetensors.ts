import { elementCount } from '../../base/shape.ts'
import type { Tensor } from '../../frontend/tensor.ts'
import { decodeElements } from '../elements/decode-elements.ts'
import { elementFormats, type ElementFormat } from '../elements/element-formats.ts'
import { elementTypeUnsupported } from '../elements/errors.ts'
import { tensorOf } from '../elements/tensor-of.ts'
import { bytesExpected, quoted } from '../files/errors.ts'
import {
  safetensorsHeaderInvalid,
  safetensorsNotAdjacent,
  safetensorsSizeWrong,
  safetensorsTrailingBytes,
  safetensorsTruncated,
} from './errors.ts'
import { HeaderFault } from '../files/header-fault.ts'
import { HeaderReader, type Header, type HeaderEntry } from './header.ts'

/** The content of a safetensors file. */
export interface Safetensors {
  /** In the order of the header. Without a prototype, so that every name is as good as any other. */
  readonly tensors: Record<string, Tensor>
  /** Text that was saved with them. */
  readonly metadata: Record<string, string>
}

const lengthBytes = 8
/** A header has some 80 bytes per tensor: room for 400,000. */
const maxHeaderBytes = 2 ** 25

const formatOf: ReadonlyMap<string, ElementFormat> = new Map([
  ['BOOL', 'bool'],
  ['U8', 'uint8'],
  ['I8', 'int8'],
  ['I16', 'int16'],
  ['U16', 'uint16'],
  ['I32', 'int32'],
  ['U32', 'uint32'],
  ['I64', 'int64'],
  ['U64', 'uint64'],
  ['F16', 'float16'],
  ['BF16', 'bfloat16'],
  ['F32', 'float32'],
  ['F64', 'float64'],
])

/**
 * Reads a safetensors file: tensors by name.
 *
 * @param bytes the whole file; the tensors share no memory with it
 * @param name what error messages call it
 * @throws GryphError `SAFETENSORS_…`, `ELEMENT_TYPE_UNSUPPORTED`, `ELEMENT_OUT_OF_RANGE`: then nothing is read
 * @see https://github.com/huggingface/safetensors#format
 */
export function readSafetensors(bytes: Uint8Array, name: string): Safetensors {
  if (!(bytes instanceof Uint8Array)) throw bytesExpected('readSafetensors', name, bytes)
  const dataOffset = headerEnd(bytes, name)
  const { entries, metadata } = parseHeader(bytes.subarray(0, dataOffset), name)
  const formats = entries.map((entry) => checkedFormat(entry, name))
  checkLayout(entries, bytes.length - dataOffset, dataOffset, name)
  const tensors = Object.create(null) as Record<string, Tensor> // filled below
  entries.forEach(({ name: tensor, shape, begin, end }, i) => {
    const format = formats[i]!
    const source = {
      where: 'readSafetensors',
      what: `${quoted(tensor)} of ${name}`,
      byteOffset: dataOffset + begin,
    }
    const elements = decodeElements(bytes.subarray(dataOffset + begin, dataOffset + end), format, true, source)
    tensors[tensor] = tensorOf(elementFormats[format].dtype, shape, elements)
  })
  const texts = Object.create(null) as Record<string, string> // filled below
  for (const [key, value] of metadata) texts[key] = value
  return { tensors, metadata: texts }
}

function headerEnd(bytes: Uint8Array, name: string): number {
  if (bytes.length < lengthBytes)
    throw safetensorsTruncated(name, 'the length of its header', lengthBytes, bytes.length)
  const view = new DataView(bytes.buffer, bytes.byteOffset, lengthBytes)
  const headerBytes = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32
  if (headerBytes > maxHeaderBytes)
    throw safetensorsHeaderInvalid(name, 0, `it declares ${headerBytes} bytes, more than ${maxHeaderBytes}`)
  const end = lengthBytes + headerBytes
  if (bytes.length < end) throw safetensorsTruncated(name, 'its header', end, bytes.length)
  return end
}

function parseHeader(header: Uint8Array, name: string): Header {
  try {
    return new HeaderReader(header, lengthBytes).read()
  } catch (fault) {
    throw fault instanceof HeaderFault ? safetensorsHeaderInvalid(name, fault.at, fault.message) : fault
  }
}

function checkedFormat(entry: HeaderEntry, name: string): ElementFormat {
  const format = formatOf.get(entry.dtype)
  if (format === undefined)
    throw elementTypeUnsupported('readSafetensors', `${quoted(entry.name)} of ${name}`, quoted(entry.dtype))
  // The product may be infinite, and 0 · ∞ is NaN.
  const count = entry.shape.includes(0) ? 0 : elementCount(entry.shape)
  const isSized = entry.end - entry.begin === count * elementFormats[format].itemBytes
  if (!isSized || entry.shape.some((size) => size > 2 ** 31 - 1)) throw safetensorsSizeWrong(name, entry)
  return format
}

/** After this every tensor has bytes of its own, and every byte is some tensor's: no more is allocated than the file is long. */
function checkLayout(entries: readonly HeaderEntry[], dataBytes: number, dataOffset: number, name: string): void {
  let end = 0
  for (const entry of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (entry.begin !== end) throw safetensorsNotAdjacent(name, entry, end)
    end = entry.end
  }
  if (end > dataBytes) throw safetensorsTruncated(name, 'its data', dataOffset + end, dataOffset + dataBytes)
  if (end < dataBytes) throw safetensorsTrailingBytes(name, dataOffset + end, dataOffset + dataBytes)
}
