import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateRawSync } from 'node:zlib'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { loadNpzFile, readNpz, saveNpzFile, writeNpz } from '../../../src/data/index.ts'
import { crc32 } from '../../../src/data/compression/crc32.ts'
import { ones, tensor, zeros } from '../../../src/index.ts'
import { refusalOf } from '../refusal-of.ts'
import { numpyFile } from './numpy-files.ts'

afterEach(() => {
  vi.doUnmock('node:zlib')
  vi.unstubAllGlobals()
})

function withoutZlib(): void {
  vi.doMock('node:zlib', () => {
    throw new Error('no such module')
  })
}

interface Member {
  readonly name: string
  readonly content: Uint8Array
  readonly method?: number
  readonly crc?: number
  readonly byteLength?: number
  readonly flags?: number
  /** Instead of where it lies. */
  readonly offset?: number
  readonly localName?: string
}

/** A zip file by the published layout, true or false. */
function zip(members: readonly Member[], count = members.length): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const {
    name,
    content,
    method = 0,
    crc = 0,
    byteLength = content.length,
    flags = 0,
    offset = at,
    localName = name,
  } of members) {
    const shared = Buffer.alloc(26)
    ;[20, flags, method].forEach((value, i) => shared.writeUInt16LE(value, 2 * i))
    ;[crc, content.length, byteLength].forEach((value, i) => shared.writeUInt32LE(value, 10 + 4 * i))
    shared.writeUInt16LE(name.length, 22)
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), shared, Buffer.from(localName), content])
    const place = Buffer.alloc(14)
    place.writeUInt32LE(offset, 10)
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), shared, place, Buffer.from(name)]))
    parts.push(local)
    at += local.length
  }
  const entries = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06')
  ;[count, count].forEach((value, i) => end.writeUInt16LE(value, 8 + 2 * i))
  end.writeUInt32LE(entries.length, 12)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...parts, entries, end])
}

const array = numpyFile('float32')
const good: Member = { name: 'a.npy', content: array, crc: crc32(array) }

describe('an archive of NumPy', () => {
  test('with stored members is read', async () => {
    const read = await readNpz(numpyFile('stored'), 'a.npz')
    expect(Object.keys(read)).toEqual(['a', 'layer/weight'])
    expect([read['a']!.toArray(), read['layer/weight']!.toArray(), read['layer/weight']!.dtype]).toEqual([
      [1.5, 2],
      [[1], [2]],
      'int32',
    ])
  })

  test.each(['with node:zlib', 'as in a page'])('with compressed members is read %s', async (place) => {
    if (place === 'as in a page') withoutZlib()
    const read = await readNpz(numpyFile('deflated'), 'a.npz')
    expect([read['zeros']!.shape, read['zeros']!.abs().sum().item(), read['x']!.toArray()]).toEqual([
      [3, 50],
      0,
      [0, 1, 2, 3],
    ])
  })
})

describe('an archive that is written', () => {
  const tensors = { w: tensor([[1, 2]]), 'ключ/x': ones([3], { dtype: 'int32' }), b: tensor([true]) }

  test.each([false, true])('comes back, compressed: %s', async (compressed) => {
    const bytes = await writeNpz(tensors, { compressed })
    const read = await readNpz(bytes, 'a')
    expect(Object.entries(read).map(([name, each]) => [name, each.dtype, each.toArray()])).toEqual(
      Object.entries(tensors).map(([name, each]) => [name, each.dtype, each.toArray()]),
    )
    expect(await writeNpz(tensors, { compressed })).toEqual(bytes)
  })

  test('is compressed in a page too', async () => {
    withoutZlib()
    const bytes = await writeNpz({ z: zeros([1000]) }, { compressed: true })
    expect(bytes.length).toBeLessThan(500)
    expect((await readNpz(bytes, 'a'))['z']!.shape).toEqual([1000])
  })

  test('goes through a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gryph-npz-'))
    await saveNpzFile(join(folder, 'a.npz'), tensors)
    expect(Object.keys(await loadNpzFile(join(folder, 'a.npz')))).toEqual(Object.keys(tensors))
    rmSync(folder, { recursive: true })
  })
})

test('names that mean something to JavaScript or to file systems are names', async () => {
  const read = await readNpz(zip(['__proto__', '../../x', 'plain.txt'].map((name) => ({ ...good, name }))), 'a')
  expect(Object.keys(read)).toEqual(['__proto__', '../../x', 'plain.txt'])
  expect(Object.prototype).not.toHaveProperty('dtype')
})

test('a compressed member that unpacks to a lot must say so, and stay below the limit', async () => {
  const content = deflateRawSync(Buffer.alloc(50_000_000))
  const bomb = (byteLength: number): Buffer => zip([{ name: 'a.npy', content, method: 8, byteLength }])
  expect(await refusalOf(() => readNpz(bomb(100), 'a.npz'))).toEqual({
    code: 'ZIP_MEMBER_CORRUPT',
    message: "[readNpz] 'a.npy' of a.npz is damaged: it unpacks to more than 100 bytes. Get the whole file again.",
  })
  withoutZlib()
  expect(await refusalOf(() => readNpz(bomb(100), 'a.npz'))).toMatchObject({ code: 'ZIP_MEMBER_CORRUPT' })
  expect(await refusalOf(() => readNpz(bomb(50_000_000), 'a.npz', { maxUnpackedBytes: 1_000_000 }))).toEqual({
    code: 'ZIP_TOO_LARGE',
    message:
      '[readNpz] the compressed members of a.npz unpack to 50000000 bytes, more than 1000000. Check the file; allow for one that is really so large with { maxUnpackedBytes }.',
  })
})

