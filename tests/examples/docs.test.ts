import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build, transformSync, type Plugin } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { esbuildPlugin } from '../../src/transform/index.ts'
import { programFolder, root, runNode } from './bundled.ts'
import { checkedModule, codeBlocks, documentedResults, type CodeBlock } from './code-blocks.ts'

const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.md'))
  .map((file) => `docs/${file}`)
const pages = ['README.md', ...docs].filter((page) => existsSync(join(root, page))).toSorted()
const blocks = pages.flatMap((page) => codeBlocks(root, page))
const programs = blocks.filter(({ isFragment }) => !isFragment)
const folder = programFolder()
const nameOf = (block: CodeBlock): string => block.place.replace(/[^a-z0-9]+/gi, '-')

/** For native control flow; other programs show what happens without. */
const transform: Plugin = {
  name: 'hybrid-blocks',
  setup: (bundle) =>
    esbuildPlugin().setup({
      ...bundle,
      onLoad: (options, callback) =>
        bundle.onLoad(options, async (args) =>
          readFileSync(args.path, 'utf8').includes("'use hybrid'") ? callback(args) : undefined,
        ),
    }),
}

beforeAll(async () => {
  for (const block of programs) {
    writeFileSync(join(folder, `${nameOf(block)}.ts`), block.code)
    writeFileSync(join(folder, `${nameOf(block)}.checked.ts`), checkedModule(block))
  }
  await build({
    absWorkingDir: folder,
    entryPoints: programs.map((block) => `${nameOf(block)}.checked.ts`),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    alias: { 'gryph/export': join(root, 'src/export/index.ts'), gryph: join(root, 'src/index.ts') },
    packages: 'external',
    tsconfigRaw: '{}',
    logLevel: 'warning',
    plugins: [transform],
  })
}, 60_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('every TypeScript block of the pages is found', () => {
  const fences = pages.flatMap((page) => readFileSync(join(root, page), 'utf8').match(/^```ts\b.*$/gm) ?? [])
  expect(blocks).toHaveLength(fences.length)
  expect(programs.length).toBeGreaterThanOrEqual(9)
  expect(programs.reduce((count, block) => count + documentedResults(block), 0)).toBeGreaterThanOrEqual(13)
})

test.each(pages.filter((page) => page === 'README.md'))('%s has a program to run', (page) => {
  expect(programs.filter(({ place }) => place.startsWith(page)).length).toBeGreaterThanOrEqual(1)
})

test.each(programs.map((block) => [block.place, block] as const))(
  'the program at %s runs and prints what it says',
  (_, block) => {
    const { stderr, status } = runNode([`${nameOf(block)}.checked.mjs`], folder)
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
  },
)

test('a wrong documented result is noticed', () => {
  const module = checkedModule({ place: 'page:1', code: 'console.log(1 + 1) // 3', isFragment: false })
  expect(module).toContain('printsDocumented("3", 1 + 1)')
  writeFileSync(join(folder, 'wrong.mjs'), transformSync(module, { loader: 'ts' }).code)
  expect(runNode(['wrong.mjs'], folder)).toMatchObject({ stderr: 'page:1: documented 3, printed 2\n', status: 1 })
})

test('the programs of the pages pass the type check', () => {
  const options = {
    noEmit: true,
    rewriteRelativeImportExtensions: false,
    allowImportingTsExtensions: true,
    rootDir: '/',
  }
  const config = {
    extends: join(root, 'tsconfig.base.json'),
    compilerOptions: {
      ...options,
      paths: { gryph: [join(root, 'src/index.ts')], 'gryph/export': [join(root, 'src/export/index.ts')] },
      typeRoots: [join(root, 'node_modules/@types')],
    },
    files: programs.map((block) => `${nameOf(block)}.ts`),
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const { stdout } = runNode([join(root, 'node_modules/typescript/bin/tsc'), '-p', folder], folder)
  const wrong = stdout.split('\n').filter((line) => programs.some((block) => line.startsWith(`${nameOf(block)}.ts`)))
  expect(wrong).toEqual([])
  // The configuration itself is in order; errors in src/ are the type check's own business.
  expect(stdout).not.toMatch(/^(error|tsconfig)/m)
}, 60_000)
