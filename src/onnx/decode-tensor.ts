import { elementCount } from '../base/shape.ts'
import { elementFormats } from '../data/elements/element-formats.ts'
import { dataTypeText, elementTypeOf } from './element-types.ts'
import { onnxElementType, onnxExternalData, onnxTensorInvalid } from './errors.ts'
import type { MessageReader } from './message-reader.ts'
import type { OnnxElementType, OnnxTensor } from './model.ts'

const field = {
  dims: 1,
  dataType: 2,
  floatData: 4,
  int32Data: 5,
  int64Data: 7,
  name: 8,
  rawData: 9,
  doubleData: 10,
  uint64Data: 11,
  dataLocation: 14,
} as const

/** The field that has the elements where they are not raw. */
const typedField: Readonly<Record<OnnxElementType, number>> = {
  float32: field.floatData,
  float64: field.doubleData,
  int64: field.int64Data,
  uint32: field.uint64Data,
  uint64: field.uint64Data,
  int32: field.int32Data,
  int16: field.int32Data,
  int8: field.int32Data,
  uint16: field.int32Data,
  uint8: field.int32Data,
  bool: field.int32Data,
  // As their bits.
  float16: field.int32Data,
  bfloat16: field.int32Data,
}

const mostDimensions = 64
const largestSize = 2 ** 31 - 1

/** Reads a TensorProto. What its shape declares is compared with what is there before anything is allocated. */
export function decodeTensor(reader: MessageReader): OnnxTensor {
  const dims: number[] = []
  let dataType = 0
  let name = ''
  let raw: Uint8Array | undefined
  let isExternal = false
  const { start, source } = reader
  const invalid = (reason: string) => onnxTensorInvalid(source.name, start, name, reason)
  while (reader.next()) {
    if (reader.field === field.dims)
      reader.eachInt((size) => {
        if (dims.length >= mostDimensions) throw invalid(`has more than ${mostDimensions} dimensions`)
        dims.push(size)
      })
    else if (reader.field === field.dataType) dataType = reader.int()
    else if (reader.field === field.name) name = reader.text()
    else if (reader.field === field.rawData) raw = reader.bytes()
    else if (reader.field === field.dataLocation) isExternal = reader.int() === 1
  }
  if (isExternal) throw onnxExternalData(source.name, start, name)
  const elementType = elementTypeOf(dataType)
  if (elementType === undefined) throw onnxElementType(source.name, start, name, dataTypeText(dataType))
  const odd = dims.find((size) => size < 0 || size > largestSize)
  if (odd !== undefined) throw invalid(`has a dimension of size ${odd}`)
  // The product may be infinite, and 0 · ∞ is NaN.
  const count = dims.includes(0) ? 0 : elementCount(dims)
  const isRaw = raw !== undefined && (raw.length > 0 || count === 0)
  const { itemBytes } = elementFormats[elementType]
  const given = isRaw ? raw!.length / itemBytes : countTyped(reader, elementType)
  if (given !== count) throw invalid(`is ${elementType} of shape [${dims.join(', ')}], and has ${given} elements`)
  return { name, elementType, dims, bytes: isRaw ? raw! : typedBytes(reader, elementType, count * itemBytes) }
}

function countTyped(reader: MessageReader, elementType: OnnxElementType): number {
  let count = 0
  eachTyped(reader, elementType, () => count++)
  return count
}

function typedBytes(reader: MessageReader, elementType: OnnxElementType, byteLength: number): Uint8Array {
  const bytes = new Uint8Array(byteLength)
  const view = new DataView(bytes.buffer)
  const { itemBytes } = elementFormats[elementType]
  let at = 0
  eachTyped(reader, elementType, (low, high) => {
    if (itemBytes === 1) view.setUint8(at, low)
    else if (itemBytes === 2) view.setUint16(at, low, true)
    else view.setUint32(at, low, true)
    if (itemBytes === 8) view.setUint32(at + 4, high, true)
    at += itemBytes
  })
  return bytes
}

/** The bits of each element, in two halves. */
function eachTyped(
  message: MessageReader,
  elementType: OnnxElementType,
  take: (low: number, high: number) => void,
): void {
  const reader = message.again()
  const { view } = reader.source
  while (reader.next()) {
    if (reader.field !== typedField[elementType]) continue
    if (elementType === 'float32') reader.eachFixed(4, (at) => take(view.getUint32(at, true), 0))
    else if (elementType === 'float64')
      reader.eachFixed(8, (at) => take(view.getUint32(at, true), view.getUint32(at + 4, true)))
    else reader.eachInt((_, low, high) => take(low, high))
  }
}
