import { GryphError } from '../../base/errors.ts'

export const deflateUnavailable = (where: string): GryphError =>
  new GryphError(
    'COMPRESSION_UNAVAILABLE',
    `[${where}] there is neither node:zlib nor CompressionStream here, and compressed was asked for. Leave it out.`,
  )

export const inflateUnavailable = (where: string, name: string): GryphError =>
  new GryphError(
    'COMPRESSION_UNAVAILABLE',
    `[${where}] ${name} is compressed, and there is neither node:zlib nor DecompressionStream here. Pass it unpacked.`,
  )
