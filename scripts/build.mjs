/**
 * Bundles every entry of examples/ and bench/ to build/<same path>.mjs, so that Node runs them without flags.
 * `gryph` stays external: the bundles resolve it to dist/ through the exports of package.json, as a user's program would.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))

/** @param {string} folder */
function entriesOf(folder) {
  const path = join(root, folder)
  if (!existsSync(path)) return []
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) => {
    const candidate = entry.isDirectory() ? `${folder}/${entry.name}/main.ts` : `${folder}/${entry.name}`
    const isEntry = candidate.endsWith('.ts') && !candidate.endsWith('.d.ts') && existsSync(join(root, candidate))
    return isEntry ? [candidate] : []
  })
}

/**
 * Lets `import.meta.url` keep meaning the source file, wherever its bundle lies, so that data next to the source is found.
 *
 * @type {import('esbuild').Plugin}
 */
const sourceLocation = {
  name: 'source-location',
  setup(bundle) {
    bundle.onLoad({ filter: /[\\/](examples|bench)[\\/].*\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)),
      loader: 'ts',
    }))
  },
}

const entryPoints = [...entriesOf('examples'), ...entriesOf('bench')]
if (entryPoints.length > 0) {
  await build({
    absWorkingDir: root,
    entryPoints,
    outdir: 'build',
    outbase: '.',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    sourcemap: true,
    logLevel: 'warning',
    plugins: [sourceLocation],
    // The path alias in tsconfig.json would pull src/ into the bundle.
    tsconfigRaw: '{}',
  })
}
