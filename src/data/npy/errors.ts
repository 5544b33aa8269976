import { GryphError } from '../../base/errors.ts'

export const npyBadMagic = (where: string, name: string): GryphError =>
  new GryphError(
    'NPY_BAD_MAGIC',
    `[${where}] ${name} does not start with \\x93NUMPY and a version from 1 to 3. Pass a file that numpy.save wrote.`,
  )

export const npyTruncated = (
  where: string,
  name: string,
  part: string,
  needed: number,
  byteLength: number,
): GryphError =>
  new GryphError(
    'NPY_TRUNCATED',
    `[${where}] ${name} has ${byteLength} bytes, and ${part} ends at byte ${needed}. Get the whole file again.`,
  )

export const npyHeaderInvalid = (where: string, name: string, byteOffset: number, reason: string): GryphError =>
  new GryphError(
    'NPY_HEADER_INVALID',
    `[${where}] the header of ${name} is damaged at byte ${byteOffset}: ${reason}. Get the whole file again.`,
  )

export const npyTrailingBytes = (where: string, name: string, end: number, byteLength: number): GryphError =>
  new GryphError(
    'NPY_TRAILING_BYTES',
    `[${where}] the array of ${name} ends at byte ${end}, and ${byteLength - end} more bytes follow. Pass exactly one array.`,
  )

export const npyTensorInvalid = (given: string): GryphError =>
  new GryphError('NPY_TENSOR_INVALID', `[writeNpy] got ${given}. Pass a tensor; writeNpz takes several by name.`)
