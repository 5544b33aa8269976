import { join } from 'node:path'
import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { data, hybridize, nn, tensor, variable, type Tensor } from '../../src/index.ts'
import { buildArtefact } from '../../src/export/index.ts'
import { codeOf, exported, temporaryFolder } from './load-artefact.ts'

const folder = temporaryFolder()
const x = tensor([1, 2, 3])

test('variables and views of them come as they are after the call', async () => {
  const v = variable([
    [1, 2, 3],
    [4, 5, 6],
  ])
  const total = variable(1)
  const f = hybridize((x: Tensor) => {
    v.add_(x)
    total.add_(1)
    return [
      v,
      v.transpose(),
      v.slice([[1, 2]]),
      v.slice([
        [null, null],
        [null, null, -1],
      ]),
      total,
      x,
    ]
  })
  const options = { name: 'views', outDir: join(folder, 'views'), inputs: { x }, weights: { v, total } }
  const run = await (await exported(f, options)).load()
  const expected = (f.eager(x) as Tensor[]).map((each) => (each.shape.length === 0 ? each.item() : each.data()))
  expect(run({ x: { data: x.data(), shape: [3] } })).toEqual(expected)
})

test('constants among the results are what JavaScript has, also where JSON has not', async () => {
  const text = '*/ \u2028'
  const f = hybridize((x: Tensor) => ({ x, '*/': [NaN, Infinity, -Infinity, -0, undefined, null, text, true] }))
  const options = { name: 'constants', outDir: join(folder, 'constants'), inputs: { x } }
  const run = await (await exported(f, options)).load()
  const { x: given, '*/': constants } = run({ x: x.data() }) as Record<string, readonly unknown[]>
  expect(given).toEqual(x.data())
  expect(constants).toEqual([NaN, Infinity, -Infinity, -0, undefined, null, text, true])
  expect(Object.is(constants![3], -0)).toBe(true)
  expect(readFileSync(join(folder, 'constants/constants.d.mts'), 'utf8').match(/\*\//g)!.length).toBeGreaterThan(3)
})

test('the self-test takes any NaN for any other, and tells it from numbers', async () => {
  const f = hybridize((x: Tensor) => [x.sqrt(), x.log()])
  const outDir = join(folder, 'nans')
  const module = await exported(f, { name: 'nans', outDir, inputs: { x }, format: 'js' })
  expect(await module.selfTest()).toBe(true)
  const text = readFileSync(join(outDir, 'nans.mjs'), 'utf8')
  // As an engine would whose NaN has other bits, or that computes a number.
  const withNaN = async (bits: number): Promise<unknown> => {
    const file = join(outDir, `${bits}.mjs`)
    const start = 'const resultOf = (variant, i) => '
    const changed = text.replace(start, `${start}changed(exact(variant, i))\n  const exact = (variant, i) => `)
    writeFileSync(
      file,
      `${changed}
function changed(value) {
  const words = new Uint32Array(value.buffer)
  value.forEach((x, i) => { if (x !== x) words[i] = ${bits} })
  return value
}`,
    )
    const { selfTest } = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as typeof module // the same, but for the change
    return codeOf(selfTest)
  }
  expect(await withNaN(0xffc00001)).toBe(undefined)
  expect(await withNaN(0x3f800000)).toBe('SELF_TEST_FAILED')
})

test('a variable that is used in two places has both names, and the checkpoint loads into gryph', async () => {
  class Tied extends nn.Module {
    readonly first = nn.linear(2, 2)
    readonly second = this.first
    forward(x: Tensor): Tensor {
      return this.second.forward(this.first.forward(x))
    }
  }
  const net = new Tied()
  const f = hybridize((x: Tensor) => net.forward(x))
  const options = { name: 'tied', outDir: join(folder, 'tied'), inputs: { x: { shape: [1, 2] } }, weights: net }
  const run = await (await exported(f, options)).load()
  expect(run.state.entries.map(({ name }) => name).toSorted()).toEqual(Object.keys(net.stateDict()).toSorted())
  net.loadStateDict(data.readSafetensors(run.state.save(), 'saved').tensors)
  expect(await run.selfTest()).toBe(true)
})

test('names of state, of constants and of what nobody named never meet', async () => {
  const [named, other] = [variable([10, 20, 30]), variable([1, 1, 1])]
  const fixed = tensor([1, 2, 3])
  const f = hybridize((x: Tensor) => x.mul(other).mul(named).add(fixed))
  const options = { name: 'f', outDir: join(folder, 'names'), inputs: { x } }
  const first = await (await exported(f, { ...options, weights: { constant: { 0: named } } })).load()
  expect(first({ x: x.data() })).toEqual(f(x).data())
  const second = await (
    await exported(f, { ...options, outDir: join(folder, 'names2'), weights: { state: { 0: named } } })
  ).load()
  expect([...second.state.get('state.0')]).toEqual([10, 20, 30])
  for (const weights of [{ a: { b: named }, 'a.b': other }, named, { x }, { net: nn.linear(1, 1).stateDict() }])
    expect(await codeOf(() => buildArtefact(f, { name: 'f', inputs: { x }, weights }))).toBe('OPTION_INVALID')
})

test('modules of another artefact, and places that are no URL, are coded errors', async () => {
  const [f, g] = [hybridize((x: Tensor) => x.mul(2)), hybridize((x: Tensor) => x.mul(3))]
  const outDir = join(folder, 'modules')
  const module = await exported(f, { name: 'f', outDir, inputs: { x } })
  await exported(g, { name: 'g', outDir, inputs: { x } })
  const wasm = new WebAssembly.Module(readFileSync(join(outDir, 'g.wasm')))
  expect(await codeOf(() => module.load({ wasm }))).toBe('ARTEFACT_HASH_MISMATCH')
  expect(await codeOf(() => module.loadSync({ wasm }))).toBe('ARTEFACT_HASH_MISMATCH')
  const empty = new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0))
  expect(await codeOf(() => module.load({ wasm: empty }))).toBe('ARTEFACT_HASH_MISMATCH')
  for (const wasm of ['http://', 5, {}]) expect(await codeOf(() => module.load({ wasm }))).toBe('ARTEFACT_FILE_MISSING')
})
