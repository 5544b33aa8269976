import { tensor } from '../frontend/create.ts'
import type { Tensor } from '../frontend/tensor.ts'
import type { Dtype } from '../base/dtype.ts'
import { writeSafetensors } from '../data/safetensors/write-safetensors.ts'
import { fmaRule } from '../runtime/engine.ts'
import { declarationsOf } from './declarations.ts'
import { entryOf, type ExportedEntry } from './entries.ts'
import { ArtefactLayout, pageBytes, statusByteOffset } from './layout.ts'
import {
  manifestFormat,
  manifestVersion,
  type ArtefactSpec,
  type EntrySpec,
  type FixedSpec,
  type Manifest,
} from './manifest.ts'
import { moduleText, type ArtefactFile } from './module-text.ts'
import { checkExportOptions, type ExportOptions, type InputForms } from './options.ts'
import { jsOf, wasmOf, type ProgramNames } from './programs.ts'
import { expectedOf } from './self-test.ts'
import { sha256 } from './sha256.ts'
import { programSpecs, variantSpec } from './specs.ts'
import { nameStates } from './state-names.ts'
import type { ExportedVariant } from './variant.ts'

/** The files of an artefact by name. */
export type ArtefactFiles = ReadonlyMap<string, Uint8Array>

/** One hybridized function, or several by name. */
export type Exportable = ((...args: never[]) => unknown) | { readonly [name: string]: (...args: never[]) => unknown }

/** Makes the files of an artefact without writing any. */
export async function buildArtefact(functions: Exportable, options: ExportOptions): Promise<ArtefactFiles> {
  checkExportOptions(options)
  const { name, format = 'files', weights } = options
  const isSingle = typeof functions === 'function'
  const target = format === 'js' ? 'js' : 'wasm'
  const { threads = 1, splitFrom } = options
  const named: [string, unknown][] = isSingle ? [[identifier(name), functions]] : Object.entries(functions)
  const entriesFor = (threadCount: number): ExportedEntry[] =>
    named.map(([entryName, fn]) =>
      entryOf(entryName, fn, inputsOf(options, isSingle, entryName), {
        target,
        threads: threadCount,
        ...(splitFrom === undefined ? {} : { splitFrom }),
      }),
    )
  const entries = entriesFor(1)
  const programs = namePrograms(entries)
  const threadedEntries = threads > 1 ? entriesFor(threads) : []
  const threaded = namePrograms(threadedEntries)
  const layout = new ArtefactLayout([...programs.values(), ...threaded.values()], threads > 1)
  const states = statesOf([...programs.values(), ...threaded.values()])
  const names = nameStates(states, weights)
  const state = states.map((variable) => ({
    name: names.get(variable.storage)!,
    dtype: variable.dtype,
    shape: variable.shape,
    byteOffset: layout.addressOfState(variable),
  }))
  const { fixed, constants } = fixedOf(layout)
  const saved = {
    ...Object.fromEntries(states.map((variable) => [names.get(variable.storage)!, variable])),
    ...constants,
  }
  const weightBytes = Object.keys(saved).length > 0 ? writeSafetensors(saved) : undefined
  const code =
    target === 'js' ? { ...jsOf(programs, layout), bytes: undefined } : { ...wasmOf(programs, layout), text: undefined }
  const threadedBytes = threads > 1 ? wasmOf(threaded, layout, true).bytes : undefined
  const specOf = await entrySpecs(entries, programs, layout, states)
  const files: readonly ArtefactFile[] = [
    { key: 'wasm', extension: 'wasm', bytes: code.bytes },
    { key: 'threads', extension: 'threads.wasm', bytes: threadedBytes },
    { key: 'weights', extension: 'safetensors', bytes: weightBytes },
  ].flatMap(({ bytes, ...file }) => (bytes ? [{ ...file, bytes }] : []))
  const spec: ArtefactSpec = {
    name,
    isSingle,
    memoryPages: layout.pages,
    statusByteOffset,
    usesHostMath: code.usesHostMath,
    state,
    fixed,
    entries: specOf,
    ...(threads > 1
      ? {
          threads: {
            count: threads,
            controlByteOffset: layout.controlByteOffset,
            entries: await entrySpecs(threadedEntries, threaded, layout, states),
          },
        }
      : {}),
    files: Object.fromEntries(
      await Promise.all(files.map(async ({ key, bytes }) => [key, await sha256(bytes)] as const)),
    ),
  }
  const manifest: Manifest = {
    format: manifestFormat,
    version: manifestVersion,
    numerics: 'strict',
    multiplyAdd: fmaRule(),
    program: target,
    memoryBytes: layout.pages * pageBytes,
    programs: programSpecs(programs),
    ...spec,
  }
  const text = (content: string): Uint8Array => new TextEncoder().encode(content)
  const isInline = format === 'single'
  return new Map([
    [`${name}.mjs`, text(moduleText(spec, { files, javascript: code.text, isInline }))],
    [`${name}.d.mts`, text(declarationsOf(name, specOf, isSingle, threads > 1))],
    [`${name}.d.ts`, text(`export * from './${name}.mjs'\n`)],
    [`${name}.json`, text(`${JSON.stringify(manifest, null, 2)}\n`)],
    ...(isInline ? [] : files.map(({ extension, bytes }) => [`${name}.${extension}`, bytes] as const)),
  ])
}

