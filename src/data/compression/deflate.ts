import { deflateUnavailable } from './errors.ts'

/** Deflate data without a header, for zip members. */
export async function deflateRaw(bytes: Uint8Array, where: string): Promise<Uint8Array> {
  const zlib = await import('node:zlib').catch(() => undefined)
  if (zlib) return zlib.deflateRawSync(bytes)
  if (typeof CompressionStream === 'undefined') throw deflateUnavailable(where)
  const packed = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new CompressionStream('deflate-raw')) // a Blob copies
  return new Uint8Array(await new Response(packed).arrayBuffer())
}
