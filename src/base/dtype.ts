/** Element types, from the weakest to the strongest in promotion. */
export const dtypes = ['bool', 'uint8', 'int32', 'float32', 'float64'] as const
export type Dtype = (typeof dtypes)[number]
export type TypedArray = Float32Array | Float64Array | Int32Array | Uint8Array

export interface DtypeInfo {
  readonly byteSize: 1 | 4 | 8
  /** Name in IR text. */
  readonly short: string
  readonly isFloat: boolean
  readonly array: new (
    lengthOrBuffer: number | ArrayBufferLike | ArrayLike<number>,
    byteOffset?: number,
    length?: number,
  ) => TypedArray
}

export const dtypeInfo: { readonly [D in Dtype]: DtypeInfo } = {
  bool: { byteSize: 1, short: 'bool', isFloat: false, array: Uint8Array as DtypeInfo['array'] }, // overloads do not unify
  uint8: { byteSize: 1, short: 'u8', isFloat: false, array: Uint8Array as DtypeInfo['array'] }, // overloads do not unify
  int32: { byteSize: 4, short: 'i32', isFloat: false, array: Int32Array as DtypeInfo['array'] }, // overloads do not unify
  float32: { byteSize: 4, short: 'f32', isFloat: true, array: Float32Array as DtypeInfo['array'] }, // overloads do not unify
  float64: { byteSize: 8, short: 'f64', isFloat: true, array: Float64Array as DtypeInfo['array'] }, // overloads do not unify
}

/** The smallest and the largest value of each. */
export const extremes: { readonly [D in Dtype]: { readonly lowest: number; readonly highest: number } } = {
  bool: { lowest: 0, highest: 1 },
  uint8: { lowest: 0, highest: 255 },
  int32: { lowest: -(2 ** 31), highest: 2 ** 31 - 1 },
  float32: { lowest: -Infinity, highest: Infinity },
  float64: { lowest: -Infinity, highest: Infinity },
}

export const isDtype = (value: unknown): value is Dtype => dtypes.some((dtype) => dtype === value)
export const isFloat = (dtype: Dtype): boolean => dtypeInfo[dtype].isFloat

/** The dtype two tensors meet in: the stronger of both (an integer and a float32 make float32, as in PyTorch). */
export const promote = (a: Dtype, b: Dtype): Dtype => (dtypes.indexOf(a) >= dtypes.indexOf(b) ? a : b)

/** The dtype a tensor and a plain number meet in: the number never widens a float; a fraction makes integers float32. */
export function promoteNumber(dtype: Dtype, isInteger: boolean): Dtype {
  if (isFloat(dtype)) return dtype
  if (!isInteger) return 'float32'
  return dtype === 'bool' ? 'int32' : dtype
}
