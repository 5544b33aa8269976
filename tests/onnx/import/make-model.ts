import { encodeModel } from '../../../src/onnx/encode-model.ts'
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxTensor, OnnxValue } from '../../../src/onnx/model.ts'

/** A node in few words: `y = Add(a, b) {alpha: 1}`. */
export const node = (
  outputs: string,
  opType: string,
  inputs: string,
  attributes: Readonly<Record<string, OnnxAttribute>> = {},
): OnnxNode => ({
  name: '',
  opType,
  domain: '',
  inputs: names(inputs),
  outputs: names(outputs),
  attributes: new Map(Object.entries(attributes)),
})

const names = (text: string): string[] => (text === '' ? [] : text.split(',').map((name) => name.trim()))

export const floats = (name: string, dims: readonly number[], values: readonly number[]): OnnxTensor => ({
  name,
  elementType: 'float32',
  dims,
  bytes: new Uint8Array(Float32Array.from(values).buffer),
})

export const int64s = (name: string, dims: readonly number[], values: readonly number[]): OnnxTensor => ({
  name,
  elementType: 'int64',
  dims,
  bytes: new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer),
})

export const float = (name: string, shape: OnnxValue['shape'] = ['n']): OnnxValue => ({
  name,
  elementType: 'float32',
  ...(shape && { shape }),
})

export const graph = (parts: Partial<OnnxGraph>): OnnxGraph => ({
  name: 'g',
  nodes: [],
  inputs: [float('x')],
  outputs: [{ name: 'y', elementType: 'float32' }],
  initializers: [],
  values: [],
  ...parts,
})

export const modelOf = (parts: Partial<OnnxGraph>, more: Partial<OnnxModel> = {}): Uint8Array =>
  encodeModel({
    irVersion: 8,
    producerName: '',
    producerVersion: '',
    opsets: [{ domain: '', version: 17 }],
    functions: [],
    metadata: new Map(),
    graph: graph(parts),
    ...more,
  })
