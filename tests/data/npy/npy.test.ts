import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { loadNpyFile, readNpy, saveNpyFile, writeNpy } from '../../../src/data/index.ts'
import { tensor, zeros } from '../../../src/index.ts'
import { refusalOf } from '../refusal-of.ts'
import { numpyFile } from './numpy-files.ts'

const small = numpyFile('bool')

/** A file by the published layout. */
function file(header: string, data: readonly number[] = [], version = 1): Uint8Array {
  const length =
    version === 1 ? [header.length & 255, header.length >> 8] : [header.length & 255, header.length >> 8, 0, 0]
  return Uint8Array.from([
    0x93,
    ...Buffer.from('NUMPY'),
    version,
    0,
    ...length,
    ...Buffer.from(header, 'latin1'),
    ...data,
  ])
}

describe('a file of NumPy', () => {
  test.each([
    ['float32', 'float32', [2, 3], [1.5, -0, Infinity, 2 ** -149, 3, 4]],
    ['fortran', 'float64', [2, 3], [0, 0.125, 0.25, 0.375, 0.5, 0.625]],
    ['fortran3', 'uint8', [2, 2, 2], [0, 1, 2, 3, 4, 5, 6, 7]],
    ['bigEndian', 'int32', [2], [-1, 2 ** 31 - 1]],
    ['bigDouble', 'float64', [1], [0.1]],
    ['bool', 'bool', [2], [1, 0]],
    ['int64', 'int32', [2], [-5, 2 ** 31 - 1]],
    ['half', 'float32', [3], [1, -2.5, 65504]],
    ['scalar', 'int32', [], [7]],
    ['empty', 'float32', [0, 3], []],
    ['version2', 'uint8', [2], [1, 2]],
    ['version3', 'int32', [2], [1, 2]],
  ] as const)('with %s is read as %s of shape %j', (name, dtype, shape, values) => {
    const read = readNpy(numpyFile(name), 'a.npy')
    expect({ dtype: read.dtype, shape: read.shape, values: [...read.data()] }).toEqual({ dtype, shape, values })
  })

  test.each(['float32', 'bool', 'scalar', 'empty'] as const)('with %s is written with the same bytes', (name) => {
    expect(Buffer.from(writeNpy(readNpy(numpyFile(name), 'a.npy')))).toEqual(Buffer.from(numpyFile(name)))
  })

  test.each([
    [
      'tooWide',
      'ELEMENT_OUT_OF_RANGE',
      '[readNpy] a.npy has 1099511627776 as element 1, at byte 136, which int32 cannot hold. Write it as int32, float32 or float64.',
    ],
    [
      'complex',
      'ELEMENT_TYPE_UNSUPPORTED',
      "[readNpy] a.npy has elements of type '<c8'. Convert them to float32, float64, int32, uint8 or bool.",
    ],
    [
      'text',
      'ELEMENT_TYPE_UNSUPPORTED',
      "[readNpy] a.npy has elements of type '<U2'. Convert them to float32, float64, int32, uint8 or bool.",
    ],
    [
      'object',
      'ELEMENT_TYPE_UNSUPPORTED',
      "[readNpy] a.npy has elements of type '|O'. Convert them to float32, float64, int32, uint8 or bool.",
    ],
    [
      'record',
      'NPY_HEADER_INVALID',
      "[readNpy] the header of a.npy is damaged at byte 20: expected a string, not '['. Get the whole file again.",
    ],
  ] as const)('with %s is refused as %s', async (name, code, message) => {
    expect(await refusalOf(() => readNpy(numpyFile(name), 'a.npy'))).toEqual({ code, message })
  })
})

test('a file of Python 2 is read', () => {
  expect(readNpy(file(`{"shape": (2L,), 'descr': "|u1", 'fortran_order': False}`, [3, 4]), 'a').toArray()).toEqual([
    3, 4,
  ])
})

test('any tensor comes back with every bit', () => {
  const elements = fc.oneof(
    fc.float32Array({ maxLength: 8 }).map((values) => tensor(values)),
    fc.float64Array({ maxLength: 8 }).map((values) => tensor(values)),
    fc.int32Array({ maxLength: 8 }).map((values) => tensor(values)),
    fc.uint8Array({ maxLength: 8, max: 1 }).map((values) => tensor(values, { dtype: 'bool' })),
  )
  fc.assert(
    fc.property(elements, fc.nat(2), (given, ones) => {
      const shaped = given.reshape([...new Array<number>(ones).fill(1), given.size])
      const read = readNpy(writeNpy(shaped), 'a')
      expect([read.dtype, read.shape]).toEqual([shaped.dtype, shaped.shape])
      expect(Buffer.from(read.data().buffer)).toEqual(Buffer.from(given.data().buffer))
    }),
  )
})

