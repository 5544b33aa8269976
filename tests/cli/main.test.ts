import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { main } from '../../src/cli/main.ts'

const folder = mkdtempSync(join(tmpdir(), 'gryph-cli-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const program = fileURLToPath(new URL('programs/classify.ts', import.meta.url))

/** Runs a command line. Programs are imported as the tests are, so that they have the same gryph. */
async function gryph(...argv: readonly string[]): Promise<{ code: number; out: string; complaint: string }> {
  const [out, complaints]: [string[], string[]] = [[], []]
  const io = {
    out: (line: string) => void out.push(line),
    importModule: (url: string) => import(/* @vite-ignore */ fileURLToPath(url)),
  }
  const code = await main(argv, io, (text) => void complaints.push(text))
  return { code, out: out.join('\n'), complaint: complaints.join('\n') }
}

test('without a command it prints the help and fails; asked for help, it succeeds', async () => {
  expect(await gryph()).toMatchObject({ code: 2, complaint: '' })
  for (const argv of [['--help'], ['help'], ['export', '--help'], ['bench', '-h'], ['run', '--help']])
    expect(await gryph(...argv)).toMatchObject({ code: 0, out: expect.stringContaining('gryph') as string })
})

test.each([
  [['frob'], /there is no command frob/],
  [['export'], /export takes one function/],
  [['export', 'a', 'b'], /export takes one function/],
  [['export', 'a', '--nope'], /Unknown option '--nope'/],
  [['export', `${program}#predict`, '--input', 'float32[1]'], /has no name/],
  [['export', `${program}#predict`, '--input', 'x=float16[1]'], /is not understood/],
  [['export', `${program}#predict`, '--input', 'x=float32[1,,2]'], /is not understood/],
  [['export', `${program}#predict`, '--input', 'x=1', '--input', 'x=2'], /--input x is there twice/],
  [['bench', program, '--steps', 'many'], /no whole number/],
  [['inspect'], /inspect takes one artefact/],
  [['run'], /run takes a file/],
  [['doctor', 'now'], /doctor takes nothing/],
] as const)('%j is a mistake in the command line: exit code 2 and the help', async (argv, message) => {
  const { code, complaint } = await gryph(...argv)
  expect(code).toBe(2)
  expect(complaint).toMatch(message)
})

test('errors of files, functions and exports have their codes and exit code 1', async () => {
  expect(await gryph('export', join(folder, 'none.ts'))).toMatchObject({
    code: 1,
    complaint: expect.stringContaining('CLI_FILE_UNLOADABLE') as string,
  })
  const missing = await gryph('export', `${program}#nope`)
  expect(missing.code).toBe(1)
  expect(missing.complaint).toContain('It exports predict, trainStep: name one as')
  expect(missing.complaint).toContain('CLI_FUNCTION_MISSING')
  expect((await gryph('export', `${program}#predict`)).complaint).toContain('EXPORT_NOT_COMPILED')
  expect((await gryph('inspect', join(folder, 'none'))).complaint).toContain('CLI_NOT_AN_ARTEFACT')
  writeFileSync(join(folder, 'wrong.json'), '{}')
  const start = { format: 'gryph-artefact', name: 'wrong', state: [], memoryBytes: 1 }
  for (const manifest of [
    '{}',
    'null',
    '[',
    { ...start, entries: [{}] },
    { ...start, entries: [{ variants: [{}] }] },
  ]) {
    writeFileSync(join(folder, 'wrong.json'), typeof manifest === 'string' ? manifest : JSON.stringify(manifest))
    expect((await gryph('inspect', join(folder, 'wrong.json'))).complaint).toContain('CLI_NOT_AN_ARTEFACT')
  }
})

test('an exported function can be inspected, code included, and runs', async () => {
  const exported = await gryph('export', `${program}#predict`, '--out', folder, '--input', 'x=float32[2,6]')
  expect(exported).toMatchObject({ code: 0, complaint: '' })
  const inspected = await gryph('inspect', join(folder, 'predict.wasm'), '--code')
  for (const part of [
    'x: Float32Array of shape [2, 6]',
    'net.0.weight  float32 [6, 5]',
    '2 matmul',
    '(export "predict"',
  ])
    expect(inspected.out).toContain(part)
  await gryph('export', `${program}#predict`, '--out', folder, '--input', 'x=float32[2,6]', '--name', 'damaged')
  const wasm = readFileSync(join(folder, 'damaged.wasm'))
  wasm.fill(0x20, 40, 60)
  writeFileSync(join(folder, 'damaged.wasm'), wasm)
  expect((await gryph('inspect', join(folder, 'damaged.json'), '--code')).complaint).toContain('CLI_NOT_AN_ARTEFACT')
  rmSync(join(folder, 'damaged.wasm'))
  expect((await gryph('inspect', join(folder, 'damaged.json'), '--code')).complaint).toContain('CLI_NOT_AN_ARTEFACT')
  const { load } = (await import(/* @vite-ignore */ pathToFileURL(join(folder, 'predict.mjs')).href)) as {
    load: () => Promise<(inputs: unknown) => Float32Array>
  }
  expect((await load())({ x: new Float32Array(12) })).toHaveLength(6)
})

test('functions that are not hybridized are, and the format is chosen', async () => {
  const argv = ['export', `${program}#trainStep`, '--out', folder, '--format', 'js', '--name', 'step']
  expect(await gryph(...argv, '--input', 'x=float32[4,6]', '--input', 'y=int32[4]')).toMatchObject({ code: 0 })
  expect(readFileSync(join(folder, 'step.mjs'), 'utf8')).toContain('const programs = {')
  const inspected = await gryph('inspect', join(folder, 'step.json'), '--code')
  expect(inspected.out).toContain('optimizer.velocity.0')
  expect(inspected.out).toContain('function run(')
})

test('a model in ONNX is written and inspected', async () => {
  const argv = ['export', `${program}#predict`, '--out', folder, '--format', 'onnx', '--input', 'x=float32[2,6]']
  expect(await gryph(...argv)).toMatchObject({ code: 0, complaint: '' })
  const { out } = await gryph('inspect', join(folder, 'predict.onnx'), '--code')
  for (const part of ['operators: onnx 17', 'x: float32[2, 6]', 'net.0.weight  float32 [6, 5]', '2 Gemm', '= Gemm('])
    expect(out).toContain(part)
  writeFileSync(join(folder, 'wrong.onnx'), 'no model')
  expect((await gryph('inspect', join(folder, 'wrong.onnx'))).complaint).toContain('ONNX_DAMAGED')
})

test('bench compares eager with compiled calls', async () => {
  const { code, out } = await gryph(
    'bench',
    `${program}#trainStep`,
    '--steps',
    '3',
    '--input',
    'x=float32[4,6]',
    '--input',
    'y=int32[4]',
  )
  expect(code).toBe(0)
  expect(out).toContain('Results and state are equal bit by bit.')
})

test('run gives a program its arguments, and its errors end the command', async () => {
  const [file, failing] = [join(folder, 'program.mjs'), join(folder, 'failing.mjs')]
  writeFileSync(file, 'globalThis.ranWith = process.argv.slice(1)')
  writeFileSync(failing, "throw new Error('of the user')")
  const argv = [...process.argv]
  try {
    expect(await gryph('run', file, 'a', '--help')).toMatchObject({ code: 0 })
    expect(Reflect.get(globalThis, 'ranWith')).toEqual([file, 'a', '--help'])
    expect(await gryph('run', failing)).toMatchObject({
      code: 1,
      complaint: expect.stringContaining('of the user') as string,
    })
  } finally {
    process.argv.splice(0, process.argv.length, ...argv)
    Reflect.deleteProperty(globalThis, 'ranWith')
  }
})

test('doctor tells what the machine offers', async () => {
  const { code, out } = await gryph('doctor')
  expect(code).toBe(0)
  for (const row of ['Node', 'SIMD', 'multiply-add', 'threads', 'memory'])
    expect(out).toMatch(new RegExp(`^${row} `, 'm'))
  expect(out).toMatch(/peak, mul \+ add +\d+\.\d GFLOP\/s/)
})
