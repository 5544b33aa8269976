import type { ArtefactSpec } from './manifest.ts'
import { runTimeText } from './run-time.ts'

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
    if (parts.isInline) return `  ${key}: { base64: '${base64(bytes)}' },\n`
    return `  ${key}: {\n    get url() {\n      return new URL('./${name}.${extension}', import.meta.url)\n    },\n  },\n`
  }
  const files = `${fileOf('wasm', parts.program, 'wasm')}${fileOf('weights', parts.weights, 'safetensors')}`
  return `// ${name}: a function compiled and exported by gryph. Types are in ${name}.d.ts, a description in ${name}.json.

const spec = ${JSON.stringify(spec)}

const files = {
${files}}

${parts.javascript ?? 'const programs = {}\n'}${runTimeText}`
}

function base64(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000))
  return btoa(text)
}
