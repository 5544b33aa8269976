import type { Dtype } from '../base/dtype.ts'
import type { Setting } from './variant.ts'

export const manifestFormat = 'gryph-artefact'
export const manifestVersion = 1

/** What an exported function is called with: one leaf of its arguments. */
export interface InputSpec {
  /** Its name and what it takes, in words. */
  readonly text: string
  /** Names on the way to it: the parameter, then keys and indices. */
  readonly path: readonly (string | number)[]
  readonly dtype: Dtype
  readonly shape: readonly number[]
  /** Whether it is a JavaScript number. */
  readonly isNumber: boolean
  /** Where the program reads it; null if nothing does. */
  readonly byteOffset: number | null
}

/** A value that a program leaves in memory, row-major. */
export interface ResultSpec {
  readonly dtype: Dtype
  readonly shape: readonly number[]
  readonly byteOffset: number
}

/** What an exported function gives: arrays and objects of these. */
export type OutputSpec =
  | { readonly kind: 'result'; readonly position: number; readonly as: 'array' | 'number' | 'boolean' }
  | { readonly kind: 'input'; readonly position: number }
  /** Elements of the state at the end; `byteOffset` of the first. */
  | {
      readonly kind: 'state'
      readonly dtype: Dtype
      readonly shape: readonly number[]
      readonly strides: readonly number[]
      readonly byteOffset: number
    }
  /** Without a value it is undefined; as text, a number that JSON has not. */
  | {
      readonly kind: 'value'
      readonly value?: string | number | boolean | null
      readonly number?: 'NaN' | 'Infinity' | '-Infinity' | '-0'
    }
  | { readonly kind: 'array'; readonly items: readonly OutputSpec[] }
  | { readonly kind: 'object'; readonly keys: readonly string[]; readonly items: readonly OutputSpec[] }

/** A check that can fail; `{value}` in the message stands for what it reports. */
export interface CheckSpec {
  readonly site: number
  readonly code: string
  readonly message: string
}

/** One program: an entry point for one form of arguments. */
export interface VariantSpec {
  /** Name of the program's export. */
  readonly run: string
  /** Whether several threads run it. */
  readonly isThreaded?: true
  readonly graphHash: string
  readonly inputs: readonly InputSpec[]
  /** What the rest of the arguments has to be. */
  readonly settings: readonly Setting[]
  readonly results: readonly ResultSpec[]
  readonly output: OutputSpec
  readonly checks: readonly CheckSpec[]
  /** What the self-test's inputs give from the initial state; null if they would make a loop long. */
  readonly expected: ExpectedSpec | null
}

/** SHA-256 of all results, then of the whole state, and the first elements of the first of these, null for what is not finite; or the code of the error. */
export type ExpectedSpec =
  | { readonly sha256: string; readonly sample: readonly (number | null)[] }
  | { readonly code: string }

export interface EntrySpec {
  readonly name: string
  readonly parameters: readonly string[]
  readonly variants: readonly VariantSpec[]
}

export interface StateSpec {
  readonly name: string
  readonly dtype: Dtype
  readonly shape: readonly number[]
  readonly byteOffset: number
}

/** Contents of memory that never change: a number all over, or a tensor among the weights, by its name. */
export type FixedSpec = {
  readonly dtype: Dtype
  readonly byteOffset: number
  readonly shape: readonly [length: number]
} & ({ readonly value: number } | { readonly name: string })

export interface ThreadsSpec {
  readonly count: number
  readonly controlByteOffset: number
  readonly entries: readonly EntrySpec[]
}

/** What the run-time needs of an artefact; part of the `.mjs`. */
export interface ArtefactSpec {
  readonly name: string
  readonly isSingle: boolean
  readonly memoryPages: number
  readonly statusByteOffset: number
  /** Whether host functions take part, of which engines round the last bit differently. */
  readonly usesHostMath: boolean
  readonly state: readonly StateSpec[]
  readonly fixed: readonly FixedSpec[]
  readonly entries: readonly EntrySpec[]
  /** The same entry points for several threads, in a program of its own. */
  readonly threads?: ThreadsSpec
  /** SHA-256 of the files beside the module, by name. */
  readonly files: Readonly<Record<string, string>>
}

/** For people: ops as the function called them, and the kernels that compute them. */
export interface ProgramSpec {
  readonly run: string
  readonly ops: Readonly<Record<string, number>>
  readonly kernels: readonly string[]
  /** Bytes that belong to the program while it runs. */
  readonly arenaBytes: number
}

/** The `.json` beside an artefact, for people and tools. */
export interface Manifest extends ArtefactSpec {
  readonly format: typeof manifestFormat
  readonly version: typeof manifestVersion
  readonly numerics: 'strict'
  /** How multiply-adds of contractions round. Fused ones need relaxed SIMD. */
  readonly multiplyAdd: 'fused' | 'separate'
  readonly program: 'wasm' | 'js'
  readonly memoryBytes: number
  /** What each program does. */
  readonly programs: readonly ProgramSpec[]
}
