/** The element types of IDX that are tensor dtypes too. */
export type IdxDType = 'uint8' | 'int32' | 'float32' | 'float64'

/** The content of an IDX file. */
export type IdxArray = {
  /** Sizes of the axes, the slowest first. */
  readonly shape: readonly number[]
} & (
  | { readonly dtype: 'uint8'; readonly data: Uint8Array }
  | { readonly dtype: 'int32'; readonly data: Int32Array }
  | { readonly dtype: 'float32'; readonly data: Float32Array }
  | { readonly dtype: 'float64'; readonly data: Float64Array }
)

/** What the first bytes of an IDX file declare. */
export interface IdxHeader {
  readonly dtype: IdxDType
  readonly shape: readonly number[]
  readonly elementCount: number
  readonly headerBytes: number
  /** Length of the whole file. Too large to be exact when the header is absurd. */
  readonly totalBytes: number
}
