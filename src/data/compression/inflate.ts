import type * as NodeZlib from 'node:zlib'

/** What surrounds the compressed bytes: the header and checksum of gzip or of zlib, or nothing. */
export type Wrapping = 'gzip' | 'deflate' | 'deflate-raw'

/** The most bytes that one byte of deflate data can stand for (RFC 1951: 258 bytes from 2 bits, rounded up). */
export const maxDeflateRatio = 1032
/** One gibibyte: room for any data set that fits in memory twice. */
export const maxUnpackedBytes = 2 ** 30

/** Compressed bytes that are not what they should be. */
export class InflateFault extends Error {
  /** Whether neither Node's zlib nor the streams of browsers are there. */
  readonly isUnavailable: boolean

  constructor(message: string, isUnavailable = false) {
    super(message)
    this.isUnavailable = isUnavailable
  }
}

/**
 * Unpacks `packed`, all of it, to exactly `byteLength` bytes.
 *
 * @throws InflateFault
 */
export async function inflate(packed: Uint8Array, wrapping: Wrapping, byteLength: number): Promise<Uint8Array> {
  // Loaded here, so that a page can do without Node's modules.
  const zlib = await import('node:zlib').catch(() => undefined)
  const unpacked = zlib
    ? inflateBlock(zlib, packed, wrapping, byteLength)
    : await inflateStream(packed, wrapping, byteLength)
  if (unpacked.length !== byteLength)
    throw new InflateFault(`it unpacks to ${unpacked.length} bytes and should to ${byteLength}`)
  return unpacked
}

/** The part of node:zlib that is used. */
type Zlib = Pick<typeof NodeZlib, 'gunzipSync' | 'inflateSync' | 'inflateRawSync'>

const unpackers = { gzip: 'gunzipSync', deflate: 'inflateSync', 'deflate-raw': 'inflateRawSync' } as const

function inflateBlock(zlib: Zlib, packed: Uint8Array, wrapping: Wrapping, byteLength: number): Uint8Array {
  try {
    // With `info` the engine is returned too; it knows how many packed bytes it used, and Node ignores what follows them.
    const unpacked: unknown = zlib[unpackers[wrapping]](packed, {
      maxOutputLength: Math.max(byteLength, 1),
      info: true,
    })
    const { buffer, engine } = unpacked as { buffer: Uint8Array; engine: { bytesWritten: number } }
    if (engine.bytesWritten < packed.length)
      throw new InflateFault(`${packed.length - engine.bytesWritten} bytes follow the compressed data`)
    return buffer
  } catch (cause) {
    throw faultOf(cause, byteLength)
  }
}

function faultOf(cause: unknown, byteLength: number): unknown {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'ERR_BUFFER_TOO_LARGE') return new InflateFault(`it unpacks to more than ${byteLength} bytes`)
  return typeof code === 'string' && code.startsWith('Z_') ? new InflateFault((cause as Error).message) : cause // it has a code
}

async function inflateStream(packed: Uint8Array, wrapping: Wrapping, byteLength: number): Promise<Uint8Array> {
  const unpacked = new Uint8Array(byteLength)
  let length = 0
  for await (const chunk of inflatedChunks(packed, wrapping)) {
    if (length + chunk.length > byteLength) throw new InflateFault(`it unpacks to more than ${byteLength} bytes`)
    unpacked.set(chunk, length)
    length += chunk.length
  }
  return unpacked.subarray(0, length)
}

/** The unpacked bytes, a piece at a time, by the streams of browsers. @throws InflateFault */
export async function* inflatedChunks(
  packed: Uint8Array,
  wrapping: Wrapping,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (typeof DecompressionStream === 'undefined')
    throw new InflateFault('neither node:zlib nor DecompressionStream is there', true)
  const stream = new DecompressionStream(wrapping)
  const writer = stream.writable.getWriter()
  const written = writer.write(packed as Uint8Array<ArrayBuffer>).then(() => writer.close()) // a copy is made of shared memory
  written.catch(() => {}) // the reader learns of it too
  const reader = stream.readable.getReader() as ReadableStreamDefaultReader<Uint8Array> // what it makes
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } catch (cause) {
    throw new InflateFault(cause instanceof Error ? cause.message : String(cause))
  } finally {
    await reader.cancel().catch(() => {})
  }
}
