import { elementCount } from '../../base/shape.ts'
import { isFloat } from '../../base/dtype.ts'
import { elementFormats } from '../../data/elements/element-formats.ts'
import { decodeModel } from '../decode-model.ts'
import type { OnnxOpset, OnnxTensor, OnnxValue } from '../model.ts'
import { missingOperators } from './import-onnx.ts'
import { prepareModel } from './prepare.ts'

/** What an ONNX file holds, and what of it has no counterpart. */
export interface OnnxSummary {
  readonly producer: string
  readonly opsets: readonly OnnxOpset[]
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
  /** How often each operator is used, in graphs of nodes too; the most used first. */
  readonly operators: readonly (readonly [name: string, count: number])[]
  /** Numbers in the file with a name or an axis: floats, and all bytes. */
  readonly parameters: { readonly tensors: number; readonly elements: number; readonly bytes: number }
  /** One text for each operator that `importOnnx` refuses. */
  readonly unsupported: readonly string[]
}

/** Reads a file without making a model of it. @throws the errors of `decodeModel`, ONNX_GRAPH_INVALID */
export function summarizeOnnx(bytes: Uint8Array, name: string): OnnxSummary {
  const model = decodeModel(bytes, name)
  const { graphs, nodes } = prepareModel(model, name)
  const counts = new Map<string, number>()
  const tensors: OnnxTensor[] = [...graphs.values()].flatMap(({ graph }) => graph.initializers)
  for (const { node } of nodes) {
    const full = node.domain === '' ? node.opType : `${node.domain}.${node.opType}`
    counts.set(full, (counts.get(full) ?? 0) + 1)
    const value = node.attributes.get('value')
    if (node.opType === 'Constant' && value?.type === 'tensor') tensors.push(value.value)
  }
  const weights = tensors.filter(({ elementType }) => isFloat(elementFormats[elementType].dtype))
  const given = new Set(model.graph.initializers.map((tensor) => tensor.name))
  return {
    producer: [model.producerName, model.producerVersion].filter((text) => text !== '').join(' '),
    opsets: model.opsets,
    inputs: model.graph.inputs.filter((input) => !given.has(input.name)),
    outputs: model.graph.outputs,
    operators: [...counts].toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)),
    parameters: {
      tensors: weights.length,
      elements: weights.reduce((sum, { dims }) => sum + elementCount(dims), 0),
      bytes: weights.reduce((sum, tensor) => sum + tensor.bytes.length, 0),
    },
    unsupported: missingOperators(nodes),
  }
}
