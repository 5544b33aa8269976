import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const tsc = join(root, 'node_modules/typescript/bin/tsc')
const temporary = mkdtempSync(join(tmpdir(), 'gryph-packed-'))
/** What `npm pack` runs in: the tree as it is after a build. */
const built = join(temporary, 'built')
/** A user's project, with the packed files and their declared dependencies installed, and nothing else. */
const project = join(temporary, 'project')
let packedFiles: string[] = []

function run(command: string, args: readonly string[], cwd: string): string {
  return execFileSync(command, args, { cwd, encoding: 'utf8', shell: process.platform === 'win32' })
}

function buildTo(folder: string): void {
  run(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json'), '--outDir', join(folder, 'dist')], root)
  run(process.execPath, [join(root, 'scripts/bundle-package.mjs'), join(folder, 'dist')], root)
  for (const file of ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md']) {
    if (existsSync(join(root, file))) cpSync(join(root, file), join(folder, file))
  }
}

beforeAll(() => {
  mkdirSync(built)
  buildTo(built)
  const [packed] = JSON.parse(run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], built)) as [
    { files: { path: string }[] },
  ]
  packedFiles = packed.files.map(({ path }) => path)

  const installed = join(project, 'node_modules')
  for (const path of packedFiles) cpSync(join(built, path), join(installed, 'gryph', path))
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>
  }
  for (const name of Object.keys(manifest.dependencies)) {
    cpSync(join(root, 'node_modules', name), join(installed, name), { recursive: true })
  }
  writeFileSync(join(project, 'package.json'), '{ "name": "project", "private": true, "type": "module" }\n')
}, 120_000)

afterAll(() => rmSync(temporary, { recursive: true, force: true }))

/** Runs a program in the user's project and returns what it passes to `report`. */
function inProject(program: string): unknown {
  writeFileSync(
    join(project, 'program.mjs'),
    `const report = (value) => console.log(JSON.stringify(value))\n${program}`,
  )
  return JSON.parse(run(process.execPath, ['program.mjs'], project))
}

test('the package holds the build, the licence and nothing of the sources', () => {
  expect(packedFiles).toEqual(expect.arrayContaining(['LICENSE', 'package.json', 'dist/index.js', 'dist/index.d.ts']))
  const folders = new Set(packedFiles.map((path) => dirname(path).split('/')[0]))
  expect(folders).toEqual(new Set(['.', 'dist']))
  expect(packedFiles.filter((path) => /(?<!\.d)\.ts$/.test(path))).toEqual([])
})

test('the packed package exports its names', () => {
  const names = inProject(`import * as gryph from 'gryph'\nreport(Object.keys(gryph))`)
  expect(names).toEqual(
    expect.arrayContaining([
      'tensor',
      'zeros',
      'ones',
      'full',
      'arange',
      'linspace',
      'eye',
      'randn',
      'rand',
      'randint',
      'manualSeed',
      'add',
      'matmul',
      'noGrad',
      'hybridize',
      'configure',
      'nn',
      'optim',
      'data',
    ]),
  )
})

test('the packed package computes, eagerly and compiled', () => {
  const results = inProject(`
    import { hybridize, tensor } from 'gryph'
    const addOne = (x) => x.add(1)
    const compiled = hybridize(addOne)
    const x = tensor([1, 2])
    report([addOne(x), compiled(x), compiled(x)].map((result) => result.toArray()))
  `)
  expect(results).toEqual([
    [2, 3],
    [2, 3],
    [2, 3],
  ])
})

test('Node loads the package as a few files, and errors still name the line of the user', () => {
  const { file, stack } = inProject(`
    import { hybridize, tensor } from 'gryph'
    const fails = () => tensor([1, 2]).add(tensor([1, 2, 3]))
    let stack
    try { fails() } catch (error) { stack = error.stack }
    report({ file: import.meta.resolve('gryph'), stack })
  `) as { file: string; stack: string } // the program reports these
  expect(file).toMatch(/\/dist\/gryph-node\.js$/)
  expect(stack.split('\n').find((line) => line.includes(' at '))).toContain('program.mjs:4:')
})

test('other programs can load the modules one by one, with the same names', () => {
  const [one, many] = ['gryph-node.js', 'index.js'].map((file) =>
    inProject(`
      const { nn, ...rest } = await import('./node_modules/gryph/dist/${file}')
      const namesIn = (exports) => Object.entries(exports).map(([key, value]) => [key, value.name?.replace(/^_/, '')])
      report([...namesIn(nn), ...namesIn(rest)])
    `),
  )
  expect(many).toEqual(one)
})

