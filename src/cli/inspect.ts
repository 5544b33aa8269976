import { manifestFormat, type Manifest, type VariantSpec } from '../export/manifest.ts'
import { DecodeFault } from '../codegen/wasm/byte-reader.ts'
import { decodeModule } from '../codegen/wasm/decode-module.ts'
import { printModule } from '../codegen/wasm/index.ts'
import { notAnArtefact, UsageError } from './errors.ts'
import { describeOnnx } from './inspect-onnx.ts'
import type { Io } from './io.ts'

export const inspectOptions = { code: { type: 'boolean', default: false } } as const

export const inspectHelp = `gryph inspect ARTEFACT|MODEL.onnx [--code]

Prints what an exported module or an ONNX model holds: entry points, shapes, state, memory, kernels; with --code, the program as text.`

export async function runInspect(
  [file, ...more]: readonly string[],
  values: { readonly code: boolean },
  io: Io,
): Promise<void> {
  if (file === undefined || more.length > 0)
    throw new UsageError('inspect takes one artefact: gryph inspect dist/predict.json.')
  const { readFile, stat } = await import('node:fs/promises')
  if (file.endsWith('.onnx')) return (await describeOnnx(file, values.code)).forEach((line) => io.out(line))
  const base = file.replace(/\.(json|mjs|(threads\.)?wasm|safetensors|d\.m?ts)$/, '')
  const text = await readFile(`${base}.json`, 'utf8').catch(() => {
    throw notAnArtefact(file, `there is no ${base}.json`)
  })
  const manifest = manifestOf(file, text)
  try {
    print(manifest, io)
  } catch (error) {
    throw error instanceof TypeError ? notAnArtefact(file, 'its .json is no manifest') : error
  }
  io.out('\nfiles')
  for (const extension of ['mjs', 'wasm', 'threads.wasm', 'safetensors']) {
    const size = await stat(`${base}.${extension}`).then(
      ({ size }) => size,
      () => undefined,
    )
    if (size !== undefined) io.out(`  ${base}.${extension}  ${kilobytes(size)}`)
  }
  if (values.code) io.out(`\n${await codeOf(manifest, base)}`)
}

function print(manifest: Manifest, io: Io): void {
  const { name, entries, state, memoryBytes, multiplyAdd, program } = manifest
  io.out(
    `${name}: ${program === 'js' ? 'JavaScript' : 'WebAssembly'}, ${multiplyAdd} multiply-adds, ${kilobytes(memoryBytes)} of memory`,
  )
  for (const { name: entry, variants } of entries) {
    io.out(`\n${entry}`)
    for (const variant of variants) describe(variant, manifest).forEach((line) => io.out(`  ${line}`))
  }
  io.out(`\nstate: ${state.length} tensors`)
  for (const { name: tensor, dtype, shape } of state) io.out(`  ${tensor}  ${dtype} [${shape.join(', ')}]`)
}

function manifestOf(file: string, text: string): Manifest {
  let manifest: Partial<Manifest> | null
  try {
    manifest = JSON.parse(text) as Partial<Manifest> | null // checked next
  } catch {
    throw notAnArtefact(file, 'its .json is no JSON')
  }
  if (manifest?.format !== manifestFormat || !Array.isArray(manifest.entries) || !Array.isArray(manifest.state))
    throw notAnArtefact(file, 'its .json is no manifest')
  return manifest as Manifest // of the version that this package writes
}

function describe({ inputs, checks, graphHash, run }: VariantSpec, { programs }: Manifest): string[] {
  const program = programs.find((each) => each.run === run)
  const ops = Object.entries(program?.ops ?? {}).toSorted(([, a], [, b]) => b - a)
  return [
    ...inputs.map(({ text }) => text),
    `graph ${graphHash}${checks.length > 0 ? `, ${checks.length} checks` : ''}, ${kilobytes(program?.arenaBytes ?? 0)} while it runs`,
    `ops: ${ops.map(([op, count]) => (count > 1 ? `${count} ${op}` : op)).join(', ')}`,
    `${program?.kernels.length ?? 0} kernels: ${program?.kernels.join(', ') ?? ''}`,
  ]
}

/** The program as text: of the module's JavaScript, or of the bytes of its WebAssembly. */
async function codeOf({ name, program }: Manifest, base: string): Promise<string> {
  const { readFile } = await import('node:fs/promises')
  const read = (file: string): Promise<Buffer> =>
    readFile(file).catch(() => {
      throw notAnArtefact(name, `there is no ${file}`)
    })
  const module = (await read(`${base}.mjs`)).toString()
  if (program === 'js') {
    const start = module.indexOf('const programs = {')
    return module.slice(start, module.indexOf('export class ArtefactError'))
  }
  const inline = /wasm: \(\) => decoded\('([^']*)'\)/.exec(module)?.[1]
  const bytes = inline === undefined ? await read(`${base}.wasm`) : Buffer.from(inline, 'base64')
  try {
    return printModule(decodeModule(bytes))
  } catch (error) {
    // What decodes may still name functions and locals that there are not.
    if (error instanceof DecodeFault || error instanceof TypeError) throw notAnArtefact(name, error.message)
    throw error
  }
}

const kilobytes = (bytes: number): string => (bytes < 10_000 ? `${bytes} B` : `${(bytes / 1000).toFixed(1)} kB`)
