import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { diagnosticText } from './diagnostics.ts'
import { withInlineMap } from './esbuild-plugin.ts'
import { esbuildMissing, notConvertible } from './errors.ts'
import type { SourceMap } from './source-map.ts'
import { mayHold, transformHybrid } from './transform.ts'

interface Loaded {
  readonly format: string | null | undefined
  readonly source?: string | ArrayBuffer | NodeJS.TypedArray | null
  readonly shortCircuit?: boolean
}
type NextLoad = (url: string, context: object) => Promise<Loaded>
type NextResolve = (specifier: string, context: object) => Promise<{ readonly url: string }>

const isTypeScript = (url: string): boolean => /\.m?tsx?$/.test(url)

/** Node's hook: imports of `./x.js` find `./x.ts` where there is no `./x.js`, as TypeScript has it. */
export async function resolve(specifier: string, context: { parentURL?: string }, next: NextResolve): Promise<unknown> {
  try {
    return await next(specifier, context)
  } catch (error) {
    if (!/^\.{0,2}\/.*\.m?js$/.test(specifier) || !isTypeScript(context.parentURL ?? '')) throw error
    return next(specifier.replace(/js$/, 'ts'), context)
  }
}

/** Node's hook: TypeScript without its types, and hybrid functions rewritten. */
export async function load(url: string, context: object, next: NextLoad): Promise<Loaded> {
  if (!url.startsWith('file:') || url.includes('/node_modules/')) return next(url, context)
  const path = fileURLToPath(url.split('?', 1)[0]!)
  if (isTypeScript(path)) {
    const { code, map } = await withoutTypes(await readFile(path, 'utf8'), path)
    return { format: 'module', source: hybridText(code, path, map) ?? withInlineMap({ code, map }), shortCircuit: true }
  }
  const loaded = await next(url, context)
  if (loaded.format !== 'module' || !loaded.source) return loaded
  const text = typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source)
  const source = mayHold(text) ? hybridText(text, path, undefined) : undefined
  return source === undefined ? loaded : { ...loaded, source }
}

function hybridText(code: string, path: string, inputMap: SourceMap | undefined): string | undefined {
  const transformed = transformHybrid(code, { fileName: path, inputMap })
  const wrong = transformed?.diagnostics.find(({ severity }) => severity === 'error')
  if (wrong) throw notConvertible(diagnosticText(wrong))
  return transformed && withInlineMap(transformed)
}

interface Esbuild {
  transform(code: string, options: Record<string, unknown>): Promise<{ readonly code: string; readonly map: string }>
}

let esbuild: Promise<Esbuild> | undefined

async function withoutTypes(code: string, path: string): Promise<{ code: string; map: SourceMap }> {
  const name = 'esbuild' // a peer that may be missing: found when it is needed
  esbuild ??= import(name) as Promise<Esbuild>
  const found = await esbuild.catch(() => {
    throw esbuildMissing(path)
  })
  const result = await found.transform(code, {
    loader: path.endsWith('x') ? 'tsx' : 'ts',
    sourcemap: 'external',
    sourcefile: path,
    target: `node${process.versions.node}`,
  })
  return { code: result.code, map: JSON.parse(result.map) as SourceMap }
}
