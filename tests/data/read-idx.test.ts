import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { GryphError } from '../../src/base/errors.ts'
import { readIdx } from '../../src/data/index.ts'
import { idxBytes } from './idx-bytes.ts'

const small = idxBytes(0x08, [2, 3], [1, 2, 3, 4, 5, 255])

async function errorOf(bytes: Uint8Array): Promise<GryphError> {
  const error: unknown = await readIdx(bytes, 'some.idx').then(
    () => expect.fail('readIdx accepted the bytes'),
    (reason: unknown) => reason,
  )
  if (!(error instanceof GryphError)) throw error
  expect(error.message).toMatch(/^\[readIdx\] some\.idx .*\.$/)
  return error
}

describe('a whole file', () => {
  test('of bytes is read', async () => {
    const { shape, dtype, data } = await readIdx(small, 'some.idx')
    expect({ shape, dtype }).toEqual({ shape: [2, 3], dtype: 'uint8' })
    expect(data).toEqual(new Uint8Array([1, 2, 3, 4, 5, 255]))
  })

  test.each([
    [0x0c, 'int32', new Int32Array([-1, 0, 2 ** 31 - 1, -(2 ** 31)])],
    [0x0d, 'float32', new Float32Array([-0, 0.1, Infinity, 2 ** -149])],
    [0x0e, 'float64', new Float64Array([-0, 0.1, -Infinity, 2 ** -1074])],
  ] as const)('of type %i is read as %s, with its bytes swapped', async (typeCode, dtype, values) => {
    const result = await readIdx(idxBytes(typeCode, [2, 2], [...values]), 'some.idx')
    expect(result).toEqual({ shape: [2, 2], dtype, data: values })
  })

  test('without axes holds one element', async () => {
    expect(await readIdx(idxBytes(0x08, [], [7]), 'some.idx')).toEqual({
      shape: [],
      dtype: 'uint8',
      data: new Uint8Array([7]),
    })
  })

  test('with an empty axis holds nothing, however long the others are', async () => {
    const { shape, data } = await readIdx(idxBytes(0x0d, [0, 2 ** 32 - 1, 2 ** 32 - 1], []), 'some.idx')
    expect(shape).toEqual([0, 2 ** 32 - 1, 2 ** 32 - 1])
    expect(data.length).toBe(0)
  })

  test('in the middle of a larger buffer is read, and not shared', async () => {
    const buffer = Buffer.concat([new Uint8Array(3), small, new Uint8Array(5)])
    const { data } = await readIdx(buffer.subarray(3, 3 + small.length), 'some.idx')
    buffer.fill(9)
    expect([...data]).toEqual([1, 2, 3, 4, 5, 255])
    expect(data.constructor).toBe(Uint8Array)
  })

  test('is the same when gzipped', async () => {
    expect(await readIdx(gzipSync(small), 'some.idx')).toEqual(await readIdx(small, 'some.idx'))
    const large = idxBytes(
      0x08,
      [100, 300],
      Array.from({ length: 30_000 }, (_, i) => (i * i) % 251),
    )
    expect(await readIdx(gzipSync(large), 'some.idx')).toEqual(await readIdx(large, 'some.idx'))
  })
})

describe('in a page, without node:zlib,', () => {
  afterEach(() => {
    vi.doUnmock('node:zlib')
  })
  const large = idxBytes(
    0x08,
    [100, 300],
    Array.from({ length: 30_000 }, (_, i) => (i * i) % 251),
  )
  const read = async (bytes: Uint8Array): Promise<unknown> => {
    vi.doMock('node:zlib', () => {
      throw new Error('no such module')
    })
    return readIdx(bytes, 'some.idx')
  }

  test.each([small, large])('a gzipped file is the same, case %#', async (bytes) => {
    expect(await read(gzipSync(bytes))).toEqual(await readIdx(bytes, 'some.idx'))
  })

  test.each([
    ['IDX_GZIP_CORRUPT', gzipSync(large).subarray(0, -20)],
    ['IDX_TRUNCATED', gzipSync(large.subarray(0, -1))],
    ['IDX_TRUNCATED', gzipSync(small.subarray(0, 9))],
    ['IDX_TRAILING_BYTES', gzipSync(Buffer.concat([large, Uint8Array.of(1)]))],
    ['IDX_TRAILING_BYTES', gzipSync(Buffer.concat([small, Uint8Array.of(1)]))],
    ['IDX_TRAILING_BYTES', gzipSync(Buffer.concat([small, new Uint8Array(5_000_000)]))],
    ['IDX_TOO_LARGE', gzipSync(idxBytes(0x0e, [2 ** 31, 2], new Array<number>(300).fill(1)))],
  ])('a bad one is refused with %s, case %#', async (code, bytes) => {
    await expect(read(bytes)).rejects.toMatchObject({ code })
  })
})

