import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { crc32 } from '../../../src/data/compression/crc32.ts'
import { loadImageFile, readImage } from '../../../src/data/index.ts'
import { refusalOf } from '../refusal-of.ts'
import { pillowFile } from './pillow-files.ts'

afterEach(() => {
  vi.doUnmock('node:zlib')
})

const pixels = (height: number, width: number, channels: number): number[] =>
  Array.from({ length: height * width * channels }, (_, i) => {
    const [k, x, y] = [i % channels, Math.floor(i / channels) % width, Math.floor(i / channels / width)]
    return (7 * x + 13 * y + 50 * k + 3 * ((x * y) % 5)) % 256
  })

function chunk(type: string, data: Uint8Array, crc = crc32(Buffer.concat([Buffer.from(type), data]))): Buffer {
  const numbers = Buffer.alloc(8)
  numbers.writeUInt32BE(data.length, 0)
  numbers.writeUInt32BE(crc, 4)
  return Buffer.concat([numbers.subarray(0, 4), Buffer.from(type), data, numbers.subarray(4)])
}

/** A PNG file by the published layout; fields are depth, colour type, compression, filter and interlacing. */
function png(width: number, height: number, rows: Uint8Array, fields = [8, 0, 0, 0, 0], more: Buffer[] = []): Buffer {
  const size = Buffer.alloc(8)
  size.writeUInt32BE(width, 0)
  size.writeUInt32BE(height, 4)
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]),
    chunk('IHDR', Buffer.concat([size, Buffer.from(fields)])),
    ...more,
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

describe('a PNG image', () => {
  test.each([
    ['gray', 9, 11, 1],
    ['grayAlpha', 3, 4, 2],
    ['rgb', 12, 10, 3],
    ['rgba', 5, 6, 4],
  ] as const)('of Pillow, %s, is read', async (name, height, width, channels) => {
    const image = await readImage(pillowFile(name), 'a.png')
    expect([image.dtype, image.shape, [...image.data()]]).toEqual([
      'uint8',
      [height, width, channels],
      pixels(height, width, channels),
    ])
  })

  test('may use every filter', async () => {
    // Worked out by hand: rows 10 20 30 after each of the filters.
    const rows = [0, 10, 20, 30, 1, 10, 10, 10, 2, 0, 0, 0, 3, 5, 5, 5, 4, 0, 0, 0]
    const image = await readImage(png(3, 5, Buffer.from(rows)), 'a.png')
    expect([...image.data()]).toEqual([10, 20, 30, 10, 20, 30, 10, 20, 30, 10, 20, 30, 10, 20, 30])
  })

  test('may have chunks that say other things, and is read in a page', async () => {
    vi.doMock('node:zlib', () => {
      throw new Error('no such module')
    })
    const image = await readImage(
      png(2, 1, Buffer.from([0, 1, 2]), undefined, [chunk('tEXt', Buffer.from('hi'))]),
      'a.png',
    )
    expect(image.toArray()).toEqual([[[1], [2]]])
  })
})

describe('a PGM or PPM image', () => {
  test.each([
    ['P5 2 1 255\n\x01\x02', 'uint8', [1, 2, 1], [1, 2]],
    ['P2\n# a comment\n2 2\n255\n1 2\n3 255\n', 'uint8', [2, 2, 1], [1, 2, 3, 255]],
    ['P6\n1 2\n255\nabcdef', 'uint8', [2, 1, 3], [97, 98, 99, 100, 101, 102]],
    ['P3 1 1 65535 1 2 65535', 'int32', [1, 1, 3], [1, 2, 65535]],
    ['P5 1 2 65535\nabAB', 'int32', [2, 1, 1], [0x6162, 0x4142]],
  ])('like %j is read', async (text, dtype, shape, values) => {
    const image = await readImage(Buffer.from(text, 'latin1'), 'a.ppm')
    expect([image.dtype, image.shape, [...image.data()]]).toEqual([dtype, shape, values])
  })

  test('is read from a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gryph-image-'))
    writeFileSync(join(folder, 'a.pgm'), 'P5 1 1 255 x')
    expect((await loadImageFile(join(folder, 'a.pgm'))).item()).toBe(120)
    rmSync(folder, { recursive: true })
  })
})

