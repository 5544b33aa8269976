// The types of small-net.mjs.

/** Elements in row-major order: as many as the shape says, or with the shape. */
export type Elements<A> = A | { readonly data: A; readonly shape: readonly number[] }

export interface Predict {
  /**
   * Takes
   * - `x`: float32 [1, 3]
   * and gives { scores: float32 [1, 2], best: int32 [1] }.
   */
  (inputs: { readonly x: Elements<Float32Array> }): { scores: Float32Array; best: Int32Array }
}

export interface TrainStep {
  /**
   * Takes
   * - `x`: float32 [1, 3]
   * - `y`: int32 [1]
   * - `options.scale`: a number
   * and gives [a number, the input options.scale].
   */
  (inputs: { readonly x: Elements<Float32Array>; readonly y: Elements<Int32Array>; readonly options: { readonly scale: number } }): [number, number]
}

export interface ArtefactState {
  /** Names, dtypes and shapes of what calls read and change. */
  readonly entries: readonly { readonly name: string; readonly dtype: string; readonly shape: number[] }[]
  /** A copy of one entry's elements. @throws ARTEFACT_STATE_INVALID */
  get(name: string): Float32Array | Float64Array | Int32Array | Uint8Array
  /** Everything as the bytes of a safetensors file. */
  save(): Uint8Array
  /** Replaces everything by what `save` gave, or nothing. @throws ARTEFACT_STATE_INVALID */
  load(bytes: ArrayBuffer | Uint8Array): void
}

export type Artefact = {
  readonly predict: Predict
  readonly trainStep: TrainStep
} & {
  readonly state: ArtefactState
  /** Puts the state back to what was exported. */
  reset(): void
  /** Whether this engine computes the exported bits; the state stays as it is. @throws SELF_TEST_FAILED */
  selfTest(): Promise<true>
}

export interface LoadOptions {
  /** The program's bytes, the compiled module, or where it lies; by default beside this file. */
  readonly wasm?: ArrayBuffer | Uint8Array | WebAssembly.Module | URL | string
  /** The weights' bytes, or where they lie. */
  readonly weights?: ArrayBuffer | Uint8Array | URL | string
}

/** An instance with memory and state of its own. @throws ARTEFACT_FILE_MISSING, ARTEFACT_HASH_MISMATCH, ARTEFACT_UNSUPPORTED */
export declare function load(options?: LoadOptions): Promise<Artefact>
/** Like `load`, from bytes at hand. */
export declare function loadSync(options?: LoadOptions): Artefact
/** Loads an instance and tests it. @throws SELF_TEST_FAILED */
export declare function selfTest(options?: LoadOptions): Promise<true>

/** What went wrong, by a stable code. */
export declare class ArtefactError extends Error {
  readonly code: string
}
