import type { ElementFormat } from '../data/elements/element-formats.ts'

/** What an ONNX file says, as plain data. Fields that only tools read (documentation, quantization notes) are not kept. */
export interface OnnxModel {
  readonly irVersion: number
  readonly producerName: string
  readonly producerVersion: string
  /** Which version of the operators is meant; at least one, and '' is the domain of ONNX itself. */
  readonly opsets: readonly OnnxOpset[]
  readonly graph: OnnxGraph
  /** Operators that the model defines by graphs of its own. */
  readonly functions: readonly OnnxFunction[]
  readonly metadata: ReadonlyMap<string, string>
}

export interface OnnxOpset {
  readonly domain: string
  readonly version: number
}

export interface OnnxGraph {
  readonly name: string
  /** Each comes after what it reads. */
  readonly nodes: readonly OnnxNode[]
  /** An input that an initializer is named like has it as its default. */
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
  readonly initializers: readonly OnnxTensor[]
  /** Types of values in between; not all of them, and often none. */
  readonly values: readonly OnnxValue[]
}

export interface OnnxNode {
  /** May be empty. */
  readonly name: string
  readonly opType: string
  readonly domain: string
  /** Names of values; '' where an optional one is not given. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: OnnxAttributes
}

export type OnnxAttributes = ReadonlyMap<string, OnnxAttribute>

/** Integers are numbers: those past 2^53 are the nearest one, and the writer clamps to int64. */
export type OnnxAttribute =
  | { readonly type: 'float' | 'int'; readonly value: number }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'tensor'; readonly value: OnnxTensor }
  | { readonly type: 'graph'; readonly value: OnnxGraph }
  | { readonly type: 'floats' | 'ints'; readonly value: readonly number[] }
  | { readonly type: 'strings'; readonly value: readonly string[] }
  | { readonly type: 'tensors'; readonly value: readonly OnnxTensor[] }
  | { readonly type: 'graphs'; readonly value: readonly OnnxGraph[] }
  /** In the body of a function: the attribute of the call that is so named. */
  | { readonly type: 'reference'; readonly value: string }
  /** A sparse tensor or a type: known to be there, not read. */
  | { readonly type: 'other' }

/** Something named that flows in or out of a graph. */
export interface OnnxValue {
  readonly name: string
  /** Absent where the file does not tell, and for what is no tensor of the known element types. */
  readonly elementType?: OnnxElementType
  /** Sizes, or names of sizes; '' is a size that nothing is known of. Absent where the rank is not known. */
  readonly shape?: readonly (number | string)[]
}

export type OnnxElementType = ElementFormat

export interface OnnxTensor {
  readonly name: string
  readonly elementType: OnnxElementType
  readonly dims: readonly number[]
  /** The elements in row-major order, little-endian. Of a decoded model this may be a part of the file's bytes. */
  readonly bytes: Uint8Array
}

export interface OnnxFunction {
  readonly domain: string
  readonly name: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /** Attributes that calls give. */
  readonly attributeNames: readonly string[]
  /** Attributes that calls may leave out. */
  readonly defaults: OnnxAttributes
  readonly nodes: readonly OnnxNode[]
  readonly opsets: readonly OnnxOpset[]
}
