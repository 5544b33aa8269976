import type { OnnxElementType } from './model.ts'

/** TensorProto.DataType of each element type. */
export const dataTypeOf: Readonly<Record<OnnxElementType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
}

const byDataType = new Map<number, OnnxElementType>(
  (Object.keys(dataTypeOf) as OnnxElementType[]) // the keys of a Record of them
    .map((type) => [dataTypeOf[type], type]),
)

export const elementTypeOf = (dataType: number): OnnxElementType | undefined => byDataType.get(dataType)

/** Names of the other types, for messages. */
const otherTypes: Readonly<Record<number, string>> = {
  0: 'undefined',
  8: 'string',
  14: 'complex64',
  15: 'complex128',
  17: 'float8e4m3fn',
  18: 'float8e4m3fnuz',
  19: 'float8e5m2',
  20: 'float8e5m2fnuz',
  21: 'uint4',
  22: 'int4',
  23: 'float4e2m1',
}

export const dataTypeText = (dataType: number): string =>
  elementTypeOf(dataType) ?? otherTypes[dataType] ?? `number ${dataType}`
