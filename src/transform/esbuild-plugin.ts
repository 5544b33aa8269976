import { readFile } from 'node:fs/promises'
import type { Diagnostic } from './diagnostics.ts'
import type { SourceMap } from './source-map.ts'
import { mayHold, transformHybrid } from './transform.ts'

/** What is used of esbuild, so that its types are not needed to use the package without it. */
interface Message {
  readonly text: string
  readonly location: { readonly file: string; readonly line: number; readonly column: number }
}
interface LoadResult {
  readonly contents?: string
  readonly loader?: 'js'
  readonly errors?: Message[]
}
interface PluginBuild {
  readonly initialOptions: {
    readonly jsx?: unknown
    readonly jsxImportSource?: unknown
    readonly tsconfigRaw?: unknown
  }
  readonly esbuild: {
    transform(code: string, options: never): Promise<{ readonly code: string; readonly map: string }>
  }
  onLoad(options: { filter: RegExp }, callback: (args: { path: string }) => Promise<LoadResult | undefined>): void
}
export interface EsbuildPlugin {
  readonly name: string
  setup(build: PluginBuild): void
}

/**
 * Rewrites the control flow of hybrid functions in an esbuild build.
 *
 * @example await build({ entryPoints: ['train.ts'], bundle: true, plugins: [esbuildPlugin()] })
 */
export function esbuildPlugin(): EsbuildPlugin {
  return {
    name: 'gryph',
    setup(build) {
      build.onLoad({ filter: /\.[cm]?[jt]sx?$/ }, async ({ path }) => {
        const source = await readFile(path, 'utf8')
        if (!mayHold(source)) return undefined
        const loader = /\.[cm]?ts$/.test(path)
          ? 'ts'
          : path.endsWith('.tsx')
            ? 'tsx'
            : path.endsWith('.jsx')
              ? 'jsx'
              : 'js'
        const { jsx, jsxImportSource, tsconfigRaw } = build.initialOptions
        const given = {
          ...(jsx ? { jsx } : {}),
          ...(jsxImportSource ? { jsxImportSource } : {}),
          ...(tsconfigRaw ? { tsconfigRaw } : {}),
        }
        const plain =
          loader === 'js'
            ? { code: source, map: undefined }
            : await build.esbuild.transform(source, {
                ...given,
                loader,
                sourcemap: 'external',
                sourcefile: path,
              } as never) // its options, whose types are not here
        const inputMap = plain.map ? (JSON.parse(plain.map) as SourceMap) : undefined
        const transformed = transformHybrid(plain.code, { fileName: path, inputMap })
        if (!transformed) return undefined
        const errors = transformed.diagnostics.filter(({ severity }) => severity === 'error').map(messageOf)
        return { contents: withInlineMap(transformed), loader: 'js', ...(errors.length > 0 ? { errors } : {}) }
      })
    },
  }
}

const messageOf = ({ fileName, line, column, code, message }: Diagnostic): Message => ({
  text: `${code}: ${message}`,
  location: { file: fileName, line, column: column - 1 },
})

/** The text with its map in a comment, as tools take both at once. */
export const withInlineMap = ({ code, map }: { readonly code: string; readonly map: SourceMap }): string =>
  `${code}//# sourceMappingURL=data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}\n`
