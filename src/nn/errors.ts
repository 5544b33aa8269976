import { GryphError } from '../base/errors.ts'
import { shapeText, type Shape } from '../base/shape.ts'

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
  new GryphError('FEATURES_INVALID', `[${where}] ${name} is ${String(given)}. Use a whole number of at least 1.`)

export const featuresMismatch = (shape: Shape, inFeatures: number): GryphError =>
  new GryphError(
    'FEATURES_MISMATCH',
    `[linear] x is ${shapeText(shape)}, and the layer takes ${inFeatures} features along the last axis. Reshape x, or make the layer with linear(${shape.at(-1) ?? '…'}, …).`,
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
    `[conv2d] x is ${shapeText(shape)}, and the layer takes [n, ${inChannels}, height, width]. Reshape x, or make the layer with conv2d(${shape[1] ?? '…'}, …).`,
  )

export const groupsInvalid = (groups: unknown, inChannels: number, outChannels: number): GryphError =>
  new GryphError(
    'GROUPS_INVALID',
    `[conv2d] groups is ${String(groups)}, with ${inChannels} channels in and ${outChannels} out. Use a whole number that divides both.`,
  )
