import { describe, expect, test } from 'vitest'
import type { GryphError } from '../../../src/base/errors.ts'
import { readSafetensors } from '../../../src/data/index.ts'
import { publishedFile } from './published-file.ts'

/** A file by the published layout: 8 bytes of length, the header, the data. */
function file(header: string, data: readonly number[] = []): Uint8Array {
  const text = Buffer.from(header)
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(text.length))
  return Buffer.concat([length, text, Uint8Array.from(data)])
}

const entry = (dtype: string, shape: readonly number[], begin: number, end: number): string =>
  JSON.stringify({ dtype, shape, data_offsets: [begin, end] })

function errorOf(bytes: Uint8Array): GryphError {
  try {
    readSafetensors(bytes, 'm.safetensors')
  } catch (error) {
    return error as GryphError // its code is asserted
  }
  return expect.fail('the bytes were accepted')
}

describe('a file of the library that defines the format', () => {
  const { tensors, metadata } = readSafetensors(publishedFile, 'm.safetensors')

  test.each([
    ['weight', 'float32', [2, 3], [0, 0.25, 0.5, 0.75, 1, 1.25]],
    ['half', 'float32', [5], [1, -0, 65504, 2 ** -24, Infinity]],
    ['steps', 'int32', [2], [2 ** 31 - 1, -(2 ** 31)]],
    ['mask', 'bool', [3], [1, 0, 1]],
    ['byte', 'uint8', [2], [0, 255]],
    ['small', 'int32', [2], [-128, 127]],
    ['short', 'int32', [1], [-32768]],
    ['ushort', 'int32', [1], [65535]],
    ['int', 'int32', [1, 1], [-5]],
    ['uint', 'int32', [1], [7]],
    ['ulong', 'int32', [1], [9]],
    ['double', 'float64', [], [0.1]],
    ['none', 'float32', [0, 4], []],
    ['näme "q"', 'float32', [1], [1]],
  ])('has %s as %s of shape %j', (name, dtype, shape, values) => {
    const { [name]: tensor } = tensors
    expect({ dtype: tensor?.dtype, shape: tensor?.shape, values: [...tensor!.data()] }).toEqual({
      dtype,
      shape,
      values,
    })
  })

  test('has its metadata, and no other tensors', () => {
    expect({ ...metadata }).toEqual({ epoch: '3', note: 'µ "x"' })
    expect(Object.keys(tensors)).toHaveLength(14)
  })

  test('shares no memory with its bytes', () => {
    const bytes = Uint8Array.from(publishedFile)
    const { weight } = readSafetensors(bytes, 'm').tensors
    bytes.fill(0xff)
    expect(weight!.toArray()).toEqual([
      [0, 0.25, 0.5],
      [0.75, 1, 1.25],
    ])
  })
})

test('bfloat16 is read as float32', () => {
  const bytes = file(`{"b":${entry('BF16', [4], 0, 8)}}`, [0x80, 0x3f, 0x40, 0xc0, 0x80, 0x7f, 1, 0])
  expect([...readSafetensors(bytes, 'm').tensors['b']!.data()]).toEqual([1, -3, Infinity, 2 ** -133])
})

test('names that mean something to JavaScript or to file systems are names', () => {
  const names = ['__proto__', 'constructor', '../../etc/passwd', '10', '2', '']
  const header = names.map((name, i) => `${JSON.stringify(name)}:${entry('U8', [], i, i + 1)}`).join()
  const { tensors } = readSafetensors(file(`{${header}}`, [0, 1, 2, 3, 4, 5]), 'm')
  expect(Object.keys(tensors).toSorted()).toEqual(names.toSorted())
  names.forEach((name, i) => expect(tensors[name]!.item()).toBe(i))
  expect(Object.prototype).not.toHaveProperty('dtype')
  expect(tensors['toString']).toBeUndefined()
})

test('a file without tensors is read', () => {
  expect(Object.keys(readSafetensors(file('{}  '), 'm').tensors)).toEqual([])
})

