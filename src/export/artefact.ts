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
import { moduleText } from './module-text.ts'
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
  const compileOptions = { target, withoutPasses: [], threads: 1 } as const
  const named: [string, unknown][] = isSingle ? [[identifier(name), functions]] : Object.entries(functions)
  const entries = named.map(([entryName, fn]) =>
    entryOf(entryName, fn, inputsOf(options, isSingle, entryName), compileOptions),
  )
  const programs = namePrograms(entries)
  const layout = new ArtefactLayout([...programs.values()])
  const states = statesOf([...programs.values()])
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
  const specOf = await entrySpecs(entries, programs, layout, states)
  const spec: ArtefactSpec = {
    name,
    isSingle,
    memoryPages: layout.pages,
    statusByteOffset,
    usesHostMath: code.usesHostMath,
    state,
    fixed,
    entries: specOf,
    files: {
      ...(code.bytes ? { wasm: await sha256(code.bytes) } : {}),
      ...(weightBytes ? { weights: await sha256(weightBytes) } : {}),
    },
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
  const parts = { program: code.bytes, weights: weightBytes, javascript: code.text, isInline: format === 'single' }
  const files = new Map<string, Uint8Array>()
  const text = (content: string): Uint8Array => new TextEncoder().encode(content)
  files.set(`${name}.mjs`, text(moduleText(spec, parts)))
  files.set(`${name}.d.mts`, text(declarationsOf(name, specOf, isSingle)))
  files.set(`${name}.d.ts`, text(`export * from './${name}.mjs'\n`))
  files.set(`${name}.json`, text(`${JSON.stringify(manifest, null, 2)}\n`))
  if (format !== 'single' && code.bytes) files.set(`${name}.wasm`, code.bytes)
  if (format !== 'single' && weightBytes) files.set(`${name}.safetensors`, weightBytes)
  return files
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
