import { idxGzipCorrupt, idxGzipUnavailable, idxTooLarge, idxTrailingBytes, idxTrailingPackedBytes } from './errors.ts'
import { maxHeaderBytes, parseIdxHeader } from './parse-idx.ts'

/** The most bytes that one byte of deflate data can stand for (RFC 1951: 258 bytes from 2 bits, rounded up). */
const maxDeflateRatio = 1032
/** One gibibyte: room for any data set that fits in memory twice. */
const maxUnpackedBytes = 2 ** 30
/** Enough packed bytes for the longest IDX header, after a gzip header with a long file name. */
const prefixBytes = 4096

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

/** Unpacks a gzipped IDX file, never past the size its own header declares. */
export async function unpackIdx(packed: Uint8Array, name: string): Promise<Uint8Array> {
  // Loaded here, so that a page that reads no gzipped file can do without Node's modules.
  const zlib = await import('node:zlib').catch((cause: unknown) => {
    throw idxGzipUnavailable(name, cause)
  })

  const unpackPrefix = (): Uint8Array => {
    try {
      return zlib.gunzipSync(packed.subarray(0, prefixBytes), {
        finishFlush: zlib.constants.Z_SYNC_FLUSH,
        maxOutputLength: prefixBytes * maxDeflateRatio,
      })
    } catch (cause) {
      throw idxGzipCorrupt(name, cause)
    }
  }
  const header = parseIdxHeader(unpackPrefix().subarray(0, maxHeaderBytes), name)
  const limit = Math.min(maxUnpackedBytes, packed.length * maxDeflateRatio)
  if (header.totalBytes > limit) throw idxTooLarge(name, header, packed.length, limit)

  try {
    // With `info` the engine is returned too; it knows how many packed bytes it used, and Node ignores what follows them.
    const unpacked: unknown = zlib.gunzipSync(packed, { maxOutputLength: header.totalBytes, info: true })
    const { buffer, engine } = unpacked as { buffer: Uint8Array; engine: { bytesWritten: number } }
    if (engine.bytesWritten < packed.length) throw idxTrailingPackedBytes(name, packed.length - engine.bytesWritten)
    return buffer
  } catch (cause) {
    throw asIdxError(cause)
  }

  function asIdxError(cause: unknown): unknown {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    if (code === 'ERR_BUFFER_TOO_LARGE') return idxTrailingBytes(name, header, undefined)
    return typeof code === 'string' && code.startsWith('Z_') ? idxGzipCorrupt(name, cause) : cause
  }
}
