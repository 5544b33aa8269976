/** Bundles examples/ and bench/, so that Node runs them without flags. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))

/** The programs of the repository: files, and folders with the parts of one. */
export function programs() {
  const examples = readdirSync(join(root, 'examples')).map((name) =>
    name.endsWith('.ts') ? `examples/${name}` : `examples/${name}/main.ts`,
  )
  return [...examples, 'bench/main.ts', 'bench/convolution-sweep.ts'].filter((path) => existsSync(join(root, path)))
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

/**
 * Writes `<outdir>/<path>.mjs` for every entry. `gryph` and other packages stay external, so that a bundle resolves them as a user's
 * program would; with `gryph` given, that file is bundled in its place.
 *
 * @param {{ entryPoints: readonly string[], outdir: string, gryph?: string }} options
 */
export async function bundle({ entryPoints, outdir, gryph }) {
  await build({
    absWorkingDir: root,
    entryPoints: [...entryPoints],
    outdir,
    outbase: root,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    packages: 'external',
    ...(gryph === undefined ? {} : { alias: { 'gryph/export': join(dirname(gryph), 'export/index.ts'), gryph } }),
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