test('a view is written as it reads', () => {
  expect(
    readNpy(
      writeNpy(
        tensor([
          [1, 2],
          [3, 4],
        ]).transpose(),
      ),
      'a',
    ).toArray(),
  ).toEqual([
    [1, 3],
    [2, 4],
  ])
})

test('a tensor goes through a file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gryph-npy-'))
  await saveNpyFile(join(folder, 'a.npy'), zeros([2, 1]))
  expect((await loadNpyFile(join(folder, 'a.npy'))).shape).toEqual([2, 1])
  rmSync(folder, { recursive: true })
})

test.each<[string, () => unknown, string]>([
  [
    'NPY_BAD_MAGIC',
    () => readNpy(Buffer.from('PK\x03\x04'), 'a.npy'),
    '[readNpy] a.npy does not start with \\x93NUMPY and a version from 1 to 3. Pass a file that numpy.save wrote.',
  ],
  ['NPY_BAD_MAGIC', () => readNpy(file('', [], 4), 'a.npy'), 'does not start with'],
  [
    'NPY_TRUNCATED',
    () => readNpy(small.subarray(0, 4), 'a.npy'),
    'a.npy has 4 bytes, and the length of its header ends at byte 12.',
  ],
  [
    'NPY_TRUNCATED',
    () => readNpy(small.subarray(0, 20), 'a.npy'),
    'a.npy has 20 bytes, and its header ends at byte 128.',
  ],
  [
    'NPY_TRUNCATED',
    () => readNpy(small.subarray(0, 129), 'a.npy'),
    'a.npy has 129 bytes, and its array ends at byte 130. Get the whole file again.',
  ],
  [
    'NPY_TRAILING_BYTES',
    () => readNpy(Buffer.concat([small, small]), 'a.npy'),
    'the array of a.npy ends at byte 130, and 130 more bytes follow.',
  ],
  [
    'NPY_HEADER_INVALID',
    () => readNpy(file(`{'descr': '<f4', 'descr': '<f4'}`), 'a.npy'),
    "damaged at byte 27: expected 'descr', 'fortran_order' and 'shape', each once.",
  ],
  ['NPY_HEADER_INVALID', () => readNpy(file(`{'descr': '<f4', 'fortran_order': False}`), 'a.npy'), 'each once.'],
  [
    'NPY_HEADER_INVALID',
    () => readNpy(file(`{'shape': (-1,)}`), 'a.npy'),
    "damaged at byte 21: expected a size, not '-'.",
  ],
  [
    'NPY_HEADER_INVALID',
    () => readNpy(file(`{'shape': (4294967296,)}`), 'a.npy'),
    'damaged at byte 21: expected a size below 2³¹.',
  ],
  ['NPY_HEADER_INVALID', () => readNpy(file(`{'shape': (${'1,'.repeat(65)})}`), 'a.npy'), 'expected at most 64 sizes.'],
  ['NPY_HEADER_INVALID', () => readNpy(file(`{'fortran_order': 1}`), 'a.npy'), "expected True or False, not '1'."],
  ['NPY_HEADER_INVALID', () => readNpy(file(`{'descr`), 'a.npy'), 'damaged at byte 11: this string does not end.'],
  [
    'NPY_HEADER_INVALID',
    () => readNpy(file(`{'descr': '<f4', 'fortran_order': False, 'shape': ()}x`), 'a.npy'),
    "expected the end of the header, not 'x'.",
  ],
  [
    'NPY_HEADER_INVALID',
    () => readNpy(file('('.repeat(60_000)), 'a.npy'),
    "damaged at byte 10: expected '{', not '('.",
  ],
  [
    'NPY_HEADER_INVALID',
    () =>
      readNpy(Uint8Array.from([...file('', [], 2).subarray(0, 8), 0, 0, 2, 0, ...new Uint8Array(2 ** 17)]), 'a.npy'),
    'it has 131072 bytes, more than 65536.',
  ],
  [
    'NPY_TRUNCATED',
    () =>
      readNpy(file(`{'descr': '<f8', 'fortran_order': False, 'shape': (2147483647, 2147483647, 2147483647)}`), 'a.npy'),
    'and its array ends at byte 7.',
  ],
  ['BYTES_EXPECTED', () => readNpy([1] as never, 'a.npy'), '[readNpy] a.npy was given as Array.'],
  [
    'NPY_TENSOR_INVALID',
    () => writeNpy(3 as never),
    '[writeNpy] got 3. Pass a tensor; writeNpz takes several by name.',
  ],
])('%s: a bad file is refused, case %#', async (code, read, part) => {
  const refusal = await refusalOf(read)
  expect(refusal).toEqual({ code, message: expect.stringContaining(part) })
})
