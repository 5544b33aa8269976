import { GryphError } from '../../base/errors.ts'
import { quoted } from '../../data/files/errors.ts'
import type { OnnxNode } from '../model.ts'

/** `node 'conv_3' (Conv)`, by its first output where it has no name. */
export const nodeText = ({ name, opType, outputs }: OnnxNode): string => {
  const operator = quoted(opType).slice(1, -1)
  return name === ''
    ? `the node of ${quoted(outputs.find((each) => each !== '') ?? '')} (${operator})`
    : `node ${quoted(name)} (${operator})`
}

/** Texts of a damaged file may be of any length. */
const clipped = (text: string): string => (text.length > 500 ? `${text.slice(0, 500)}…` : text)

export const operatorsUnsupported = (file: string, missing: readonly string[], count: number): GryphError =>
  new GryphError(
    'ONNX_OPERATOR_UNSUPPORTED',
    `[importOnnx] ${file} uses what gryph has no counterpart of: ${missing.slice(0, 5).join('; ')}${
      count > 5 ? `; and ${count - 5} more` : ''
    }. Export the model without it, or leave that part out of the graph.`,
  )

export const opsetUnsupported = (file: string, version: number, newest: number): GryphError =>
  new GryphError(
    'ONNX_OPSET_UNSUPPORTED',
    `[importOnnx] ${file} is of opset ${version}; opsets up to ${newest} are known. Convert it with onnx.version_converter.`,
  )

export const graphInvalid = (where: string, reason: string): GryphError =>
  new GryphError(
    'ONNX_GRAPH_INVALID',
    `[importOnnx] ${where} ${reason}. Run onnx.checker on the model, and export it again.`,
  )

/** What is wrong with a node, or not covered of its operator, is only known once its inputs are. */
export const nodeFailed = (node: OnnxNode, reason: string, cause?: unknown): GryphError => {
  const error = new GryphError(
    'ONNX_NODE_FAILED',
    `[importOnnx] ${nodeText(node)} cannot be computed: ${clipped(reason.replace(/\.$/, ''))}. Compare the inputs with what the model was exported for.`,
  )
  if (cause !== undefined) error.cause = cause
  return error
}

export const formUnsupported = (node: OnnxNode, reason: string): GryphError =>
  new GryphError(
    'ONNX_FORM_UNSUPPORTED',
    `[importOnnx] ${nodeText(node)} ${clipped(reason)}, which gryph has no counterpart of. Export the model without it.`,
  )

export const inputsInvalid = (reason: string, names: readonly string[]): GryphError =>
  new GryphError(
    'ONNX_INPUT_INVALID',
    `[forward] ${reason}. The model takes { ${names.join(', ')} }: pass an object of tensors by these names.`,
  )

export const inputType = (what: string, type: string): GryphError =>
  new GryphError(
    'ELEMENT_TYPE_UNSUPPORTED',
    `[importOnnx] ${what} has elements of type ${type}. Export the model with float32, float64, int32, int64, uint8 or bool.`,
  )

export const onnxInteger = (value: number): GryphError =>
  new GryphError(
    'ONNX_INTEGER',
    `[importOnnx] the integer ${value} does not fit into int32, as which gryph computes 64-bit integers. Export the model with int32.`,
  )