describe('a bad file', () => {
  test.each([
    [
      'SAFETENSORS_TRUNCATED',
      Uint8Array.of(1, 2),
      'm.safetensors has 2 bytes, and the length of its header ends at byte 8.',
    ],
    ['SAFETENSORS_TRUNCATED', file('{}').subarray(0, 9), 'm.safetensors has 9 bytes, and its header ends at byte 10.'],
    ['SAFETENSORS_TRUNCATED', file(`{"a":${entry('U8', [2], 0, 2)}}`, [1]), 'and its data ends at byte 63.'],
    [
      'SAFETENSORS_HEADER_INVALID',
      new Uint8Array(8).fill(255),
      'damaged at byte 0: it declares 18446744073709552000 bytes',
    ],
    ['SAFETENSORS_HEADER_INVALID', file(' {}'), "damaged at byte 8: expected '{' as its first byte."],
    ['SAFETENSORS_HEADER_INVALID', file('{}x'), "damaged at byte 10: expected the end of the header, not 'x'."],
    ['SAFETENSORS_HEADER_INVALID', file('{"a":{}}'), "byte 13: expected 'dtype', 'shape' and two 'data_offsets'."],
    [
      'SAFETENSORS_HEADER_INVALID',
      file('{"a":{"dtype":"F32","shape":[-1]'),
      "byte 37: expected a whole number, not '-'.",
    ],
    ['SAFETENSORS_HEADER_INVALID', file('{"a":{"shape":[1.5]}}'), "byte 24: expected ']', not '.'."],
    ['SAFETENSORS_HEADER_INVALID', file('{"a":{"shape":[01]}}'), "byte 23: expected a whole number, not '0'."],
    ['SAFETENSORS_HEADER_INVALID', file('{"a":{"shape":[9007199254740993]}}'), 'byte 23: expected a number below 2⁵³.'],
    [
      'SAFETENSORS_HEADER_INVALID',
      file('{"a":{"more":1}}'),
      "byte 21: expected only 'dtype', 'shape' and 'data_offsets'.",
    ],
    ['SAFETENSORS_HEADER_INVALID', file('{"a'), 'byte 9: this string does not end.'],
    ['SAFETENSORS_HEADER_INVALID', file('{"\\x":1}'), 'byte 9: this string is not one of JSON in UTF-8.'],
    ['SAFETENSORS_HEADER_INVALID', file('{"__metadata__":{"a":1}}'), "byte 29: expected '\"', not '1'."],
    ['SAFETENSORS_HEADER_INVALID', file(`{"a":${entry('U8', [0], 0, 0)},"a":1}`), 'this name stands there twice.'],
    [
      'SAFETENSORS_HEADER_INVALID',
      file(`{"a":{"shape":${'['.repeat(100_000)}`),
      "byte 23: expected a whole number, not '['.",
    ],
    ['SAFETENSORS_HEADER_INVALID', file(`{"a":{"shape":[${'1,'.repeat(100)}1]}}`), 'expected at most 64 numbers.'],
    [
      'SAFETENSORS_LAYOUT_INVALID',
      file(`{"a":${entry('F32', [2], 0, 4)}}`, [1, 2, 3, 4]),
      "the bytes 0 … 4 of its data to 'a', which is F32 of shape [2].",
    ],
    ['SAFETENSORS_LAYOUT_INVALID', file(`{"a":${entry('U8', [1], 1, 0)}}`, [1]), "the bytes 1 … 0 of its data to 'a'"],
    [
      'SAFETENSORS_LAYOUT_INVALID',
      file(`{"a":${entry('U8', [0, 9e15], 0, 0)}}`),
      'which is U8 of shape [0, 9000000000000000].',
    ],
    [
      'SAFETENSORS_LAYOUT_INVALID',
      file(`{"a":${entry('U8', [2], 0, 2)},"b":${entry('U8', [2], 1, 3)}}`, [1, 2, 3]),
      "the data of 'b' in m.safetensors begins at byte 1 of the data, and what comes before it ends at 2.",
    ],
    [
      'SAFETENSORS_LAYOUT_INVALID',
      file(`{"a":${entry('U8', [1], 1, 2)}}`, [1, 2]),
      "the data of 'a' in m.safetensors begins at byte 1 of the data, and what comes before it ends at 0.",
    ],
    [
      'SAFETENSORS_LAYOUT_INVALID',
      file(`{"a":${entry('U8', [1], 0, 1)}}`, [1, 2]),
      'ends at byte 62, and 1 more bytes follow.',
    ],
    [
      'ELEMENT_TYPE_UNSUPPORTED',
      file(`{"a":${entry('F8_E4M3', [1], 0, 1)}}`, [1]),
      "'a' of m.safetensors has elements of type 'F8_E4M3'.",
    ],
    [
      'ELEMENT_OUT_OF_RANGE',
      file(`{"a":${entry('BOOL', [2], 0, 2)}}`, [1, 2]),
      "'a' of m.safetensors has the byte 2 as element 1, at byte 64, which bool cannot hold.",
    ],
    [
      'ELEMENT_OUT_OF_RANGE',
      file(`{"a":${entry('I64', [1], 0, 8)}}`, [0, 0, 0, 0x80, 0, 0, 0, 0]),
      'has 2147483648 as element 0, at byte 62, which int32 cannot hold.',
    ],
    [
      'ELEMENT_OUT_OF_RANGE',
      file(`{"a":${entry('U32', [1], 0, 4)}}`, [255, 255, 255, 255]),
      'has 4294967295 as element 0',
    ],
    [
      'ELEMENT_OUT_OF_RANGE',
      file(`{"a":${entry('U64', [1], 0, 8)}}`, new Array(8).fill(255)),
      'has 18446744073709551615 as element 0',
    ],
  ] as const)('is refused as %s, case %#', (code, bytes, part) => {
    const error = errorOf(bytes)
    expect({ code: error.code, message: error.message }).toEqual({ code, message: expect.stringContaining(part) })
  })

  test('may declare a great deal, and gets none of it', () => {
    const huge = file(`{"a":${entry('F64', [2 ** 31 - 1, 2 ** 20], 0, (2 ** 31 - 1) * 2 ** 23)}}`)
    expect(errorOf(huge).code).toBe('SAFETENSORS_HEADER_INVALID')
    const large = file(`{"a":${entry('F64', [2 ** 31 - 1, 1024], 0, (2 ** 31 - 1) * 8192)}}`)
    expect(errorOf(large).code).toBe('SAFETENSORS_TRUNCATED')
  })

  test('is no string', () => {
    expect(errorOf('{}' as never)).toMatchObject({
      code: 'BYTES_EXPECTED',
      message: '[readSafetensors] m.safetensors was given as string. Pass the bytes of the file as a Uint8Array.',
    })
  })
})
