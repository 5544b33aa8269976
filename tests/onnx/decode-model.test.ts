import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeModel } from '../../src/onnx/decode-model.ts'
import { encodeModel } from '../../src/onnx/encode-model.ts'
import { MessageWriter } from '../../src/onnx/message-writer.ts'
import type { OnnxModel, OnnxTensor } from '../../src/onnx/model.ts'
import { readMutations, readTruncations } from '../data/mutations.ts'
import { refusalOf } from '../data/refusal-of.ts'
import { model } from './arbitrary-model.ts'
import { sampleModel } from './sample-model.ts'

test('a model that was written is read as it was', () => {
  fc.assert(
    fc.property(model, (given) => {
      expect(decodeModel(encodeModel(given))).toEqual(given)
    }),
    { numRuns: 60, seed: 1 },
  )
})

/** A model whose only initializer is what `write` writes. */
function withTensor(write: (tensor: MessageWriter) => void): Uint8Array {
  const writer = new MessageWriter()
  writer.message(7, (graph) => graph.message(5, write))
  writer.message(8, (opset) => opset.int(2, 17))
  return writer.finish()
}

const readTensor = (bytes: Uint8Array): OnnxTensor => decodeModel(bytes, 'x').graph.initializers[0]!

const packed = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes)
const floats = new Uint8Array(Float32Array.of(1.5, -2).buffer)
const doubles = new Uint8Array(Float64Array.of(1.5, -2).buffer)

test.each<[string, number, (tensor: MessageWriter) => void, ArrayBufferView]>([
  ['packed floats', 1, (tensor) => tensor.bytes(4, floats), Float32Array.of(1.5, -2)],
  ['single floats', 1, (tensor) => [1.5, -2].forEach((value) => tensor.float(4, value)), Float32Array.of(1.5, -2)],
  ['doubles', 11, (tensor) => tensor.bytes(10, doubles), Float64Array.of(1.5, -2)],
  ['int32', 6, (tensor) => tensor.bytes(5, packed(0x80, 0x02, 1)), Int32Array.of(256, 1)],
  ['negative int32', 6, (tensor) => [-1, 5].forEach((value) => tensor.int(5, value)), Int32Array.of(-1, 5)],
  ['uint8', 2, (tensor) => tensor.bytes(5, packed(0xff, 1, 7)), Uint8Array.of(255, 7)],
  ['int8', 3, (tensor) => [-2, 5].forEach((value) => tensor.int(5, value)), Int8Array.of(-2, 5)],
  ['bool', 9, (tensor) => tensor.bytes(5, packed(1, 0)), Uint8Array.of(1, 0)],
  ['bits of float16', 10, (tensor) => tensor.bytes(5, packed(0x80, 0x78, 0)), Uint16Array.of(0x3c00, 0)],
  ['int64', 7, (tensor) => [-3, 2 ** 40].forEach((value) => tensor.int(7, value)), BigInt64Array.of(-3n, 2n ** 40n)],
  [
    'uint32',
    12,
    (tensor) => [7, 2 ** 32 - 1].forEach((value) => tensor.int(11, value)),
    Uint32Array.of(7, 2 ** 32 - 1),
  ],
])('elements are read from their own field: %s', (_, dataType, write, expected) => {
  const bytes = withTensor((tensor) => {
    tensor.int(1, 2)
    tensor.int(2, dataType)
    write(tensor)
  })
  expect([...readTensor(bytes).bytes]).toEqual([
    ...new Uint8Array(expected.buffer, expected.byteOffset, expected.byteLength),
  ])
})

test('raw elements are a part of the file, not a copy', () => {
  const bytes = withTensor((tensor) => {
    tensor.int(1, 2)
    tensor.int(2, 1)
    tensor.bytes(9, floats)
  })
  expect(readTensor(bytes).bytes.buffer).toBe(bytes.buffer)
})

test('fields that nobody knows are passed over', () => {
  const known = encodeModel(sampleModel)
  const unknown = new MessageWriter()
  unknown.int(900, 2 ** 40)
  unknown.float(901, 1)
  unknown.text(902, 'from the future')
  const both = Uint8Array.from([...unknown.finish(), 0xc9, 0x3e, 1, 2, 3, 4, 5, 6, 7, 8, ...known])
  expect(decodeModel(both)).toEqual(sampleModel)
})

test('the second name of the domain of ONNX is read as the first', () => {
  const named: OnnxModel = { ...sampleModel, opsets: [{ domain: 'ai.onnx', version: 17 }] }
  expect(decodeModel(encodeModel(named)).opsets).toEqual([{ domain: '', version: 17 }])
})

