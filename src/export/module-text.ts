import type { ArtefactSpec, OutputSpec } from './manifest.ts'
import { crewText } from './crew.ts'
import { runTimeText, settingsText, stridedText } from './run-time.ts'

/** A file beside the module, or in it. */
export interface ArtefactFile {
  /** Its name in the run-time. */
  readonly key: string
  readonly extension: string
  readonly bytes: Uint8Array
}

/** What a module is put together from. */
export interface ModuleParts {
  readonly files: readonly ArtefactFile[]
  /** A JavaScript program, where there is no `wasm` among the files. */
  readonly javascript: string | undefined
  /** Whether the bytes are in the module itself. */
  readonly isInline: boolean
}

/** The `.mjs`: what is particular to this artefact, then the run-time, the same in all. */
export function moduleText(spec: ArtefactSpec, { files, javascript, isInline }: ModuleParts): string {
  const { name } = spec
  const sources = files.map(({ key, extension, bytes }) =>
    isInline
      ? `  ${key}: () => decoded('${base64(bytes)}'),\n`
      : `  ${key}: () => new URL('./${name}.${extension}', import.meta.url),\n`,
  )
  return `// ${name}: a function compiled and exported by gryph. Types are in ${name}.d.mts, a description in ${name}.json.

const spec = ${JSON.stringify(spec).replaceAll(/"number":"(NaN|-?Infinity|-0)"/g, '"value":$1')}

const files = {
${sources.join('')}}

${javascript ?? 'const programs = {}\n'}${runTimeText}${isInline ? decodedText : ''}${hasViews(spec) ? stridedText : ''}${hasSettings(spec) ? settingsText : ''}${spec.threads ? crewText : ''}`
}

/** `Uint8Array.from` with a function takes five times as long. */
const decodedText = `
function decoded(text) {
  const chars = atob(text)
  const bytes = new Uint8Array(chars.length)
  for (let i = 0; i < bytes.length; i++) bytes[i] = chars.charCodeAt(i)
  return bytes
}
`

const hasViews = ({ entries }: ArtefactSpec): boolean =>
  entries.some(({ variants }) => variants.some(({ output }) => showsState(output)))

const hasSettings = ({ entries }: ArtefactSpec): boolean =>
  entries.some(({ variants }) => variants.some(({ settings }) => settings.length > 0))

const showsState = (output: OutputSpec): boolean =>
  output.kind === 'state' || ('items' in output && output.items.some(showsState))

function base64(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000))
  return btoa(text)
}
