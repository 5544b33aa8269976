import { GryphError } from '../../base/errors.ts'
import { quoted } from '../files/errors.ts'

export const zipBadMagic = (where: string, name: string): GryphError =>
  new GryphError(
    'ZIP_BAD_MAGIC',
    `[${where}] ${name} does not end as a zip file does. Get the whole file again, or check that it is one.`,
  )

export const zipInvalid = (where: string, name: string, byteOffset: number, reason: string): GryphError =>
  new GryphError(
    'ZIP_INVALID',
    `[${where}] ${name} is damaged at byte ${byteOffset}: ${reason}. Get the whole file again.`,
  )

export const zipUnsupported = (where: string, name: string, reason: string): GryphError =>
  new GryphError(
    'ZIP_UNSUPPORTED',
    `[${where}] ${name} ${reason}. Write it with numpy.savez, or with stored or deflated members of less than 4 GiB.`,
  )

export const zipTooLarge = (where: string, name: string, declared: number, limit: number): GryphError =>
  new GryphError(
    'ZIP_TOO_LARGE',
    `[${where}] the compressed members of ${name} unpack to ${declared} bytes, more than ${limit}. ` +
      'Check the file; allow for one that is really so large with { maxUnpackedBytes }.',
  )

export const zipMemberCorrupt = (where: string, name: string, member: string, reason: string): GryphError =>
  new GryphError(
    'ZIP_MEMBER_CORRUPT',
    `[${where}] ${quoted(member)} of ${name} is damaged: ${reason}. Get the whole file again.`,
  )

export const zipNotWritable = (where: string, reason: string): GryphError =>
  new GryphError('ZIP_UNSUPPORTED', `[${where}] ${reason}. Write several files, or safetensors.`)