const identifier = (name: string): string =>
  name.replaceAll(/-+(.)?/g, (_, next: string | undefined) => (next ?? '').toUpperCase())

function inputsOf({ inputs }: ExportOptions, isSingle: boolean, name: string): InputForms | undefined {
  if (inputs === undefined || isSingle) return inputs as InputForms | undefined // of the one function
  return (inputs as Readonly<Record<string, InputForms>>)[name] // of several, by name
}

/** Names of the exports of the module: an entry point's, numbered where it has several programs. */
function namePrograms(entries: readonly ExportedEntry[]): ProgramNames {
  const programs = new Map<string, ExportedVariant>()
  for (const { name, variants } of entries)
    variants.forEach((variant, i) => programs.set(variants.length === 1 ? name : `${name}.${i}`, variant))
  return programs
}

/** Every variable that a program reads, writes or returns, once. */
function statesOf(variants: readonly ExportedVariant[]): Tensor[] {
  const byStorage = new Map<Tensor['storage'], Tensor>()
  for (const variable of variants.flatMap(({ variables }) => variables))
    if (!byStorage.has(variable.storage)) byStorage.set(variable.storage, variable)
  return [...byStorage.values()]
}

function fixedOf(layout: ArtefactLayout): { fixed: FixedSpec[]; constants: Record<string, Tensor> } {
  const constants: Record<string, Tensor> = {}
  const fixed = layout.fixed.map(({ byteOffset, dtype, length, elements }, i): FixedSpec => {
    if (typeof elements === 'number' && Number.isFinite(elements) && !Object.is(elements, -0))
      return { byteOffset, dtype, length, value: elements }
    const name = `constant.${i}`
    constants[name] = constantTensor(elements, dtype, length)
    return { byteOffset, dtype, length, value: name }
  })
  return { fixed, constants }
}

const constantTensor = (elements: ArrayLike<number> | number, dtype: Dtype, length: number): Tensor =>
  tensor(typeof elements === 'number' ? Array<number>(length).fill(elements) : Array.from(elements), { dtype })

async function entrySpecs(
  entries: readonly ExportedEntry[],
  programs: ProgramNames,
  layout: ArtefactLayout,
  states: readonly Tensor[],
): Promise<EntrySpec[]> {
  const runs = new Map([...programs].map(([run, variant]) => [variant, run]))
  return Promise.all(
    entries.map(async ({ name, parameters, variants }) => ({
      name,
      parameters,
      variants: await Promise.all(
        variants.map(async (variant) =>
          variantSpec(variant, runs.get(variant)!, layout, await expectedOf(variant, states)),
        ),
      ),
    })),
  )
}
