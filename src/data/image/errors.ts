import { GryphError } from '../../base/errors.ts'

const where = 'readImage'

export const imageBadMagic = (name: string): GryphError =>
  new GryphError(
    'IMAGE_BAD_MAGIC',
    `[${where}] ${name} is neither PNG nor PGM or PPM (P2, P3, P5, P6). Convert the image to one of them.`,
  )

export const imageTruncated = (name: string, part: string, byteLength: number): GryphError =>
  new GryphError(
    'IMAGE_TRUNCATED',
    `[${where}] ${name} ends after ${byteLength} bytes, inside ${part}. Get the whole file again.`,
  )

export const imageInvalid = (name: string, byteOffset: number, reason: string): GryphError =>
  new GryphError(
    'IMAGE_INVALID',
    `[${where}] ${name} is damaged at byte ${byteOffset}: ${reason}. Get the whole file again.`,
  )

export const imageUnsupported = (name: string, what: string): GryphError =>
  new GryphError(
    'IMAGE_UNSUPPORTED',
    `[${where}] ${name} has ${what}. Convert it to gray, RGB or RGBA with 8 bits per channel, without interlacing.`,
  )

export const imageTooLarge = (name: string, width: number, height: number, limit: number): GryphError =>
  new GryphError(
    'IMAGE_TOO_LARGE',
    `[${where}] ${name} declares ${width} × ${height} pixels, more than its bytes can hold, or than ${limit} bytes. Check the file.`,
  )
