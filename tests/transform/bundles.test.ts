import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build as esbuild } from 'esbuild'
import { build as vite } from 'vite'
import { afterAll, expect, test } from 'vitest'
import { esbuildPlugin, vitePlugin } from '../../src/transform/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'gryph-bundles-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const alias = { gryph: fileURLToPath(new URL('../../src/index.ts', import.meta.url)) }

const program = `import { hybridize, tensor, type Tensor } from 'gryph'

let rate: number = 0.5
interface Result { readonly x: Tensor; readonly passes: number }

function shrink(x: Tensor, limit: number): Result {
  'use hybrid'
  let passes = 0
  while (x.abs().max().item() > limit) {
    x = x.mul(rate)
    passes++
  }
  return { x, passes }
}

const fast = hybridize(shrink, { fullGraph: true })
const results: unknown[] = []
for (rate of [0.5, 0.5, 0.25, 0.125, 0.0625, 0.5]) {
  const { x, passes } = fast(tensor([-40, 3]), 2)
  results.push([x.toArray(), passes])
}
console.log(JSON.stringify({ results, traces: fast.stats.traces, name: fast.eager.name }))
`

const expected = {
  results: [
    [[-1.25, 0.09375], 5],
    [[-1.25, 0.09375], 5],
    [[-0.625, 0.046875], 3],
    [[-0.625, 0.046875], 2],
    [[-0.15625, 0.01171875], 2],
    [[-1.25, 0.09375], 5],
  ],
  traces: 3,
}
const entry = join(folder, 'program.ts')
writeFileSync(entry, program)

const outputOf = (file: string): unknown =>
  JSON.parse(execFileSync(process.execPath, ['--enable-source-maps', file], { encoding: 'utf8' }))

test.each([false, true])('an esbuild bundle runs, minified: %s', async (minify) => {
  const outfile = join(folder, `esbuild-${minify}.mjs`)
  await esbuild({
    entryPoints: [entry],
    outfile,
    bundle: true,
    minify,
    sourcemap: true,
    platform: 'node',
    format: 'esm',
    alias,
    plugins: [esbuildPlugin()],
    logLevel: 'silent',
  })
  expect(outputOf(outfile)).toMatchObject(expected)
  const { sourcesContent } = JSON.parse(readFileSync(`${outfile}.map`, 'utf8')) as { sourcesContent: string[] }
  expect(sourcesContent).toContain(program)
})

test.each([false, true])('a Vite build runs, minified: %s', async (minify) => {
  await vite({
    root: folder,
    logLevel: 'silent',
    configFile: false,
    plugins: [vitePlugin()],
    resolve: { alias },
    build: {
      minify,
      sourcemap: true,
      outDir: `vite-${minify}`,
      target: 'esnext',
      lib: { entry, formats: ['es'], fileName: 'program' },
      rollupOptions: { external: /^node:/ },
    },
  })
  const outputs = [`vite-${minify}/program.js`, `vite-${minify}/program.mjs`].map((name) => join(folder, name))
  const file = outputs.find((name) => readable(name))!
  const module = join(folder, `vite-${minify}.mjs`)
  writeFileSync(module, readFileSync(file))
  expect(outputOf(module)).toMatchObject(expected)
})

function readable(file: string): boolean {
  try {
    return readFileSync(file).length > 0
  } catch {
    return false
  }
}

test('what cannot be converted for sure stops an esbuild build, with the place', async () => {
  const file = join(folder, 'wrong.ts')
  writeFileSync(file, `export function f(x) {\n  'use hybrid'\n  if (x.less(0)) throw new Error('no')\n}\n`)
  const failure = await esbuild({
    entryPoints: [file],
    write: false,
    plugins: [esbuildPlugin()],
    logLevel: 'silent',
  }).catch(
    (error: unknown) => error as { errors: { text: string; location: { line: number; column: number } | null }[] },
  )
  expect(
    'errors' in failure &&
      failure.errors.map(({ text, location }) => [text.slice(0, 30), location?.line, location?.column]),
  ).toEqual([['NOT_CONVERTIBLE: if the test o', 3, 17]])
})

test('the package itself does not pull the parser in', async () => {
  const { metafile } = await esbuild({
    stdin: { contents: `export * from 'gryph'`, resolveDir: folder },
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    alias,
    logLevel: 'silent',
  })
  expect(Object.keys(metafile.inputs).filter((name) => /acorn|src\/transform\//.test(name))).toEqual([])
})
