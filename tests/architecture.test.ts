import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { importsOf, relativeImportLines } from './imports-of.ts'

/** Folders of src/, lowest first. A file imports from its own folder and from lower ones only. */
const layers = [
  'base',
  'ops',
  'ir',
  'autograd',
  'rewrite',
  'passes',
  'kernel',
  'plan',
  'codegen',
  'runtime',
  'compile',
  'frontend',
  'nn',
  'optim',
  'data',
  'train',
  'transform',
  'onnx',
  'export',
  'cli',
]
/** Folders that share a layer and know nothing of each other. */
const strangers = [['codegen/js/', 'codegen/wasm/']] as const

const root = fileURLToPath(new URL('..', import.meta.url))
const src = join(root, 'src')
const files = readdirSync(src, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => relative(src, join(entry.parentPath, entry.name)).split(sep).join('/'))
  .toSorted()
const sources = files
  .filter((file) => file.endsWith('.ts'))
  .map((file) => {
    const text = readFileSync(join(src, file), 'utf8')
    return { file, text, imports: importsOf(text) }
  })
const relativeImports = sources.flatMap(({ file, imports }) =>
  imports
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => ({ file, target: join(dirname(file), specifier).split(sep).join('/') })),
)

/** Height of a file's layer; src/index.ts is above them all. */
function layerOf(file: string): number {
  if (!file.includes('/')) return layers.length
  return layers.indexOf(file.split('/', 1)[0] ?? '')
}

test('every folder of src/ has its place in the list of layers', () => {
  const rootFiles = files.filter((file) => !file.includes('/'))
  expect(rootFiles).toEqual(['index.ts'])
  expect(files.filter((file) => layerOf(file) < 0)).toEqual([])
})

test('imports only point down the layers', () => {
  const upward = relativeImports
    .filter(({ file, target }) => layerOf(target) > layerOf(file) || layerOf(target) < 0)
    .map(({ file, target }) => `${file} imports ${target}`)
  expect(upward).toEqual([])
})

test('no import is overlooked', () => {
  expect(relativeImports.length).toBeGreaterThan(100)
  const overlooked = sources.flatMap(({ file, text, imports }) =>
    relativeImportLines(text)
      .filter((specifier) => !imports.includes(specifier))
      .map((specifier) => `${file}: ${specifier}`),
  )
  expect(overlooked).toEqual([])
})

test('relative imports name files that exist, inside src/', () => {
  const missing = relativeImports.filter(({ target }) => !files.includes(target))
  expect(missing).toEqual([])
})

test('the JavaScript and WebAssembly back ends do not know each other', () => {
  const crossing = relativeImports.filter(({ file, target }) =>
    strangers.some((pair) =>
      pair.some((from) => file.startsWith(from) && pair.some((to) => to !== from && target.startsWith(to))),
    ),
  )
  expect(crossing).toEqual([])
})

test('packages imported by src/ are runtime dependencies or part of Node', () => {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>
  }
  const foreign = sources.flatMap(({ file, imports }) =>
    imports
      .filter((specifier) => !specifier.startsWith('.') && !specifier.startsWith('node:'))
      // @types/estree has no code: its types describe what astring prints.
      .filter((specifier) => !(specifier in manifest.dependencies) && specifier !== 'estree')
      // The command line loads the loader as users do.
      .filter((specifier) => !specifier.startsWith('gryph/'))
      .map((specifier) => `${file} imports ${specifier}`),
  )
  expect(foreign).toEqual([])
})

test('no source file is over 400 lines', () => {
  const long = sources
    .map(({ file, text }) => ({ file, lines: text.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > 400)
  expect(long).toEqual([])
})

test('files and folders are kebab-case and named for what they hold', () => {
  const names = files.flatMap((file) => file.split('/'))
  const oddlyWritten = names.filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.d)?(\.ts)?$/.test(name))
  expect(oddlyWritten).toEqual([])
  const saysNothing = names.filter((name) => /^(utils?|helpers?|misc|common)$/.test(basename(name, '.ts')))
  expect(saysNothing).toEqual([])
})
