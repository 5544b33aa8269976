import type { Dtype } from '../base/dtype.ts'
import { pathText } from './specs.ts'
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
  const signatures = entries.map(
    (entry) => `export interface ${typeName(entry.name)} {\n${entry.variants.map(callOf).join('')}}\n`,
  )
  const [first] = entries
  const functions = isSingle
    ? typeName(first!.name)
    : `{\n${entries.map((entry) => `  readonly ${keyText(entry.name)}: ${typeName(entry.name)}\n`).join('')}}`
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

const keyText = (key: string): string => (/^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key))

function callOf(variant: VariantSpec): string {
  const inputs = treeOf(variant.inputs)
  const lines = variant.inputs.map((input) => `   * - \`${pathText(input.path)}\`: ${describe(input)}\n`)
  const parameter = variant.inputs.length === 0 ? '' : `inputs: ${typeOf(inputs)}`
  return `  /**\n   * Takes\n${lines.join('') || '   * nothing\n'}   * and gives ${describeOutput(variant.output, variant)}.\n   */\n  (${parameter}): ${outputType(variant.output, variant)}\n`
}

const describe = ({ dtype, shape, isNumber }: InputSpec): string =>
  isNumber ? 'a number' : `${dtype} [${shape.join(', ')}]`

type InputTree = InputSpec | Map<string | number, InputTree>

function treeOf(inputs: readonly InputSpec[]): InputTree {
  const root = new Map<string | number, InputTree>()
  for (const input of inputs) {
    let level = root
    input.path.forEach((key, i) => {
      if (i === input.path.length - 1) level.set(key, input)
      else {
        const next = level.get(key)
        const inner = next instanceof Map ? next : new Map<string | number, InputTree>()
        level.set(key, inner)
        level = inner
      }
    })
  }
  return root
}

function typeOf(tree: InputTree): string {
  if (!(tree instanceof Map)) {
    if (tree.isNumber) return 'number'
    const array = `Elements<${arrayNames[tree.dtype]}>`
    return tree.shape.length === 0 ? `${array} | number` : array
  }
  const isArray = [...tree.keys()].every((key) => typeof key === 'number')
  if (isArray) return `readonly [${[...tree.values()].map(typeOf).join(', ')}]`
  return `{ ${[...tree].map(([key, inner]) => `readonly ${keyText(String(key))}: ${typeOf(inner)}`).join('; ')} }`
}

function outputType(output: OutputSpec, variant: VariantSpec): string {
  switch (output.kind) {
    case 'result':
      return output.as === 'array' ? arrayNames[variant.results[output.position]!.dtype] : output.as
    case 'state':
      return arrayNames[output.dtype]
    case 'input':
      return typeOf(variant.inputs[output.position]!)
    case 'value':
      return JSON.stringify(output.value)
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
      return JSON.stringify(output.value)
    case 'array':
      return `[${output.items.map((item) => describeOutput(item, variant)).join(', ')}]`
    case 'object':
      return `{ ${output.keys.map((key, i) => `${key}: ${describeOutput(output.items[i]!, variant)}`).join(', ')} }`
  }
}