const text = (content: string): Uint8Array => Buffer.from(content, 'latin1')
const gray = pillowFile('gray')
const broken = (at: number): Uint8Array => gray.map((byte, i) => (i === at ? byte ^ 1 : byte))
test.each<[string, Uint8Array, string]>([
  [
    'IMAGE_BAD_MAGIC',
    text('GIF89a'),
    '[readImage] a is neither PNG nor PGM or PPM (P2, P3, P5, P6). Convert the image to one of them.',
  ],
  ['IMAGE_BAD_MAGIC', text('P4 8 1 x'), 'is neither PNG nor'],
  ['IMAGE_TRUNCATED', gray.subarray(0, 20), 'a ends after 20 bytes, inside its chunk IHDR.'],
  ['IMAGE_TRUNCATED', gray.subarray(0, gray.length - 12), 'inside its chunks.'],
  ['IMAGE_TRUNCATED', gray.subarray(0, 60), 'a ends after 60 bytes, inside its chunk IDAT. Get the whole file again.'],
  [
    'IMAGE_INVALID',
    broken(17),
    'a is damaged at byte 8: its chunk IHDR does not have the checksum that the file says.',
  ],
  [
    'IMAGE_INVALID',
    Buffer.concat([gray, text('x')]),
    `a is damaged at byte ${gray.length}: expected the end of the file.`,
  ],
  ['IMAGE_INVALID', png(2, 1, Buffer.from([9, 1, 2])), 'row 0 has an unknown filter.'],
  ['IMAGE_INVALID', png(2, 1, Buffer.from([0, 1])), 'it unpacks to 2 bytes and should to 3.'],
  ['IMAGE_INVALID', png(2, 1, Buffer.from([0, 1, 2, 3])), 'it unpacks to more than 3 bytes.'],
  ['IMAGE_INVALID', png(0, 1, Buffer.from([0])), 'expected a width and a height from 1 to 2³¹ − 1.'],
  ['IMAGE_INVALID', png(1, 1, Buffer.from([0, 1]), [8, 5, 0, 0, 0]), 'expected a known colour type'],
  ['IMAGE_TOO_LARGE', png(2 ** 31 - 1, 2 ** 31 - 1, Buffer.from([0])), 'a declares 2147483647 × 2147483647 pixels'],
  ['IMAGE_TOO_LARGE', png(30_000, 30_000, Buffer.alloc(100)), 'more than its bytes can hold'],
  [
    'IMAGE_UNSUPPORTED',
    pillowFile('palette'),
    '[readImage] a has a palette. Convert it to gray, RGB or RGBA with 8 bits per channel, without interlacing.',
  ],
  ['IMAGE_UNSUPPORTED', pillowFile('deep'), 'a has 16 bits per channel.'],
  ['IMAGE_UNSUPPORTED', pillowFile('bits'), 'a has 1 bits per channel.'],
  ['IMAGE_UNSUPPORTED', png(1, 1, Buffer.from([0, 1]), [8, 0, 0, 0, 1]), 'a has interlaced rows.'],
  [
    'IMAGE_UNSUPPORTED',
    png(1, 1, Buffer.from([0, 1]), undefined, [chunk('ABCD', Buffer.alloc(0))]),
    'a has a chunk ABCD.',
  ],
  ['IMAGE_TRUNCATED', text('P5 2'), 'a ends after 4 bytes, inside its height.'],
  ['IMAGE_TRUNCATED', text('P5 2 2 255'), 'inside its header.'],
  ['IMAGE_TRUNCATED', text('P5 2 2 255 abc'), 'inside its 2 × 2 pixels.'],
  ['IMAGE_TRUNCATED', text('P2 2 2 255 1 2 3'), 'pixels.'],
  ['IMAGE_TRUNCATED', text('P6 2147483647 2147483647 255 abc'), 'inside its 2147483647 × 2147483647 pixels.'],
  ['IMAGE_INVALID', text('P5 2 x'), 'a is damaged at byte 5: expected its height.'],
  ['IMAGE_INVALID', text('P5 99999999999 1 255 '), 'a is damaged at byte 3: expected its width of at most 2147483647.'],
  ['IMAGE_INVALID', text('P2 1 1 255 256'), 'a is damaged at byte 11: expected a value of at most 255.'],
  ['IMAGE_INVALID', text('P2 1 1 255 25 6'), 'a is damaged at byte 14: expected the end of the file.'],
  ['IMAGE_INVALID', text('P5 1 1 255 ab'), 'a is damaged at byte 12: expected the end of the file.'],
  ['IMAGE_UNSUPPORTED', text('P5 1 1 15 a'), 'a has values from 0 to 15.'],
  ['BYTES_EXPECTED', 'P5' as never, '[readImage] a was given as string.'],
])('%s: a bad image is refused, case %#', async (code, bytes, part) => {
  expect(await refusalOf(() => readImage(bytes, 'a'))).toEqual({ code, message: expect.stringContaining(part) })
})
