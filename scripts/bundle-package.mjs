/**
 * Writes dist/gryph-node*.js beside the modules that tsc made, or beside those in the folder named on the command line: the same code as one
 * file. Node takes 150 ms and 13 MB more to load 260 files; bundlers and pages want the modules.
 */
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = resolve(process.argv[2] ?? `${root}dist`)

// In one file, equal names of modules become relu2, relu3. Classes keep what they have: a property defined on them makes `instanceof` slow, and
// with it every call; esbuild's keepNames does that.
const entry = `
import * as gryph from './index.js'
for (const group of [gryph, gryph.nn, gryph.optim, gryph.data])
  for (const [name, value] of Object.entries(group))
    if (typeof value === 'function' && /[0-9]$/.test(value.name) && value.name.startsWith(name) && !/^class\\b/.test(value))
      Object.defineProperty(value, 'name', { value: name, configurable: true })
export * from './index.js'
`

await build({
  absWorkingDir: dist,
  entryPoints: {
    'gryph-node': 'node-entry',
    ...Object.fromEntries(
      ['nn', 'optim', 'data', 'train', 'export'].map((name) => [`gryph-node-${name}`, `./${name}/index.js`]),
    ),
    'gryph-node-cli': './cli/bin.js',
  },
  plugins: [
    {
      name: 'node-entry',
      setup(build) {
        build.onResolve({ filter: /^node-entry$/ }, () => ({ path: 'node-entry', namespace: 'node-entry' }))
        build.onLoad({ filter: /.*/, namespace: 'node-entry' }, () => ({ contents: entry, resolveDir: dist }))
      },
    },
  ],
  outdir: '.',
  // All entry points work on the same tensors: what they share is a file of its own.
  splitting: true,
  chunkNames: 'gryph-node-[hash]',
  bundle: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  // Less to read at every start.
  minifyWhitespace: true,
  minifySyntax: true,
  sourcemap: true,
  sourcesContent: false,
  logLevel: 'warning',
  tsconfigRaw: '{}',
})
