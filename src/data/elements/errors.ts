import { GryphError } from '../../base/errors.ts'
import { givenText } from '../../ops/errors.ts'
import { quoted } from '../files/errors.ts'
import type { ElementSource } from './decode-elements.ts'

export const elementOutOfRange = (
  { where, what, byteOffset }: ElementSource,
  index: number,
  bytesBefore: number,
  value: string,
  dtype: 'int32' | 'bool' = 'int32',
): GryphError =>
  new GryphError(
    'ELEMENT_OUT_OF_RANGE',
    `[${where}] ${what} has ${value} as element ${index}, at byte ${byteOffset + bytesBefore}, which ${dtype} cannot hold. ` +
      (dtype === 'bool' ? 'Write bools as 0 and 1.' : 'Write it as int32, float32 or float64.'),
  )

export const elementTypeUnsupported = (where: string, what: string, type: string): GryphError =>
  new GryphError(
    'ELEMENT_TYPE_UNSUPPORTED',
    `[${where}] ${what} has elements of type ${type}. Convert them to float32, float64, int32, uint8 or bool.`,
  )

export const tensorsInvalid = (where: string, given: unknown): GryphError =>
  new GryphError(
    'TENSORS_INVALID',
    `[${where}] the tensors are ${givenText(given)}. Pass an object of tensors by name, as stateDict() makes it.`,
  )

export const tensorInvalid = (where: string, name: string, given: unknown): GryphError =>
  new GryphError(
    'TENSORS_INVALID',
    `[${where}] ${quoted(name)} is ${givenText(given)}. Pass tensors only; text goes into the metadata of safetensors.`,
  )

export const tensorNameInvalid = (where: string, name: string, reason: string): GryphError =>
  new GryphError('TENSORS_INVALID', `[${where}] a tensor is named ${quoted(name)}, ${reason}. Give it another name.`)
