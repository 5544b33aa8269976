import type { Dtype } from '../base/dtype.ts'
import { pathText, type Setting } from './variant.ts'
import type { EntrySpec, InputSpec, OutputSpec, VariantSpec } from './manifest.ts'

const arrayNames: { readonly [D in Dtype]: string } = {
  float32: 'Float32Array',
  float64: 'Float64Array',
  int32: 'Int32Array',
  uint8: 'Uint8Array',
  bool: 'Uint8Array',
}

/** The `.d.ts` of an artefact: real parameter names; shapes and dtypes in doc comments. */
export function declarationsOf(
  name: string,
  entries: readonly EntrySpec[],
  isSingle: boolean,
  hasThreads = false,
): string {
  const typeNames = new Map<string, string>()
  for (const entry of entries) typeNames.set(entry.name, freeName(typeName(entry.name), [...typeNames.values()]))
  const typeOfEntry = (entry: EntrySpec): string => typeNames.get(entry.name)!
  const signatures = entries.map(
    (entry) => `export interface ${typeOfEntry(entry)} {\n${entry.variants.map(callOf).join('')}}\n`,
  )
  const [first] = entries
  const functions = isSingle
    ? typeOfEntry(first!)
    : `{\n${entries.map((entry) => `  readonly ${keyText(entry.name)}: ${typeOfEntry(entry)}\n`).join('')}}`
  return `// The types of ${name}.mjs.

/** Elements in row-major order: as many as the shape says, or with the shape. */
export type Elements<A> = A | { readonly data: A; readonly shape: readonly number[] }

${signatures.join('\n')}
export interface ArtefactState {
  /** Names, dtypes and shapes of what calls read and change. */
  readonly entries: readonly { readonly name: string; readonly dtype: string; readonly shape: number[] }[]
  /** A copy of one entry's elements. @throws ARTEFACT_STATE_INVALID */
  get(name: string): Float32Array | Float64Array | Int32Array | Uint8Array
  /** Everything as the bytes of a safetensors file. */
  save(): Uint8Array
  /** Replaces everything by what \`save\` gave, or nothing. @throws ARTEFACT_STATE_INVALID */
  load(bytes: ArrayBuffer | Uint8Array): void
}

export type Artefact = ${functions} & {
  readonly state: ArtefactState
  /** Puts the state back to what was exported. */
  reset(): void
  /** Whether this engine computes the exported bits; the state stays as it is. @throws SELF_TEST_FAILED */
  selfTest(): Promise<true>
${hasThreads ? threadMembers : ''}}

export interface LoadOptions {
  /** The program's bytes, the compiled module, or where it lies; by default beside this file. */
  readonly wasm?: ArrayBuffer | Uint8Array | WebAssembly.Module | URL | string
  /** The weights' bytes, or where they lie. */
  readonly weights?: ArrayBuffer | Uint8Array | URL | string
${hasThreads ? threadOptions : ''}}

/** An instance with memory and state of its own. @throws ARTEFACT_FILE_MISSING, ARTEFACT_HASH_MISMATCH, ARTEFACT_UNSUPPORTED */
export declare function load(options?: LoadOptions): Promise<Artefact>
/** Like \`load\`, from bytes at hand. */
export declare function loadSync(options?: LoadOptions): Artefact
/** Loads an instance and tests it. @throws SELF_TEST_FAILED */
export declare function selfTest(options?: LoadOptions): Promise<true>

/** What went wrong, by a stable code. */
export declare class ArtefactError extends Error {
  readonly code: string
}
`
}

const threadMembers = `  /** How many threads take part. */
  readonly threads: number
  /** Ends the other threads. Calls go on, on one thread. */
  close(): void
`
const threadOptions = `  /** At most so many threads; by default as many as it was exported for and the machine has. */
  readonly threads?: number
`

const typeName = (name: string): string => {
  const words = name.replaceAll(/[^\w]+(.)?/g, (_, next: string | undefined) => (next ?? '').toUpperCase())
  return words.replace(/^\d*./, (first) => first.toUpperCase())
}

/** What the declarations have besides, and what they use. */
const otherNames = [
  'Elements',
  'Artefact',
  'ArtefactState',
  'ArtefactError',
  'LoadOptions',
  'ArrayBuffer',
  'WebAssembly',
]
const moreNames = ['URL', 'Promise', 'Error', ...Object.values(arrayNames)]

function freeName(name: string, taken: readonly string[]): string {
  let free = name
  while ([...taken, ...otherNames, ...moreNames].includes(free)) free += 'Function'
  return free
}

const keyText = (key: string): string => (/^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key))

