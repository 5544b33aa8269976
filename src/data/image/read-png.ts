import type { Tensor } from '../../frontend/tensor.ts'
import { crc32 } from '../compression/crc32.ts'
import { inflateUnavailable } from '../compression/errors.ts'
import { inflate, InflateFault, maxDeflateRatio, maxUnpackedBytes } from '../compression/inflate.ts'
import { tensorOf } from '../elements/tensor-of.ts'
import { imageInvalid, imageTooLarge, imageTruncated, imageUnsupported } from './errors.ts'
import { unfilter } from './unfilter.ts'

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
export const isPng = (bytes: Uint8Array): boolean => signature.every((byte, i) => bytes[i] === byte)

interface Chunk {
  readonly type: string
  /** Of its first byte, which is that of its length. */
  readonly at: number
  readonly data: Uint8Array
}

interface PngHeader {
  readonly width: number
  readonly height: number
  readonly channels: number
}

/** Around the data of a chunk: its length, its type, its checksum. */
const chunkBytes = 12
/** By colour type. Type 3 has a palette. */
const channelsOf: Readonly<Partial<Record<number, number>>> = { 0: 1, 2: 3, 4: 2, 6: 4 }

/** Reads a PNG image with 8 bits per channel. @see https://www.w3.org/TR/png-3/ */
export async function readPng(bytes: Uint8Array, name: string): Promise<Tensor> {
  const chunks = readChunks(bytes, name)
  const header = readHeader(chunks, name)
  const parts = chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data)
  const packedBytes = parts.reduce((sum, part) => sum + part.length, 0)
  const { width, height, channels } = header
  const rowBytes = 1 + width * channels
  const byteLength = height * rowBytes
  if (byteLength > Math.min(maxUnpackedBytes, packedBytes * maxDeflateRatio))
    throw imageTooLarge(name, width, height, maxUnpackedBytes)
  const packed = new Uint8Array(packedBytes)
  let at = 0
  for (const part of parts) {
    packed.set(part, at)
    at += part.length
  }
  const filtered = await inflate(packed, 'deflate', byteLength).catch((fault: unknown) => {
    if (!(fault instanceof InflateFault)) throw fault
    const first = chunks.find(({ type }) => type === 'IDAT')!.at
    throw fault.isUnavailable ? inflateUnavailable('readImage', name) : imageInvalid(name, first, fault.message)
  })
  const pixels = new Uint8Array(height * width * channels)
  const odd = unfilter(filtered, pixels, height, rowBytes, channels)
  if (odd !== undefined)
    throw imageInvalid(name, chunks.find(({ type }) => type === 'IDAT')!.at, `row ${odd} has an unknown filter`)
  return tensorOf('uint8', [height, width, channels], pixels)
}

/** What follows width and height in IHDR. */
type HeaderBytes = readonly [number, number, number, number, number]

/** The chunks up to IEND, each with the right checksum. */
function readChunks(bytes: Uint8Array, name: string): Chunk[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const chunks: Chunk[] = []
  for (let at = signature.length; ;) {
    if (at + chunkBytes > bytes.length) throw imageTruncated(name, 'its chunks', bytes.length)
    const length = view.getUint32(at)
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8))
    const end = at + chunkBytes + length
    if (!/^[A-Za-z]{4}$/.test(type)) throw imageInvalid(name, at + 4, 'expected the type of a chunk')
    if (end > bytes.length) throw imageTruncated(name, `its chunk ${type}`, bytes.length)
    if (crc32(bytes.subarray(at + 4, end - 4)) !== view.getUint32(end - 4))
      throw imageInvalid(name, at, `its chunk ${type} does not have the checksum that the file says`)
    // Of the others only those with a small first letter may be left out.
    if (!['IHDR', 'PLTE', 'IDAT', 'IEND'].includes(type)) {
      if (/^[A-Z]/.test(type)) throw imageUnsupported(name, `a chunk ${type}`)
    } else chunks.push({ type, at, data: bytes.subarray(at + 8, end - 4) })
    at = end
    if (type !== 'IEND') continue
    if (at < bytes.length) throw imageInvalid(name, at, 'expected the end of the file')
    return chunks
  }
}

function readHeader(chunks: readonly Chunk[], name: string): PngHeader {
  const [first, ...others] = chunks
  if (first?.type !== 'IHDR' || first.data.length !== 13)
    throw imageInvalid(name, signature.length, 'expected a chunk IHDR of 13 bytes')
  const again = others.find(({ type }) => type === 'IHDR')
  if (again) throw imageInvalid(name, again.at, 'expected one chunk IHDR')
  const { data } = first
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const [width, height] = [view.getUint32(0), view.getUint32(4)]
  const [depth, colour, compression, filter, interlacing] = data.subarray(8) as unknown as HeaderBytes // IHDR has 13 bytes
  if (width === 0 || height === 0 || width >= 2 ** 31 || height >= 2 ** 31)
    throw imageInvalid(name, first.at + 8, 'expected a width and a height from 1 to 2³¹ − 1')
  if (colour === 3) throw imageUnsupported(name, 'a palette')
  const channels = channelsOf[colour]
  if (channels === undefined || compression !== 0 || filter !== 0 || interlacing > 1)
    throw imageInvalid(name, first.at + 17, `expected a known colour type, compression, filter and interlacing`)
  if (depth !== 8) throw imageUnsupported(name, `${depth} bits per channel`)
  if (interlacing === 1) throw imageUnsupported(name, 'interlaced rows')
  return { width, height, channels }
}
