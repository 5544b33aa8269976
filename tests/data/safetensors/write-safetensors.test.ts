import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readSafetensors, writeSafetensors } from '../../../src/data/index.ts'
import { ones, tensor, type Tensor } from '../../../src/index.ts'

const headerOf = (bytes: Uint8Array): Record<string, { data_offsets: [number, number] }> => {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
  return JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as ReturnType<typeof headerOf>
}

test('what is written has the bytes of the published layout', () => {
  const bytes = writeSafetensors({ a: tensor([1, -2]) }, { metadata: { k: 'v' } })
  const header = '{"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'
  expect(new TextDecoder().decode(bytes.subarray(8, 88))).toBe(header.padEnd(80))
  expect([...bytes.subarray(0, 8)]).toEqual([80, 0, 0, 0, 0, 0, 0, 0])
  expect([...bytes.subarray(88)]).toEqual([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0])
})

test('every tensor begins at a multiple of its item size, and the header keeps the given order', () => {
  const bytes = writeSafetensors({
    u: tensor([1, 2, 3], { dtype: 'uint8' }),
    f: tensor([1]),
    d: tensor([1], { dtype: 'float64' }),
  })
  const header = headerOf(bytes)
  expect(Object.keys(header)).toEqual(['u', 'f', 'd'])
  expect(Object.values(header).map((entry) => entry.data_offsets)).toEqual([
    [12, 15],
    [8, 12],
    [0, 8],
  ])
  expect(Object.keys(readSafetensors(bytes, 'm').tensors)).toEqual(['u', 'f', 'd'])
})

test('views and variables are written as they read', () => {
  const w = ones([2], { requiresGrad: true })
  const t = tensor([
    [1, 2],
    [3, 4],
  ]).transpose()
  const { tensors } = readSafetensors(writeSafetensors({ w, t }), 'm')
  expect([tensors['w']!.toArray(), tensors['t']!.toArray()]).toEqual([
    [1, 1],
    [
      [1, 3],
      [2, 4],
    ],
  ])
})

test('any tensors under any names come back with every bit', () => {
  const elements = {
    float32: fc.float32Array({ maxLength: 6 }),
    float64: fc.float64Array({ maxLength: 6 }),
    int32: fc.int32Array({ maxLength: 6 }),
    uint8: fc.uint8Array({ maxLength: 6 }),
    bool: fc.uint8Array({ maxLength: 6, max: 1 }),
  }
  const anyTensor = fc
    .constantFrom(...(['float32', 'float64', 'int32', 'uint8', 'bool'] as const))
    .chain((dtype): fc.Arbitrary<Tensor> => elements[dtype].map((values) => tensor(values, { dtype })))
  const names = fc.string({ unit: 'grapheme' }).filter((name) => name !== '__metadata__')
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(names, anyTensor), { selector: ([name]) => name }), (entries) => {
      const bytes = writeSafetensors(Object.fromEntries(entries))
      const { tensors } = readSafetensors(bytes, 'm')
      expect(Object.keys(tensors).toSorted()).toEqual(entries.map(([name]) => name).toSorted())
      for (const [name, given] of entries) {
        expect(tensors[name]!.dtype).toBe(given.dtype)
        expect(Object.is(tensors[name]!.toString(), given.toString())).toBe(true)
        expect(Buffer.from(tensors[name]!.data().buffer)).toEqual(Buffer.from(given.data().buffer))
      }
      expect(writeSafetensors(tensors)).toEqual(bytes)
    }),
  )
})

test.each([
  [
    'TENSORS_INVALID',
    ones([1]),
    '[writeSafetensors] the tensors are a tensor. Pass an object of tensors by name, as stateDict() makes it.',
  ],
  [
    'TENSORS_INVALID',
    { a: 1 },
    "[writeSafetensors] 'a' is 1. Pass tensors only; text goes into the metadata of safetensors.",
  ],
  [
    'TENSORS_INVALID',
    { __metadata__: ones([1]) },
    "[writeSafetensors] a tensor is named '__metadata__', which the format keeps for text. Give it another name.",
  ],
  [
    'TENSORS_INVALID',
    { '\ud800': ones([1]) },
    "[writeSafetensors] a tensor is named '\ud800', which is no text in UTF-8. Give it another name.",
  ],
])('%s: what is no tensor is refused', (code, given, message) => {
  expect(() => writeSafetensors(given as never)).toThrow(expect.objectContaining({ code, message }) as Error)
})

test('metadata is text', () => {
  expect(() => writeSafetensors({}, { metadata: { epoch: 3 as never } })).toThrow(
    expect.objectContaining({
      code: 'METADATA_INVALID',
      message: "[writeSafetensors] the metadata 'epoch' is 3. Pass strings only, for instance JSON text.",
    }) as Error,
  )
})