function callOf(variant: VariantSpec): string {
  const inputs = treeOf(variant)
  const lines = variant.inputs.map((input) => `   * - \`${pathText(input.path)}\`: ${describe(input)}\n`)
  const isOptional = [...(inputs as Map<unknown, InputTree>).values()].every(mayBeLeftOut) // a root has names
  const parameter =
    (inputs as Map<unknown, InputTree>).size === 0 ? '' : `inputs${isOptional ? '?' : ''}: ${typeOf(inputs)}`
  const text = `   * Takes\n${lines.join('') || '   * nothing\n'}   * and gives ${describeOutput(variant.output, variant)}.\n`
  return `  /**\n${text.replaceAll('*/', '* /')}   */\n  (${parameter}): ${outputType(variant.output, variant)}\n`
}

const describe = ({ dtype, shape, isNumber }: InputSpec): string =>
  isNumber ? 'a number' : `${dtype} [${shape.join(', ')}]`

/** Of what the program does not look at, unknown. */
type InputTree = InputSpec | Setting | 'unknown' | Map<string, InputTree>

function treeOf({ inputs, settings }: VariantSpec): InputTree {
  const root = new Map<string, InputTree>()
  const levelAt = (path: InputSpec['path']): Map<string, InputTree> => {
    let level = root
    for (const key of path.map(String)) {
      const next = level.get(key)
      const inner = next instanceof Map ? next : new Map<string, InputTree>()
      level.set(key, inner)
      level = inner
    }
    return level
  }
  for (const { path } of inputs) if (typeof path[0] === 'string') root.set(path[0], 'unknown') // in the order of the parameters
  // First all keys of nested objects and arrays, in their order.
  for (const setting of settings)
    if ('keys' in setting) for (const key of setting.keys) levelAt(setting.path).set(key, 'unknown')
  for (const leaf of [...inputs, ...settings])
    if (!('keys' in leaf)) levelAt(leaf.path.slice(0, -1)).set(String(leaf.path.at(-1)), leaf)
  return root
}

const mayBeLeftOut = (tree: InputTree): boolean =>
  tree === 'unknown' || (!(tree instanceof Map) && 'value' in tree && tree.value === null)

function typeOf(tree: InputTree): string {
  if (tree === 'unknown') return tree
  if (!(tree instanceof Map)) {
    if ('keys' in tree) return 'unknown'
    if ('value' in tree) return tree.value === null ? 'null | undefined' : JSON.stringify(tree.value)
    if (tree.isNumber) return 'number'
    const array = `Elements<${arrayNames[tree.dtype]}>`
    return tree.shape.length === 0 ? `${array} | number` : array
  }
  const isArray = [...tree.keys()].every((key, i) => key === String(i))
  if (isArray) return `readonly [${[...tree.values()].map(typeOf).join(', ')}]`
  return `{ ${[...tree].map(([key, inner]) => `readonly ${keyText(key)}${mayBeLeftOut(inner) ? '?' : ''}: ${typeOf(inner)}`).join('; ')} }`
}

function outputType(output: OutputSpec, variant: VariantSpec): string {
  switch (output.kind) {
    case 'result':
      return output.as === 'array' ? arrayNames[variant.results[output.position]!.dtype] : output.as
    case 'state':
      return output.shape.length === 0 ? 'number' : arrayNames[output.dtype]
    case 'input': {
      const { dtype, shape } = variant.inputs[output.position]!
      return shape.length === 0 ? 'number' : arrayNames[dtype]
    }
    case 'value':
      return output.number ? 'number' : (JSON.stringify(output.value) ?? 'undefined')
    case 'array':
      return `[${output.items.map((item) => outputType(item, variant)).join(', ')}]`
    case 'object':
      return `{ ${output.keys.map((key, i) => `${keyText(key)}: ${outputType(output.items[i]!, variant)}`).join('; ')} }`
  }
}

function describeOutput(output: OutputSpec, variant: VariantSpec): string {
  switch (output.kind) {
    case 'result': {
      const { dtype, shape } = variant.results[output.position]!
      return output.as === 'array' ? `${dtype} [${shape.join(', ')}]` : `a ${output.as}`
    }
    case 'state':
      return `a copy of state, ${output.dtype} [${output.shape.join(', ')}]`
    case 'input':
      return `the input ${pathText(variant.inputs[output.position]!.path)}`
    case 'value':
      return output.number ?? JSON.stringify(output.value) ?? 'undefined'
    case 'array':
      return `[${output.items.map((item) => describeOutput(item, variant)).join(', ')}]`
    case 'object':
      return `{ ${output.keys.map((key, i) => `${key}: ${describeOutput(output.items[i]!, variant)}`).join(', ')} }`
  }
}