const tensorOf = (write: (tensor: MessageWriter) => void) => () => readTensor(withTensor(write))

test.each<[string, string, RegExp, () => unknown]>([
  ['no bytes', 'BYTES_EXPECTED', /given as string/, () => decodeModel('x' as never)], // that is the point
  ['an empty file', 'ONNX_DAMAGED', /at byte 0: there is no graph/, () => decodeModel(packed())],
  ['a huge field', 'ONNX_DAMAGED', /at byte 0: field 7 ends at byte 3435973/, () => hugeField()],
  ['a number without an end', 'ONNX_DAMAGED', /at byte 1: a number has more/, () => decodeModel(longNumber())],
  ['a group', 'ONNX_DAMAGED', /at byte 0: there is no wire type 3/, () => decodeModel(packed(0x3b))],
  ['text as number', 'ONNX_DAMAGED', /byte 1: field 2 has wire type 0/, () => decodeModel(packed(0x10, 1))],
  ['no UTF-8', 'ONNX_DAMAGED', /at byte 1: this text is not UTF-8/, () => decodeModel(packed(0x12, 1, 0xff))],
  [
    'a size that is not there',
    'ONNX_TENSOR_INVALID',
    /float32 of shape \[2147483647, 2147483647\], and has 0 elements/,
    tensorOf((tensor) => {
      tensor.int(1, 2 ** 31 - 1)
      tensor.int(1, 2 ** 31 - 1)
      tensor.int(2, 1)
    }),
  ],
  [
    'a negative size',
    'ONNX_TENSOR_INVALID',
    /a dimension of size -1/,
    tensorOf((tensor) => {
      tensor.int(1, -1)
      tensor.int(2, 1)
    }),
  ],
  ['text as elements', 'ELEMENT_TYPE_UNSUPPORTED', /type string/, tensorOf((tensor) => tensor.int(2, 8))],
  [
    'elements in another file',
    'ONNX_EXTERNAL_DATA',
    /tensor 'w' of x, at byte \d+, is kept in another file/,
    tensorOf((tensor) => {
      tensor.int(2, 1)
      tensor.text(8, 'w')
      tensor.int(14, 1)
    }),
  ],
  ['a sparse initializer', 'ONNX_UNSUPPORTED', /sparse initializer/, () => decodeModel(sparse())],
  ['graphs in graphs', 'ONNX_TOO_LARGE', /more than 32 graphs in each other/, () => decodeModel(nested(40, 6))],
  ['a million nodes', 'ONNX_TOO_LARGE', /more than 2097152 nodes/, () => decodeModel(manyNodes())],
])('%s is refused', async (_, code, message, read) => {
  const refusal = await refusalOf(read)
  expect(refusal.code).toBe(code)
  expect(refusal.message).toMatch(message)
})

function hugeField(): unknown {
  return decodeModel(packed(0x3a, 0xff, 0xff, 0xff, 0xff, 0x7f))
}

function longNumber(): Uint8Array {
  return Uint8Array.from([0x08, ...Array.from({ length: 12 }, () => 0x80)])
}

function sparse(): Uint8Array {
  const writer = new MessageWriter()
  writer.message(7, (graph) => graph.text(15, ''))
  return writer.finish()
}

function nested(depth: number, attributeField: number): Uint8Array {
  const graph = (inner: MessageWriter, left: number): void =>
    inner.message(1, (node) => {
      node.text(4, 'If')
      if (left > 0)
        node.message(5, (attribute) => {
          attribute.text(1, 'then_branch')
          attribute.message(attributeField, (body) => graph(body, left - 1))
        })
    })
  const writer = new MessageWriter()
  writer.message(7, (outer) => graph(outer, depth))
  return writer.finish()
}

/** Inputs of one byte each. */
function manyNodes(): Uint8Array {
  const inputs = new Uint8Array(2 ** 22 + 10)
  for (let at = 0; at < inputs.length; at += 2) inputs[at] = 0x0a
  const writer = new MessageWriter()
  writer.message(7, (graph) => graph.bytes(1, inputs))
  return writer.finish()
}

const codes = /^(ONNX_|ELEMENT_TYPE)/

test('a model cut at any byte is refused with a coded error', async () => {
  for (const code of await readTruncations(encodeModel(sampleModel), (bytes) => decodeModel(bytes, 'x')))
    expect(code).toMatch(codes)
})

test('a damaged model is read or refused with a coded error, and what is read can be written', async () => {
  const met = await readMutations(encodeModel(sampleModel), (bytes) => encodeModel(decodeModel(bytes, 'x')))
  expect(met.size).toBeGreaterThan(2)
  for (const code of met) if (code !== 'read') expect(code).toMatch(codes)
})
