import { build } from 'esbuild'
import { gzipSync } from 'node:zlib'
const root = process.argv[2] ?? '/work/wt-diff'
const cases = {
  hybridize: "import { tensor, add, hybridize } from 'gryph'; console.log(hybridize((x) => add(x, 1))(tensor([1])))",
  eager: "import { tensor, add } from 'gryph'; console.log(add(tensor([1]), 1))",
}
const only = process.argv[3]
for (const [name, code] of Object.entries(cases)) {
  const r = await build({ stdin: { contents: code, resolveDir: root, loader: 'ts' }, bundle: true, minify: true, format: 'esm', platform: 'browser', write: false, metafile: true, alias: { gryph: root + '/src/index.ts' }, external: ['node:*'], logLevel: 'error', treeShaking: true })
  const out = r.outputFiles[0].contents
  console.log(name, 'min', out.length, 'gz', gzipSync(out, {level: 9}).length)
  const m = Object.values(r.metafile.outputs)[0].inputs
  if (only === name) {
    const rows = Object.entries(m).map(([f, { bytesInOutput: b }]) => [f.replace(/^.*src\//, ''), b]).filter((r) => r[1] > 0).sort((a, b) => b[1] - a[1])
    const dirs = {}
    for (const [f, b] of rows) { const d = f.split('/').slice(0, -1).join('/'); dirs[d] = (dirs[d] ?? 0) + b }
    console.log(Object.entries(dirs).sort((a, b) => b[1] - a[1]).map(([d, b]) => `${b} ${d}`).join('\n'))
    console.log(rows.slice(0, 150).map(([f, b]) => `${b} ${f}`).join('\n'))
  }
}