const packed = deflateRawSync(array)
test.each<[string, Uint8Array, string]>([
  ['ZIP_BAD_MAGIC', Buffer.from('PK\x03\x04'), '[readNpz] a.npz does not end as a zip file does.'],
  ['ZIP_BAD_MAGIC', zip([good]).subarray(0, -1), 'does not end as a zip file does.'],
  ['ZIP_BAD_MAGIC', Buffer.concat([zip([good]), Buffer.from('x')]), 'does not end as a zip file does.'],
  ['ZIP_INVALID', Buffer.concat([Buffer.from('x'), zip([good])]), 'does not end here'],
  ['ZIP_INVALID', zip([good], 2), 'expected entry 2 of 2 of its directory.'],
  ['ZIP_INVALID', zip([good, { ...good, name: 'b.npy' }], 1), 'its directory has more than the declared entries.'],
  ['ZIP_INVALID', zip([good, good]), 'the name of this entry stands there twice.'],
  ['ZIP_INVALID', zip([good, { ...good, name: 'a' }]), "two members are named 'a'."],
  [
    'ZIP_INVALID',
    zip([good, { ...good, name: 'b.npy', localName: 'c.npy' }]),
    'this member has another name in the directory.',
  ],
  ['ZIP_INVALID', zip([good, { ...good, name: 'b.npy', localName: 'a.npy', offset: 0 }]), 'another name'],
  [
    'ZIP_INVALID',
    zip([
      { name: 'o.npy', content: zip([{ ...good, name: 'i.npy' }]) },
      { ...good, name: 'i.npy', offset: 35 },
    ]),
    'two members share these bytes.',
  ],
  ['ZIP_INVALID', zip([{ ...good, offset: 7 }]), 'there is no member at byte 7.'],
  ['ZIP_INVALID', zip([{ ...good, offset: 5000 }]), 'there is no member at byte 5000.'],
  ['ZIP_INVALID', zip([{ ...good, byteLength: 3 }]), `${array.length} bytes cannot unpack to 3.`],
  [
    'ZIP_INVALID',
    zip([{ ...good, content: packed, method: 8, byteLength: 4_000_000_000 }]),
    'cannot unpack to 4000000000.',
  ],
  [
    'ZIP_MEMBER_CORRUPT',
    zip([{ ...good, crc: 1 }]),
    "'a.npy' of a.npz is damaged: its bytes do not have the checksum that the file says.",
  ],
  [
    'ZIP_MEMBER_CORRUPT',
    zip([{ ...good, content: packed.subarray(0, -1), method: 8, byteLength: array.length }]),
    'unexpected end of file',
  ],
  [
    'ZIP_MEMBER_CORRUPT',
    zip([{ ...good, content: Buffer.concat([packed, Buffer.from('xx')]), method: 8, byteLength: array.length }]),
    '2 bytes follow the compressed data.',
  ],
  [
    'ZIP_MEMBER_CORRUPT',
    zip([{ ...good, content: packed, method: 8, byteLength: array.length + 1 }]),
    `it unpacks to ${array.length} bytes and should to ${array.length + 1}.`,
  ],
  ['ZIP_UNSUPPORTED', zip([{ ...good, flags: 1 }]), 'a.npz has an encrypted member.'],
  ['ZIP_UNSUPPORTED', zip([{ ...good, method: 12 }]), 'a.npz has a member of compression method 12.'],
  ['ZIP_UNSUPPORTED', zip([good], 0xffff), 'a.npz has 64-bit sizes.'],
  [
    'NPY_BAD_MAGIC',
    zip([{ name: 'readme', content: Buffer.from('text'), crc: crc32(Buffer.from('text')) }]),
    "[readNpz] 'readme' of a.npz does not start with",
  ],
])('%s: a bad archive is refused, case %#', async (code, bytes, part) => {
  expect(await refusalOf(() => readNpz(bytes, 'a.npz'))).toEqual({ code, message: expect.stringContaining(part) })
})

test('where nothing can unpack, that is said', async () => {
  withoutZlib()
  vi.stubGlobal('DecompressionStream', undefined)
  vi.stubGlobal('CompressionStream', undefined)
  expect(await refusalOf(() => readNpz(numpyFile('deflated'), 'a.npz'))).toEqual({
    code: 'COMPRESSION_UNAVAILABLE',
    message:
      '[readNpz] a.npz is compressed, and there is neither node:zlib nor DecompressionStream here. Pass it unpacked.',
  })
  expect(await refusalOf(() => writeNpz({ a: ones([1]) }, { compressed: true }))).toEqual({
    code: 'COMPRESSION_UNAVAILABLE',
    message:
      '[writeNpz] there is neither node:zlib nor CompressionStream here, and compressed was asked for. Leave it out.',
  })
})

test('a name can be too long for the format', async () => {
  expect(await refusalOf(() => writeNpz({ ['n'.repeat(70_000)]: ones([1]) }))).toMatchObject({
    code: 'ZIP_UNSUPPORTED',
  })
})
