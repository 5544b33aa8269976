import type { OpcodeName } from './opcodes.ts'

/** A WebAssembly module as plain data; `encodeModule` and `printModule` both read it. */
export interface WasmModule {
  readonly memory: MemoryImport
  /** Come first in the index space of functions. */
  readonly importedFunctions: readonly ImportedFunction[]
  readonly functions: readonly FunctionDefinition[]
  readonly exports: readonly { readonly name: string; readonly functionIndex: number }[]
}

export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128'

export interface FunctionType {
  readonly parameters: readonly ValueType[]
  readonly results: readonly ValueType[]
}

export interface MemoryImport {
  readonly module: string
  readonly name: string
  readonly minimumPages: number
  readonly maximumPages?: number
  readonly shared?: boolean
}

export interface ImportedFunction {
  readonly module: string
  readonly name: string
  readonly type: FunctionType
}

/** Names are unique in their function and are valid identifiers of the text format. */
export interface Local {
  readonly name: string
  readonly type: ValueType
}

export interface FunctionDefinition {
  readonly name: string
  readonly parameters: readonly Local[]
  readonly results: readonly ValueType[]
  /** Numbered after the parameters. */
  readonly locals: readonly Local[]
  /** Without the closing `end`. */
  readonly body: readonly Instruction[]
}

/** The opcode says what the immediates are. The rest is for the text alone: the name of a block, a comment after it, a line above it. */
export interface Instruction {
  readonly op: OpcodeName
  readonly immediates: readonly number[]
  readonly label?: string
  readonly comment?: string
  readonly heading?: string
}

export const functionTypeOf = (definition: FunctionDefinition): FunctionType => ({
  parameters: definition.parameters.map((parameter) => parameter.type),
  results: definition.results,
})
