import { GryphError } from '../base/errors.ts'
import { elementCount, shapeText, type Shape } from '../base/shape.ts'
import { givenText } from '../ops/errors.ts'

/** How a state dictionary differs from what it is loaded into. */
export interface StateDifferences {
  readonly missing: readonly string[]
  readonly unexpected: readonly string[]
  /** One sentence part each: `'weight' is float32 [2], not float32 [3]`. */
  readonly mismatched: readonly string[]
}

export function stateDictMismatch(where: string, { missing, unexpected, mismatched }: StateDifferences): GryphError {
  const quoted = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ')
  const parts = [
    ...(missing.length > 0 ? [`missing ${quoted(missing)}`] : []),
    ...(unexpected.length > 0 ? [`unexpected ${quoted(unexpected)}`] : []),
    ...mismatched,
  ]
  return new GryphError(
    'STATE_DICT_MISMATCH',
    `[${where}] the state does not fit: ${parts.join('; ')}. Nothing was loaded. Load it into the same structure; { strict: false } ignores missing and unexpected names.`,
  )
}

export const featuresInvalid = (where: string, name: string, given: unknown): GryphError =>
  new GryphError('FEATURES_INVALID', `[${where}] ${name} is ${givenText(given)}. Use a whole number of at least 1.`)

export const featuresMismatch = (shape: Shape, inFeatures: number): GryphError =>
  new GryphError(
    'FEATURES_MISMATCH',
    `[linear] x is ${shapeText(shape)}, and the layer takes ${inFeatures} features along the last axis. ${shape.length > 2 && elementCount(shape.slice(1)) === inFeatures ? 'Put flatten() before it.' : `Reshape x, or make the layer with linear(${shape.at(-1) ?? '…'}, …).`}`,
  )

export const layerInvalid = (position: number, given: unknown, where = 'sequential'): GryphError =>
  new GryphError(
    'LAYER_INVALID',
    `[${where}] layer ${position} is ${givenText(given)}, not a module. Pass ${where === 'sequential' ? 'layers one by one, for instance sequential(linear(4, 2), relu())' : 'modules, for instance moduleList([linear(4, 2), relu()])'}.`,
  )

export const layerTakesTensor = (position: number, layer: string, given: unknown): GryphError =>
  new GryphError(
    'LAYER_INVALID',
    position === 0
      ? `[sequential] x is ${givenText(given)}, and layer 0, ${layer}, takes a tensor. Pass tensor(…).`
      : `[sequential] layer ${position - 1} gave ${givenText(given)}, and layer ${position}, ${layer}, takes a tensor. Write a module whose forward gives the tensor that you want, for instance the first of what a recurrent layer gives.`,
  )

export const moduleListForward = (): GryphError =>
  new GryphError(
    'MODULE_LIST_FORWARD',
    '[moduleList] a list does not say what to compute. Go over its modules, or use sequential(…).',
  )

export const stateDictInvalid = (where: string, given: unknown): GryphError =>
  new GryphError(
    'STATE_DICT_INVALID',
    `[${where}] the state is ${givenText(given)}. Pass an object of tensors by name, as stateDict() makes it.`,
  )

export const flattenScalar = (): GryphError =>
  new GryphError(
    'FLATTEN_SCALAR',
    '[flatten] x has no batch axis to keep: its shape is []. Give it one with x.reshape([1, 1]).',
  )

export const modeChangedInTrace = (functionName: string, mode: boolean): GryphError =>
  new GryphError(
    'MODE_CHANGED_IN_TRACE',
    `[${mode ? 'train' : 'eval'}] ${functionName}, which is hybridized, switches a module's training mode, and compiled calls could not do so. Switch before and after the call; each mode gets a program of its own.`,
  )

export const channelsMismatch = (shape: Shape, inChannels: number): GryphError =>
  new GryphError(
    'CHANNELS_MISMATCH',
    `[conv2d] x is ${shapeText(shape)}, and the layer takes [n, ${inChannels}, height, width]. ${shape.length === 3 ? 'Give it a batch axis with x.expandDims(0).' : `Reshape x, or make the layer with conv2d(${shape[1] ?? '…'}, …).`}`,
  )

export const groupsInvalid = (groups: unknown, inChannels: number, outChannels: number): GryphError =>
  new GryphError(
    'GROUPS_INVALID',
    `[conv2d] groups is ${givenText(groups)}, with ${inChannels} channels in and ${outChannels} out. Use a whole number that divides both.`,
  )

const shapesText = (shapes: readonly Shape[]): string => shapes.map(shapeText).join(', ')

export const batchNormMismatch = (where: string, shape: Shape, features: number, is2d: boolean): GryphError =>
  new GryphError(
    'BATCH_NORM_MISMATCH',
    `[${where}] x is ${shapeText(shape)}, and the layer takes ${is2d ? `[n, ${features}, height, width]` : `[n, ${features}] or [n, ${features}, length]`}. Reshape x, or make the layer with ${where}(${shape[1] ?? '…'}).`,
  )

export const recurrentInput = (where: string, shape: Shape, inputSize: number, batchFirst: boolean): GryphError =>
  new GryphError(
    'RECURRENT_SHAPE',
    `[${where}] x is ${shapeText(shape)}. Pass ${batchFirst ? `[batch, time, ${inputSize}]` : `[time, batch, ${inputSize}]`}, or [time, ${inputSize}].`,
  )

export const recurrentState = (where: string, given: readonly Shape[], wanted: Shape): GryphError =>
  new GryphError(
    'RECURRENT_SHAPE',
    `[${where}] the state is ${shapesText(given)}. Pass ${shapeText(wanted)}${where === 'lstm' ? ' twice, [h, c]' : ''}, or leave it out for zeros.`,
  )

export const headsInvalid = (heads: number, features: number): GryphError =>
  new GryphError(
    'HEADS_INVALID',
    `[multiheadAttention] ${features} features do not divide into ${heads} heads. Use a number of heads that divides embedDim.`,
  )

export const attentionInput = (shapes: readonly Shape[], features: number, batchFirst: boolean): GryphError =>
  new GryphError(
    'ATTENTION_SHAPE',
    `[multiheadAttention] query, key and value are ${shapesText(shapes)}. Pass ${batchFirst ? `[batch, time, ${features}]` : `[time, batch, ${features}]`}, or [time, ${features}], with keys and values of one shape.`,
  )

export const attentionMask = (name: string, shape: Shape, wanted: string): GryphError =>
  new GryphError('ATTENTION_MASK', `[multiheadAttention] ${name} is ${shapeText(shape)}. Pass ${wanted}.`)

export const attentionMaskDtype = (name: string, dtype: string): GryphError =>
  new GryphError(
    'ATTENTION_MASK',
    `[multiheadAttention] ${name} is ${dtype}, which may mean either. Pass bool, true where a query may not look, or floats to add to the scores.`,
  )

export const fanUndefined = (where: string, shape: Shape): GryphError =>
  new GryphError(
    'FAN_UNDEFINED',
    `[${where}] the tensor is ${shapeText(shape)}, which has no inputs and outputs. Pass a matrix [in, out] or filters [out, in, ...], or use uniform or normal.`,
  )

export const summaryInput = (what: string, given: unknown): GryphError =>
  new GryphError(
    'SUMMARY_INPUT',
    `[summary] ${what} is ${givenText(given)}. Pass a module and a shape, for instance summary(net, [1, 784]), or an array of shapes and tensors.`,
  )
