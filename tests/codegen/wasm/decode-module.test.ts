import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ByteReader, DecodeFault } from '../../../src/codegen/wasm/byte-reader.ts'
import { ByteWriter } from '../../../src/codegen/wasm/byte-writer.ts'
import { decodeModule } from '../../../src/codegen/wasm/decode-module.ts'
import { encodeModule, printModule } from '../../../src/codegen/wasm/index.ts'
import { buildArtefact } from '../../../src/export/index.ts'
import { crossEntropy, hybridize, nn, optim, tensor, type Tensor } from '../../../src/index.ts'

const net = nn.sequential(nn.linear(6, 5), nn.tanh(), nn.linear(5, 3))
const optimizer = optim.adam(net.parameters())
const step = hybridize((x: Tensor, y: Tensor) => {
  const loss = crossEntropy(net.forward(x), y)
  loss.backward()
  optimizer.step()
  return loss
})
const inputs = [{ shape: [4, 6] }, tensor([0, 1, 2, 1], { dtype: 'int32' })]
const bytes = (await buildArtefact(step, { name: 'step', inputs })).get('step.wasm')!

test('what was encoded decodes to the same bytes, and prints', () => {
  const module = decodeModule(bytes)
  expect(encodeModule(module)).toEqual(bytes)
  expect(printModule(module)).toMatch(/^\(module\n {2}\(import "gryph" "memory"/)
})

test('integers of every length are read as they were written', () => {
  const property = fc.property(fc.integer(), fc.integer({ min: 0, max: 2 ** 32 - 1 }), (signed, unsigned) => {
    const writer = new ByteWriter()
    writer.signed(signed)
    writer.unsigned(unsigned)
    const reader = new ByteReader(writer.bytes)
    expect([reader.signed(), reader.unsigned(), reader.isAtEnd]).toEqual([signed, unsigned, true])
  })
  fc.assert(property)
})

/** A module, or a fault that says where. */
function decodes(given: Uint8Array): boolean {
  try {
    decodeModule(given)
    return true
  } catch (error) {
    expect(error).toBeInstanceOf(DecodeFault)
    return false
  }
}

test('bytes cut off anywhere are a fault', () => {
  const isWhole = (length: number): boolean => decodes(bytes.subarray(0, length))
  for (let length = 0; length < bytes.length; length += 7) if (isWhole(length)) expect(isNameSection(length)).toBe(true)
})

/** Names come last, and nothing needs them. */
const isNameSection = (length: number): boolean => bytes.subarray(length).length < 500

test('more locals than bytes are a fault', () => {
  const [pages, type] = [
    [1, 0, 0, 2, 0, 1],
    [1, 0x60, 0, 0],
  ]
  const body = [1, 0xff, 0x7f, 0x7f, 0x0b] // 16383 of type i32
  const sections = [
    [1, type],
    [2, pages],
    [3, [1, 0]],
    [10, [1, body.length, ...body]],
  ] as const
  const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]
  expect(decodes(Uint8Array.from([...header, ...sections.flatMap(([id, part]) => [id, part.length, ...part])]))).toBe(
    false,
  )
})

test('flipped bits decode or are a fault', () => {
  const flip = fc.tuple(fc.nat(bytes.length - 1), fc.nat(7))
  const property = fc.property(fc.array(flip, { minLength: 1, maxLength: 4 }), (flips) => {
    const damaged = bytes.slice()
    for (const [at, bit] of flips) damaged[at]! ^= 1 << bit
    decodes(damaged)
  })
  fc.assert(property, { numRuns: 300 })
})
