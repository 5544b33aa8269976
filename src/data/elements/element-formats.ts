import type { Dtype } from '../../base/dtype.ts'

/** The element types that files have, and the dtype that each is read as. */
export const elementFormats = {
  bool: { itemBytes: 1, dtype: 'bool' },
  uint8: { itemBytes: 1, dtype: 'uint8' },
  int8: { itemBytes: 1, dtype: 'int32' },
  int16: { itemBytes: 2, dtype: 'int32' },
  uint16: { itemBytes: 2, dtype: 'int32' },
  int32: { itemBytes: 4, dtype: 'int32' },
  uint32: { itemBytes: 4, dtype: 'int32' },
  int64: { itemBytes: 8, dtype: 'int32' },
  uint64: { itemBytes: 8, dtype: 'int32' },
  float16: { itemBytes: 2, dtype: 'float32' },
  bfloat16: { itemBytes: 2, dtype: 'float32' },
  float32: { itemBytes: 4, dtype: 'float32' },
  float64: { itemBytes: 8, dtype: 'float64' },
} as const satisfies Readonly<Record<string, { readonly itemBytes: 1 | 2 | 4 | 8; readonly dtype: Dtype }>>

export type ElementFormat = keyof typeof elementFormats
