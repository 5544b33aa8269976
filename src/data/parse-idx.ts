import { decodeElements } from './elements/decode-elements.ts'
import { idxBadMagic, idxHeaderTruncated, idxTrailingBytes, idxTruncated, idxUnsupportedType } from './errors.ts'
import type { IdxArray, IdxDType, IdxHeader } from './idx.ts'

const magicBytes = 4
const sizeBytes = 4

const dtypeOfCode: ReadonlyMap<number, IdxDType> = new Map([
  [0x08, 'uint8'],
  [0x0c, 'int32'],
  [0x0d, 'float32'],
  [0x0e, 'float64'],
])
const itemBytes: Readonly<Record<IdxDType, number>> = { uint8: 1, int32: 4, float32: 4, float64: 8 }

/** The longest header: the magic number and 255 sizes. */
export const maxHeaderBytes = magicBytes + 255 * sizeBytes

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Reads the magic number and the sizes; allocates nothing that the header asks for. */
export function parseIdxHeader(bytes: Uint8Array, name: string): IdxHeader {
  if (bytes.length < magicBytes) throw idxHeaderTruncated(name, bytes.length, magicBytes)
  const view = viewOf(bytes)
  if (view.getUint16(0) !== 0) throw idxBadMagic(name, view.getUint32(0))
  const code = view.getUint8(2)
  const rank = view.getUint8(3)
  const dtype = dtypeOfCode.get(code)
  if (dtype === undefined) throw idxUnsupportedType(name, code)
  const headerBytes = magicBytes + rank * sizeBytes
  if (bytes.length < headerBytes) throw idxHeaderTruncated(name, bytes.length, headerBytes)
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(magicBytes + axis * sizeBytes))
  // The product of the other sizes may be infinite, and 0 · ∞ is NaN.
  const elementCount = shape.includes(0) ? 0 : shape.reduce((product, size) => product * size, 1)
  return { dtype, shape, elementCount, headerBytes, totalBytes: headerBytes + elementCount * itemBytes[dtype] }
}

/** Reads an IDX file that is not compressed. The result shares no memory with `bytes`. */
export function parseIdx(bytes: Uint8Array, name: string): IdxArray {
  const header = parseIdxHeader(bytes, name)
  const { dtype, shape, headerBytes, totalBytes } = header
  // After this check the declared sizes are known to fit the bytes that are there.
  if (bytes.length < totalBytes) throw idxTruncated(name, header, bytes.length)
  if (bytes.length > totalBytes) throw idxTrailingBytes(name, header, bytes.length - totalBytes)

  const data = decodeElements(bytes.subarray(headerBytes), dtype, false, {
    where: 'readIdx',
    what: name,
    byteOffset: headerBytes,
  })
  return { shape, dtype, data } as IdxArray // an array of that dtype
}
