import { join } from 'node:path'
import { expect, test } from 'vitest'
import { hybridize, nn, tensor, whileLoop, type Tensor } from '../../src/index.ts'
import { buildArtefact, type ExportModuleOptions } from '../../src/export/index.ts'
import { codeOf, exported, temporaryFolder } from './load-artefact.ts'

const folder = temporaryFolder()
let count = 0
const load = async (f: (...args: never[]) => unknown, inputs: ExportModuleOptions['inputs']) =>
  (
    await exported(hybridize(f), { name: 'f', outDir: join(folder, String(count++)), ...(inputs ? { inputs } : {}) })
  ).load()
const ones = tensor([1, 2, 3])
const given = Float32Array.of(1, 2, 3)

// What JavaScript decided by is part of the program, so nothing else may be given.
test.each<[string, (...args: never[]) => unknown, ExportModuleOptions['inputs'], unknown, unknown]>([
  [
    'a number that steers',
    (x: Tensor, n: number) => (n === 2 ? x.mul(x) : x),
    { x: ones, n: 2 },
    { x: given, n: 2 },
    { x: given, n: 3 },
  ],
  [
    'a flag',
    (x: Tensor, { squared }: { squared: boolean }) => (squared ? x.mul(x) : x),
    { x: ones, options: { squared: true } },
    { x: given, options: { squared: true } },
    { x: given, options: { squared: false } },
  ],
  [
    'a parameter with a default',
    (x: Tensor, by = 1) => x.mul(x).mul(by),
    { x: ones },
    { x: given },
    { x: given, by: 2 },
  ],
  [
    'a field with a default',
    ({ x, by = 1 }: { x: Tensor; by?: number }) => x.mul(x).mul(by),
    [{ x: ones }],
    { x: given },
    { x: given, by: 2 },
  ],
  [
    'null',
    (x: Tensor, mask: Tensor | null) => (mask ? x.mul(mask) : x.mul(x)),
    { x: ones, mask: null as never },
    { x: given, mask: undefined },
    { x: given, mask: given },
  ],
  [
    'the number of items',
    (x: Tensor, more: Tensor[]) => more.reduce((all, each) => all.mul(each), x),
    { x: ones, more: [ones] },
    { x: given, more: [given] },
    { x: given, more: [given, given] },
  ],
])('%s that the program was not made for is an error', async (_, f, inputs, fits, other) => {
  const run = await load(f, inputs)
  expect(run(fits)).toEqual(Float32Array.of(1, 4, 9))
  expect(await codeOf(() => run(other))).toBe('ARTEFACT_INPUT_INVALID')
  expect(() => run(other)).toThrow(/was exported with/)
})

test('forms that differ in a setting are told apart by it', async () => {
  const f = hybridize((x: Tensor, squared: boolean) => (squared ? x.mul(x) : x.mul(2)))
  f(ones, true)
  f(ones, false)
  const run = await (await exported(f, { name: 'f', outDir: join(folder, 'forms') })).load()
  expect([true, false].map((squared) => run({ x: given, squared }))).toEqual([
    Float32Array.of(1, 4, 9),
    Float32Array.of(2, 4, 6),
  ])
  expect(() => run({ x: given, squared: 1 })).toThrow('f was exported with squared = false, or with squared = true.')
})

test('numbers that an op asked about, and elements of typed arrays, are refused', async () => {
  const whole = tensor([1, 2], { dtype: 'int32' })
  const scale = hybridize((x: Tensor, n: number) => x.mul(n))
  await expect(buildArtefact(scale, { name: 'f', inputs: [whole, 2] })).rejects.toThrow(/argument 1 is a whole number/)
  const wrap = hybridize((x: Float32Array) => tensor(x).mul(2))
  wrap(given)
  await expect(buildArtefact(wrap, { name: 'f' })).rejects.toThrow(/elements of x, a typed array/)
})

test('a program for another mode than that of now is refused, or left out', async () => {
  const dropout = nn.dropout(0.5)
  const f = hybridize((x: Tensor) => dropout.forward(x))
  f(ones)
  dropout.eval()
  await expect(buildArtefact(f, { name: 'f' })).rejects.toThrow(
    'was compiled where Dropout was training mode, and now it is evaluation mode',
  )
  f(tensor([1, 2]))
  const run = await (await exported(f, { name: 'f', outDir: join(folder, 'modes') })).load()
  expect(run({ x: Float32Array.of(3, 4) })).toEqual(Float32Array.of(3, 4))
  expect(await codeOf(() => run({ x: given }))).toBe('ARTEFACT_INPUT_INVALID')
})

test('names of inputs in another order, of functions there are not, and odd names of functions are errors', async () => {
  const f = hybridize((x: Tensor, y: Tensor) => x.sub(y))
  const one = hybridize((x: Tensor) => x.mul(2))
  for (const [functions, inputs] of [
    [f, { y: ones, x: ones }],
    [{ one }, { two: [ones] }],
    [{ one }, [ones]],
    [{ reset: one }, { reset: [ones] }],
    [{ 'one.0': one }, { 'one.0': [ones] }],
    [one, 3],
  ] as const)
    expect(await codeOf(() => buildArtefact(functions as never, { name: 'f', inputs: inputs as never }))).toBe(
      'OPTION_INVALID',
    )
  for (const functions of [{}, null, [], 3])
    expect(await codeOf(() => buildArtefact(functions as never, { name: 'f' }))).toBe('FUNCTION_EXPECTED')
})

test('parameters are found among comments, and in bound functions inputs are numbered', async () => {
  const text = '(x /* (1, 2] */, y) => x.sub(y)' // as no compiler leaves it
  const f = Object.assign((x: Tensor, y: Tensor): Tensor => x.sub(y), { toString: () => text })
  expect((await load(f, [ones, ones]))({ x: given, y: given })).toEqual(Float32Array.of(0, 0, 0))
  const bound = (({ a }: { a: Tensor }) => a.mul(2)).bind(null)
  expect((await load(bound, [{ a: ones }]))({ argument0: { a: given } })).toEqual(Float32Array.of(2, 4, 6))
  expect((await load((x: Tensor) => x.mul(2), { 'my-x': ones }))({ 'my-x': given })).toEqual(Float32Array.of(2, 4, 6))
})

test('numbers for integer tensors have to fit', async () => {
  const f = await load((i: Tensor) => i.add(1), { i: { shape: [], dtype: 'uint8' } })
  expect(f({ i: 254 })).toBe(255)
  for (const i of [256, -1, 1.5, NaN, 2 ** 40]) expect(await codeOf(() => f({ i }))).toBe('ARTEFACT_INPUT_INVALID')
})

test('bool elements are true where they are not 0', async () => {
  const f = await load((a: Tensor) => a.logicalAnd(tensor([true, true])), { a: tensor([true, false]) })
  expect(f({ a: Uint8Array.of(2, 0) })).toEqual(Uint8Array.of(1, 0))
})

test('a loop that would not end for the inputs of the self-test is exported without one', async () => {
  const root = (a: Tensor) =>
    whileLoop(
      (x: Tensor) => x.square().sub(a).abs().max().greater(1e-5),
      (x: Tensor) => x.add(a.div(x)).div(2),
      a,
    )
  const run = await load(root, { a: tensor([1, 1, 1, 1]) })
  expect(run({ a: Float32Array.of(9, 4, 1, 1) })).toEqual(Float32Array.of(3, 2, 1, 1))
  expect(await run.selfTest()).toBe(true)
})