test('the parts are entries of their own, over the same tensors', () => {
  const same = inProject(`
    import * as gryph from 'gryph'
    const parts = await Promise.all(['nn', 'optim', 'data', 'train'].map(async (name) => [name, await import('gryph/' + name)]))
    const isSame = ([name, part]) => Object.keys(part).every((key) => part[key] === gryph[name][key])
    const { buildArtefact } = await import('gryph/export')
    const f = gryph.hybridize((x) => x.mul(2))
    f(gryph.ones([2]))
    report([...parts.map(isSame), (await buildArtefact(f, { name: 'f' })).has('f.wasm')])
  `)
  expect(same).toEqual([true, true, true, true, true])
})

test('only the declared entry points can be imported', () => {
  const code = inProject(`
    report(await import('gryph/dist/index.js').then(() => 'imported', (error) => error.code))
  `)
  expect(code).toBe('ERR_PACKAGE_PATH_NOT_EXPORTED')
})

test('the packed types serve a strict project without DOM or Node types', () => {
  writeFileSync(
    join(project, 'program.ts'),
    `import { hybridize, tensor, type Tensor } from 'gryph'
const addOne = hybridize((x: Tensor): Tensor => x.add(1))
export const shape: readonly number[] = addOne(tensor([1, 2])).shape
// @ts-expect-error: a tensor is not a number
export const wrong: number = tensor([1, 2])
`,
  )
  const options = [
    '--strict',
    '--noEmit',
    '--module',
    'nodenext',
    '--target',
    'es2022',
    '--lib',
    'es2023',
    '--types',
    '',
  ]
  const typecheck = [tsc, ...options, '--skipLibCheck', 'false', 'program.ts']
  const { stdout, status } = spawnSync(process.execPath, typecheck, { cwd: project, encoding: 'utf8' })
  expect({ stdout, status }).toEqual({ stdout: '', status: 0 })
})

const typescriptProgram = `import { hybridize, tensor, type Tensor } from 'gryph'

// Comments and types go, and lines with them.
interface Limits { readonly limit: number }

function shrink(x: Tensor, { limit }: Limits): Tensor {
  'use hybrid'
  let last
  while (x.abs().max().item() > limit) {
    last = x
    x = x.mul(0.5)
  }
  return x.add(last ?? 0)
}

const fast = hybridize(shrink)
try {
  fast(tensor([5]), { limit: 1 })
} catch (error) {
  console.log((error as Error).stack!.split('\\n').filter((line) => /GryphError|train/.test(line)).slice(0, 2).join(' '))
}
`

test("Node's loader takes the types out, rewrites hybrid functions, and keeps the lines of errors", () => {
  const loaded = join(project, 'node_modules', 'esbuild')
  symlinkSync(join(root, 'node_modules', 'esbuild'), loaded, 'junction')
  try {
    writeFileSync(join(project, 'train.ts'), typescriptProgram)
    const output = run(process.execPath, ['--import', 'gryph/register', 'train.ts'], project)
    expect(output).toMatch(/^GryphError: \[hybrid\] last gets its first value inside the loop at train\.ts:9:3, /)
    expect(output).toMatch(/ at .*train\.ts:13:12\)?\n$/)
  } finally {
    rmSync(loaded)
  }
})

test('without esbuild, the loader says what to install', () => {
  writeFileSync(join(project, 'train.ts'), typescriptProgram)
  const { stderr, status } = spawnSync(process.execPath, ['--import', 'gryph/register', 'train.ts'], {
    cwd: project,
    encoding: 'utf8',
  })
  expect(status).toBe(1)
  expect(stderr).toMatch(/'ESBUILD_MISSING'|is not installed/)
  expect(stderr).toContain('is TypeScript, and esbuild, which takes its types out, is not installed. Install it')
})

test('the packed transform is an entry of its own', () => {
  const code = inProject(`
    import { transformHybrid, esbuildPlugin, vitePlugin } from 'gryph/transform'
    report(transformHybrid("export function f(x) { 'use hybrid'; return x ? 1 : 2 }", { fileName: 'f.js' }).code)`)
  expect(code).toContain('__h.select(x, () => (1), () => (2)')
})
