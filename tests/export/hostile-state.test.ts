import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { hybridize, tensor, variable, type Tensor } from '../../src/index.ts'
import { codeOf, exported, temporaryFolder, type Artefact, type ArtefactModule } from './load-artefact.ts'

/** `GRYPH_FUZZ_RUNS=20 npx vitest run tests/export/hostile-state.test.ts` makes 10,000 mutations of each file. */
const factor = Number(process.env['GRYPH_FUZZ_RUNS'] ?? 1)
const folder = temporaryFolder()
let module: ArtefactModule
let artefact: Artefact
let saved: Uint8Array

beforeAll(async () => {
  const w = variable([1, 2, 3])
  const count = variable(0, { dtype: 'int32' })
  const f = hybridize((x: Tensor) => {
    count.add_(1)
    return x.mul(w)
  })
  const options = { name: 'f', outDir: join(folder, 'f'), inputs: { x: tensor([1, 2, 3]) }, weights: { w, count } }
  module = await exported(f, options)
  artefact = await module.load()
  saved = artefact.state.save()
})

/** Either the bytes are taken, or there is a coded error and everything is as it was. */
async function survives(bytes: Uint8Array): Promise<boolean> {
  const before = artefact.state.save()
  const code = await codeOf(() => artefact.state.load(bytes))
  if (code === undefined) return true
  expect(code).toBe('ARTEFACT_STATE_INVALID')
  expect(artefact.state.save()).toEqual(before)
  return false
}

test('a state cut off at any byte is an error, and nothing is loaded', async () => {
  for (let length = 0; length < saved.length; length++) expect(await survives(saved.subarray(0, length))).toBe(false)
  expect(await survives(saved)).toBe(true)
})

test('flipped bits are taken as elements or are an error', async () => {
  const flips = fc.array(fc.tuple(fc.nat(saved.length - 1), fc.nat(7)), { minLength: 1, maxLength: 8 })
  const property = fc.asyncProperty(flips, async (all) => {
    const bytes = saved.slice()
    for (const [at, bit] of all) bytes[at]! ^= 1 << bit
    await survives(bytes)
  })
  await fc.assert(property, { numRuns: Math.ceil(500 * factor) })
})

test('damaged programs and weights are never loaded', async () => {
  const outDir = join(folder, 'f')
  const files = { wasm: readFileSync(join(outDir, 'f.wasm')), weights: readFileSync(join(outDir, 'f.safetensors')) }
  const damage = fc.tuple(fc.constantFrom('wasm', 'weights'), fc.nat(), fc.integer({ min: 1, max: 255 }), fc.nat(5))
  const property = fc.property(damage, ([kind, at, mask, cut]) => {
    const bytes = Uint8Array.from(files[kind as 'wasm' | 'weights']) // one of them
    bytes[at % bytes.length]! ^= mask
    const given = { ...files, [kind]: bytes.subarray(0, cut === 0 ? at % bytes.length : bytes.length) }
    expect(() => module.loadSync(given)).toThrow(expect.objectContaining({ code: 'ARTEFACT_HASH_MISMATCH' }) as Error)
  })
  fc.assert(property, { numRuns: Math.ceil(100 * factor) })
})

const fileOf = (header: string, data = new Uint8Array(16)): Uint8Array => {
  const json = new TextEncoder().encode(header)
  const bytes = new Uint8Array(8 + json.length + data.length)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true)
  bytes.set(json, 8)
  bytes.set(data, 8 + json.length)
  return bytes
}
const entry = (dtype: string, shape: unknown, offsets: unknown): string =>
  JSON.stringify({ dtype, shape, data_offsets: offsets })

test.each([
  ['a header that is no JSON', '{"w":'],
  ['a header that is no object', '[1, 2]'],
  ['a header of null', 'null'],
  ['a header nested deep', '['.repeat(100_000)],
  ['a huge shape', `{"w":${entry('F32', [2 ** 40, 2 ** 40], [0, 12])}}`],
  ['overlapping tensors', `{"w":${entry('F32', [3], [0, 12])},"count":${entry('I32', [], [8, 12])}}`],
  ['offsets outside', `{"w":${entry('F32', [3], [8, 20])}}`],
  ['negative offsets', `{"w":${entry('F32', [3], [-4, 8])}}`],
  ['fractional sizes', `{"w":${entry('F32', [1.5], [0, 6])}}`],
  ['another dtype', `{"w":${entry('I32', [3], [0, 12])},"count":${entry('I32', [], [12, 16])}}`],
  ['a shape nested deep', `{"w":{"dtype":"F32","shape":${'['.repeat(1e5)}${']'.repeat(1e5)},"data_offsets":[0,12]}}`],
  ['objects that are no text', '{"w":{"dtype":{"toString":1},"shape":{"toString":1},"data_offsets":{"length":2}}}'],
  ['names of prototypes', `{"__proto__":${entry('F32', [3], [0, 12])},"count":${entry('I32', [], [12, 16])}}`],
])('%s is an error', async (_, header) => {
  expect(await survives(fileOf(header))).toBe(false)
})

test('a declared header larger than the file is an error', async () => {
  const bytes = saved.slice()
  new DataView(bytes.buffer).setBigUint64(0, 2n ** 63n, true)
  expect(await survives(bytes)).toBe(false)
})
