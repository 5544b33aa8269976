import { inflatedChunks, InflateFault, maxDeflateRatio, maxUnpackedBytes } from './compression/inflate.ts'
import { idxGzipCorrupt, idxGzipUnavailable, idxTooLarge, idxTrailingBytes, idxTrailingPackedBytes } from './errors.ts'
import type { IdxHeader } from './idx.ts'
import { maxHeaderBytes, parseIdxHeader } from './parse-idx.ts'

/** Enough packed bytes for the longest IDX header, after a gzip header with a long file name. */
const prefixBytes = 4096

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

/** Unpacks a gzipped IDX file, never past the size its own header declares. */
export async function unpackIdx(packed: Uint8Array, name: string): Promise<Uint8Array> {
  // Loaded here, so that a page can do without Node's modules.
  const zlib = await import('node:zlib').catch(() => undefined)
  if (!zlib) return unpackStream(packed, name)

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
  const header = checkedHeader(unpackPrefix(), packed, name)

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

/** The header at the start of the unpacked bytes, which cannot declare more than the packed ones may hold. */
function checkedHeader(unpacked: Uint8Array, packed: Uint8Array, name: string): IdxHeader {
  const header = parseIdxHeader(unpacked.subarray(0, maxHeaderBytes), name)
  const limit = Math.min(maxUnpackedBytes, packed.length * maxDeflateRatio)
  if (header.totalBytes > limit) throw idxTooLarge(name, header, packed.length, limit)
  return header
}

/** By the streams of browsers. */
async function unpackStream(packed: Uint8Array, name: string): Promise<Uint8Array> {
  let unpacked = new Uint8Array(0)
  let length = 0
  let header: IdxHeader | undefined
  const take = (chunk: Uint8Array): void => {
    if (length + chunk.length > unpacked.length) {
      if (header) throw idxTrailingBytes(name, header, undefined)
      const longer = new Uint8Array(length + chunk.length)
      longer.set(unpacked)
      unpacked = longer
    }
    unpacked.set(chunk, length)
    length += chunk.length
    if (header || length < maxHeaderBytes) return
    header = checkedHeader(unpacked, packed, name)
    if (length > header.totalBytes) throw idxTrailingBytes(name, header, length - header.totalBytes)
    const whole = new Uint8Array(header.totalBytes)
    whole.set(unpacked)
    unpacked = whole
  }
  try {
    for await (const chunk of inflatedChunks(packed, 'gzip')) take(chunk)
  } catch (fault) {
    if (!(fault instanceof InflateFault)) throw fault
    throw fault.isUnavailable ? idxGzipUnavailable(name, fault) : idxGzipCorrupt(name, fault)
  }
  return unpacked.subarray(0, length)
}
