import { GryphError } from '../../base/errors.ts'

function withCause(error: GryphError, cause: unknown): GryphError {
  error.cause = cause
  return error
}

/** `ENOENT` and the like. */
export const systemCodeOf = (cause: unknown): string =>
  cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error'

/** What a file calls something, in quotes and never a screenful. */
export const quoted = (name: string): string => `'${name.length > 60 ? `${name.slice(0, 57)}…` : name}'`

export const bytesExpected = (where: string, name: string, given: unknown): GryphError => {
  const kind = typeof given === 'object' && given !== null ? given.constructor?.name : typeof given
  return new GryphError(
    'BYTES_EXPECTED',
    `[${where}] ${name} was given as ${kind ?? 'object'}. Pass the bytes of the file as a Uint8Array.`,
  )
}

export const filesUnavailable = (where: string, name: string, instead: string, cause: unknown): GryphError =>
  withCause(
    new GryphError(
      'FILES_UNAVAILABLE',
      `[${where}] ${name} cannot be opened, because node:fs cannot be loaded here. ${instead}`,
    ),
    cause,
  )

export const fileMissing = (where: string, name: string): GryphError =>
  new GryphError('FILE_MISSING', `[${where}] there is no file ${name}. Check the path.`)

export const fileUnreadable = (where: string, name: string, cause: unknown): GryphError =>
  withCause(
    new GryphError(
      'FILE_UNREADABLE',
      `[${where}] ${name} cannot be read (${systemCodeOf(cause)}). Check the path and its permissions.`,
    ),
    cause,
  )

export const fileUnwritable = (where: string, name: string, cause: unknown): GryphError =>
  withCause(
    new GryphError(
      'FILE_UNWRITABLE',
      `[${where}] ${name} cannot be written (${systemCodeOf(cause)}). Check the path, its permissions and the room on the disk; what was there before is unchanged.`,
    ),
    cause,
  )
