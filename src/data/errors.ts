import { GryphError } from '../base/errors.ts'
import type { IdxHeader } from './idx.ts'

function withCause(error: GryphError, cause: unknown): GryphError {
  error.cause = cause
  return error
}

function declared({ dtype, shape, totalBytes }: IdxHeader): string {
  return `${dtype} of shape [${shape.join(', ')}], ${totalBytes} bytes with its header`
}

function hex(value: number, digits: number): string {
  return `0x${value.toString(16).padStart(digits, '0')}`
}

export function idxNotBytes(name: string, given: unknown): GryphError {
  const kind = typeof given === 'object' && given !== null ? given.constructor?.name : typeof given
  return new GryphError(
    'IDX_NOT_BYTES',
    `[readIdx] ${name} was given as ${kind ?? 'object'}. Pass the bytes of the file as a Uint8Array.`,
  )
}

export function idxHeaderTruncated(name: string, byteLength: number, headerBytes: number): GryphError {
  return new GryphError(
    'IDX_TRUNCATED',
    `[readIdx] ${name} ends after ${byteLength} bytes, inside its header of ${headerBytes}. Get the whole file again.`,
  )
}

export function idxTruncated(name: string, header: IdxHeader, byteLength: number): GryphError {
  return new GryphError(
    'IDX_TRUNCATED',
    `[readIdx] ${name} declares ${declared(header)}, but has ${byteLength} bytes. Get the whole file again.`,
  )
}

export function idxTrailingBytes(name: string, header: IdxHeader, extraBytes: number | undefined): GryphError {
  const extra = extraBytes === undefined ? 'more bytes follow' : `${extraBytes} more bytes follow`
  return new GryphError(
    'IDX_TRAILING_BYTES',
    `[readIdx] ${name} declares ${declared(header)}, and ${extra}. Pass exactly one IDX file.`,
  )
}

export function idxTrailingPackedBytes(name: string, extraBytes: number): GryphError {
  return new GryphError(
    'IDX_TRAILING_BYTES',
    `[readIdx] ${name} has ${extraBytes} bytes after its gzip data. Pass exactly one gzipped IDX file.`,
  )
}

export function idxBadMagic(name: string, magic: number): GryphError {
  return new GryphError(
    'IDX_BAD_MAGIC',
    `[readIdx] ${name} starts with ${hex(magic, 8)}, but an IDX file starts with two zero bytes (or is gzipped). Pass an IDX file.`,
  )
}

export function idxUnsupportedType(name: string, code: number): GryphError {
  return new GryphError(
    'IDX_UNSUPPORTED_TYPE',
    `[readIdx] ${name} has elements of type ${hex(code, 2)}. Convert it to uint8 (0x08), int32 (0x0c), float32 (0x0d) or float64 (0x0e).`,
  )
}

export function idxTooLarge(name: string, header: IdxHeader, packedBytes: number, limitBytes: number): GryphError {
  return new GryphError(
    'IDX_TOO_LARGE',
    `[readIdx] ${name} declares ${declared(header)}, but its ${packedBytes} gzipped bytes may unpack to ${limitBytes} at most. ` +
      'Check the file; one that is really so large must be unpacked first.',
  )
}

export function idxGzipCorrupt(name: string, cause: unknown): GryphError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return withCause(
    new GryphError('IDX_GZIP_CORRUPT', `[readIdx] ${name} cannot be unpacked: ${reason}. Get the whole file again.`),
    cause,
  )
}

export function idxGzipUnavailable(name: string, cause: unknown): GryphError {
  return withCause(
    new GryphError(
      'IDX_GZIP_UNAVAILABLE',
      `[readIdx] ${name} is gzipped, and there is neither node:zlib nor DecompressionStream here. Pass the unpacked bytes.`,
    ),
    cause,
  )
}

export function idxFilesUnavailable(name: string, cause: unknown): GryphError {
  return withCause(
    new GryphError(
      'IDX_FILES_UNAVAILABLE',
      `[loadIdxFile] ${name} cannot be read, because node:fs cannot be loaded here. Fetch the bytes and call readIdx.`,
    ),
    cause,
  )
}

export function idxFileMissing(name: string): GryphError {
  return new GryphError('IDX_FILE_MISSING', `[loadIdxFile] there is no file ${name}. Check the path.`)
}

export function idxFileUnreadable(name: string, code: string, cause: unknown): GryphError {
  return withCause(
    new GryphError(
      'IDX_FILE_UNREADABLE',
      `[loadIdxFile] ${name} cannot be read (${code}). Check the path and its permissions.`,
    ),
    cause,
  )
}