describe('a bad file', () => {
  test('cut at any byte has a coded error', async () => {
    for (let length = 0; length < small.length; length++) {
      expect((await errorOf(small.subarray(0, length))).code).toBe('IDX_TRUNCATED')
    }
  })

  test('gzipped and cut at any byte has a coded error', async () => {
    const packed = gzipSync(small)
    for (let length = 0; length < packed.length; length++) {
      expect((await errorOf(packed.subarray(0, length))).code).toMatch(/^IDX_(TRUNCATED|BAD_MAGIC|GZIP_CORRUPT)$/)
    }
  })

  test('says how many bytes it declares and has', async () => {
    expect((await errorOf(small.subarray(0, 15))).message).toBe(
      '[readIdx] some.idx declares uint8 of shape [2, 3], 18 bytes with its header, but has 15 bytes. Get the whole file again.',
    )
  })

  test('with bytes after its end is refused, gzipped too', async () => {
    const longer = Buffer.concat([small, new Uint8Array(2)])
    expect((await errorOf(longer)).code).toBe('IDX_TRAILING_BYTES')
    expect((await errorOf(gzipSync(longer))).code).toBe('IDX_TRAILING_BYTES')
    expect((await errorOf(Buffer.concat([gzipSync(small), new Uint8Array(3)]))).code).toBe('IDX_TRAILING_BYTES')
    expect((await errorOf(Buffer.concat([gzipSync(small), Uint8Array.of(1, 2, 3)]))).code).toBe('IDX_GZIP_CORRUPT')
    expect((await errorOf(Buffer.concat([gzipSync(small), gzipSync(small)]))).code).toBe('IDX_TRAILING_BYTES')
  })

  test('of another format is refused', async () => {
    const { code, message } = await errorOf(new TextEncoder().encode('<!doctype html>'))
    expect(code).toBe('IDX_BAD_MAGIC')
    expect(message).toContain('0x3c21646f')
    expect((await errorOf(gzipSync('plain text'))).code).toBe('IDX_BAD_MAGIC')
  })

  test('of a type that is no dtype is refused', async () => {
    const { code, message } = await errorOf(idxBytes(0x0b, [1], [1]))
    expect(code).toBe('IDX_UNSUPPORTED_TYPE')
    expect(message).toContain('type 0x0b')
  })

  test('that declares far more than it holds is refused before anything is allocated', async () => {
    const huge = [2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1]
    const endless = Array.from({ length: 255 }, () => 2 ** 32 - 1)
    for (const shape of [huge, endless, [2 ** 31]]) {
      expect((await errorOf(idxBytes(0x0e, shape, [1]))).code).toBe('IDX_TRUNCATED')
      expect((await errorOf(gzipSync(idxBytes(0x0e, shape, [1])))).code).toBe('IDX_TOO_LARGE')
    }
  })

  test('whose gzip data unpacks to far more than it declares is refused', async () => {
    const bomb = gzipSync(Buffer.concat([small, new Uint8Array(50_000_000)]))
    expect((await errorOf(bomb)).code).toBe('IDX_TRAILING_BYTES')
  })

  test('with a flipped byte in its gzip data is refused', async () => {
    const packed = gzipSync(
      idxBytes(
        0x08,
        [4, 4],
        Array.from({ length: 16 }, (_, i) => 10 * i),
      ),
    )
    for (let at = 10; at < packed.length; at++) {
      const damaged = Buffer.from(packed)
      damaged[at] = (damaged[at] ?? 0) ^ 0x10
      expect((await errorOf(damaged)).code).toMatch(/^IDX_/)
    }
  })

  test('of random bytes has a coded error or is read', async () => {
    const prefixes = [[], [0, 0], [0, 0, 8], [0, 0, 8, 1], [0, 0, 13, 1, 0, 0, 0], [0x1f, 0x8b], [0x1f, 0x8b, 8, 0]]
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...prefixes), fc.uint8Array({ maxLength: 40 }), async (prefix, rest) => {
        const error: unknown = await readIdx(Uint8Array.of(...prefix, ...rest), 'some.idx').catch(
          (reason: unknown) => reason,
        )
        if (error instanceof Error) expect(error).toBeInstanceOf(GryphError)
      }),
    )
  })

  test('given as something else than bytes is refused', async () => {
    const { code, message } = await errorOf(small.buffer as unknown as Uint8Array)
    expect(code).toBe('IDX_NOT_BYTES')
    expect(message).toBe('[readIdx] some.idx was given as ArrayBuffer. Pass the bytes of the file as a Uint8Array.')
  })
})
