import type { ArtefactSpec, OutputSpec } from './manifest.ts'
import { runTimeText, stridedText } from './run-time.ts'

/** What a module is put together from. */
export interface ModuleParts {
  readonly program: Uint8Array | undefined
  readonly weights: Uint8Array | undefined
  /** A JavaScript program, in place of `program`. */
  readonly javascript: string | undefined
  /** Whether the bytes are in the module itself. */
  readonly isInline: boolean
}

/** The `.mjs`: what is particular to this artefact, then the run-time, the same in all. */
export function moduleText(spec: ArtefactSpec, parts: ModuleParts): string {
  const { name } = spec
  const fileOf = (key: string, bytes: Uint8Array | undefined, extension: string): string => {
    if (!bytes) return ''
    return parts.isInline
      ? `  ${key}: () => Uint8Array.from(atob('${base64(bytes)}'), (char) => char.charCodeAt(0)),\n`
      : `  ${key}: () => new URL('./${name}.${extension}', import.meta.url),\n`
  }
  const files = `${fileOf('wasm', parts.program, 'wasm')}${fileOf('weights', parts.weights, 'safetensors')}`
  return `// ${name}: a function compiled and exported by gryph. Types are in ${name}.d.ts, a description in ${name}.json.

const spec = ${JSON.stringify(spec)}

const files = {
${files}}

${parts.javascript ?? 'const programs = {}\n'}${runTimeText}${hasViews(spec) ? stridedText : ''}`
}

const hasViews = ({ entries }: ArtefactSpec): boolean =>
  entries.some(({ variants }) => variants.some(({ output }) => showsState(output)))

const showsState = (output: OutputSpec): boolean =>
  output.kind === 'state' || ('items' in output && output.items.some(showsState))

function base64(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000))
  return btoa(text)
}
