import { diagnosticText } from './diagnostics.ts'
import { notConvertible } from './errors.ts'
import type { SourceMap } from './source-map.ts'
import { mayHold, transformHybrid } from './transform.ts'

/** What is used of Rollup's, Rolldown's and Vite's plugin context. */
interface PluginContext {
  getCombinedSourcemap?(): { readonly mappings: string; readonly sources: readonly (string | null)[] }
  error(error: { message: string; id?: string; loc?: { file: string; line: number; column: number } }): never
}
export interface RollupPlugin {
  readonly name: string
  transform(this: PluginContext, code: string, id: string): { code: string; map: SourceMap } | undefined
}

/**
 * Rewrites the control flow of hybrid functions in a Rollup, Rolldown or Vite build. Types have to be gone when it runs: Vite sees to
 * that; in Rollup, put it after the plugin for TypeScript.
 *
 * @example export default defineConfig({ plugins: [rollupPlugin()] })
 */
export function rollupPlugin(): RollupPlugin {
  return {
    name: 'gryph',
    transform(code, id) {
      const [path] = id.split('?', 1)
      if (!/\.[cm]?[jt]sx?$/.test(path!) || !mayHold(code)) return undefined
      const before = this.getCombinedSourcemap?.()
      const positions = before?.mappings ? ({ ...before, version: 3, names: [] } as unknown as SourceMap) : undefined // the same format
      const transformed = transformHybrid(code, { fileName: path!, inputMap: positions, isMapChained: true })
      if (!transformed) return undefined
      const wrong = transformed.diagnostics.find(({ severity }) => severity === 'error')
      if (wrong)
        this.error({
          message: notConvertible(diagnosticText(wrong)).message,
          id,
          loc: { file: path!, line: wrong.line, column: wrong.column - 1 },
        })
      return { code: transformed.code, map: transformed.map }
    },
  }
}
