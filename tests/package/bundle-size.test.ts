import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

interface Bundle {
  readonly gzippedBytes: number
  /** Files of src/ that something of is left of. */
  readonly files: readonly string[]
}

/** What a page bundles that has this code. */
async function bundle(code: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: root, loader: 'ts' },
    absWorkingDir: root,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    external: ['node:*'],
    alias: {
      ...Object.fromEntries(
        ['nn', 'optim', 'data', 'train'].map((name) => [`gryph/${name}`, `${root}/src/${name}/index.ts`]),
      ),
      gryph: `${root}/src/index.ts`,
    },
    write: false,
    metafile: true,
    logLevel: 'error',
  })
  const [output] = Object.values(metafile.outputs)
  const used = Object.entries(output!.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0)
  return {
    gzippedBytes: gzipSync(outputFiles[0]!.contents, { level: 9 }).byteLength,
    files: used.flatMap(([file]) => (file.startsWith('src/') ? [file.slice('src/'.length)] : [])),
  }
}

const eager = "import { add, tensor } from 'gryph'\nconsole.log(String(add(tensor([1]), 1)))"
const compiled = `${eager.replace('{ add', '{ add, hybridize')}\nconsole.log(String(hybridize((x) => add(x, 1))(tensor([1]))))`

/**
 * Upper bounds, a little above what they are. To reach: 70 and 40 kB. What bounds them: every op is a method of Tensor, so the records of all ops, and the
 * lowering and code generation for them, are in both; and `hybridize` takes tools (`verify`, `profile`, target 'js') as options.
 */
const most = { compiled: 176_000, eager: 78_000 } as const

test.each([
  ['tensor, add and hybridize', compiled, most.compiled],
  ['tensor and add', eager, most.eager],
])('a page that uses %s has a bundle of bounded size', async (_, code, bytes) => {
  const { gzippedBytes } = await bundle(code)
  expect(gzippedBytes).toBeLessThanOrEqual(bytes)
  expect(gzippedBytes, 'it has become much smaller: lower the bound').toBeGreaterThan(bytes * 0.9)
})

test('layers, optimizers, data and other parts that nothing uses are in no bundle', async () => {
  const unused =
    /^(nn|optim|data|train|transform|onnx|export|cli)\/|^frontend\/(differentiation\/(?!leaf-for)|linalg|debug\/(step|show))/
  const { files } = await bundle(compiled)
  expect(files.length).toBeGreaterThan(100)
  expect(files.filter((file) => unused.test(file))).toEqual([])
})

test('eager code brings neither passes nor plans, nor what fused groups need', async () => {
  const { files } = await bundle(eager)
  expect(
    files.filter((file) =>
      /^(passes|rewrite|codegen\/js|frontend\/(hybridize|segments|parity|control))\/|row-wise/.test(file),
    ),
  ).toEqual([])
})

test('each namespace brings itself and not the others', async () => {
  const others = async (code: string, ...folders: string[]): Promise<string[]> =>
    (await bundle(code)).files.filter((file) => folders.includes(file.split('/', 1)[0]!))
  expect(await others("import { data } from 'gryph'\nconsole.log(data.readIdx)", 'nn', 'optim', 'train')).toEqual([])
  expect(await others("import { nn } from 'gryph'\nconsole.log(nn.linear(1, 2))", 'optim', 'data', 'train')).toEqual([])
})

test('of an entry of its own only what is used is brought', async () => {
  const { files } = await bundle(
    "import { linear } from 'gryph/nn'\nimport { sgd } from 'gryph/optim'\nconsole.log(linear(1, 2), sgd)",
  )
  expect(files.filter((file) => /^(nn|optim)\//.test(file)).length).toBeLessThan(20)
  expect(files).toContain('nn/linear.ts')
  expect(files.filter((file) => /lstm|attention|lamb|schedules/.test(file))).toEqual([])
})
