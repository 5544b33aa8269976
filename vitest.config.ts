import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vitest/config'
import { rollupPlugin } from './src/transform/rollup-plugin.ts'

/** Rewrites the programs that test it; with `?plain` after their names they stay as they are. */
const transform = rollupPlugin()
const hybridPrograms: Plugin = {
  name: 'hybrid-programs',
  transform(code, id) {
    if (!/\/tests\/transform\/programs\/.*\.ts$/.test(id)) return undefined
    return transform.transform.call(this as never, code, id) // Vite's context has more than what it asks for
  },
}

export default defineConfig({
  plugins: [hybridPrograms],
  resolve: {
    alias: [
      { find: /^gryph$/, replacement: fileURLToPath(new URL('src/index.ts', import.meta.url)) },
      { find: /^gryph\/export$/, replacement: fileURLToPath(new URL('src/export/index.ts', import.meta.url)) },
    ],
  },
  test: {
    include: ['tests/**/*.test.ts'],
    testTimeout: 60_000,
    // By default one core is left free, which of two is half the machine.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
})
