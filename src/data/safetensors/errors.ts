import { GryphError } from '../../base/errors.ts'
import { givenText } from '../../ops/errors.ts'
import { quoted } from '../files/errors.ts'
import type { HeaderEntry } from './header.ts'

export const safetensorsTruncated = (name: string, part: string, needed: number, byteLength: number): GryphError =>
  new GryphError(
    'SAFETENSORS_TRUNCATED',
    `[readSafetensors] ${name} has ${byteLength} bytes, and ${part} ends at byte ${needed}. Get the whole file again.`,
  )

export const safetensorsHeaderInvalid = (name: string, byteOffset: number, reason: string): GryphError =>
  new GryphError(
    'SAFETENSORS_HEADER_INVALID',
    `[readSafetensors] the header of ${name} is damaged at byte ${byteOffset}: ${reason}. Pass a safetensors file.`,
  )

export const safetensorsSizeWrong = (
  name: string,
  { name: tensor, dtype, shape, begin, end }: HeaderEntry,
): GryphError =>
  new GryphError(
    'SAFETENSORS_LAYOUT_INVALID',
    `[readSafetensors] ${name} gives the bytes ${begin} … ${end} of its data to ${quoted(tensor)}, which is ${dtype} of shape [${shape.join(', ')}]. Get the whole file again.`,
  )

export const safetensorsNotAdjacent = (name: string, entry: HeaderEntry, expected: number): GryphError =>
  new GryphError(
    'SAFETENSORS_LAYOUT_INVALID',
    `[readSafetensors] the data of ${quoted(entry.name)} in ${name} begins at byte ${entry.begin} of the data, ` +
      `and what comes before it ends at ${expected}. Tensors may neither overlap nor leave gaps: write the file again.`,
  )

export const safetensorsTrailingBytes = (name: string, end: number, byteLength: number): GryphError =>
  new GryphError(
    'SAFETENSORS_LAYOUT_INVALID',
    `[readSafetensors] the last tensor of ${name} ends at byte ${end}, and ${byteLength - end} more bytes follow. Pass exactly one safetensors file.`,
  )

export const metadataInvalid = (where: string, name: string, given: unknown): GryphError =>
  new GryphError(
    'METADATA_INVALID',
    `[${where}] the metadata ${quoted(name)} is ${givenText(given)}. Pass strings only, for instance JSON text.`,
  )
