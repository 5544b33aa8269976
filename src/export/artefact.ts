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
import { functionExpected } from '../frontend/errors.ts'
import { exportOptionInvalid } from './errors.ts'
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
  const toExport: [string, unknown][] = isSingle ? [[identifier(name), functions]] : namedFunctions(functions, options)
  const entriesFor = (threadCount: number): ExportedEntry[] =>
    toExport.map(([entryName, fn]) =>
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
  const variables = statesOf([...programs.values(), ...threaded.values()])
  const names = nameStates(variables, weights)
  // One that is used in two places has both names, as in a state dictionary.
  const named = variables.flatMap((variable) => names.get(variable.storage)!.map((name) => [name, variable] as const))
  const states = named.map(([, variable]) => variable)
  const state = named.map(([name, variable]) => ({
    name,
    dtype: variable.dtype,
    shape: variable.shape,
    byteOffset: layout.addressOfState(variable),
  }))
  const { fixed, constants } = fixedOf(layout, new Set(named.map(([name]) => name)))
  const saved = { ...Object.fromEntries(named), ...constants }
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

/** What every artefact has besides its functions. */
const members = ['state', 'reset', 'selfTest', 'threads', 'close']

/** @throws OPTION_INVALID, FUNCTION_EXPECTED */
function namedFunctions(functions: Exclude<Exportable, Function>, { inputs }: ExportOptions): [string, unknown][] {
  if (typeof functions !== 'object' || functions === null || Object.keys(functions).length === 0)
    throw functionExpected('exportModule', functions)
  const names = Object.keys(functions)
  for (const name of names)
    if (!/^[A-Za-z_$][\w$]*$/.test(name) || members.includes(name))
      throw exportOptionInvalid(
        'functions',
        `an object with the name ${JSON.stringify(name)}`,
        `other names than ${members.join(', ')}: letters, digits, _ and $`,
      )
  const unknown = Object.keys(inputs ?? {}).find((name) => !names.includes(name))
  if (unknown !== undefined)
    throw exportOptionInvalid('inputs', `for ${unknown}, which is not exported`, names.join(', '))
  return Object.entries(functions)
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

function fixedOf(
  layout: ArtefactLayout,
  taken: ReadonlySet<string>,
): { fixed: FixedSpec[]; constants: Record<string, Tensor> } {
  const constants: Record<string, Tensor> = {}
  const fixed = layout.fixed.map(({ byteOffset, dtype, length, elements }, i): FixedSpec => {
    if (typeof elements === 'number' && Number.isFinite(elements) && !Object.is(elements, -0))
      return { byteOffset, dtype, shape: [length], value: elements }
    let name = `constant.${i}`
    while (taken.has(name)) name += '_'
    constants[name] = constantTensor(elements, dtype, length)
    return { byteOffset, dtype, shape: [length], name }
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
