/**
 * Hybridize: one thousand calls of a network before and after, what becomes of a print in it, and that its outputs stay as they were, also exported.
 * Run it: `npm run examples -- hybridize-mlp`, or after `npm run build`: `node build/examples/hybridize-mlp.mjs`.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { debug, hybridize, manualSeed, nn, noGrad, randn, type Tensor } from 'gryph'
import { exportModule } from 'gryph/export'
import type { Example } from './gallery/example.ts'
import { holds, line } from './gallery/figure.ts'
import { runAlone } from './gallery/run-alone.ts'
import { differences } from './gallery/same-bits.ts'

function makeNetwork() {
  manualSeed(1)
  return nn.sequential(nn.linear(512, 256), nn.relu(), nn.linear(256, 128), nn.relu(), nn.linear(128, 2))
}

export interface Benchmark {
  readonly eagerMs: number
  readonly compiledMs: number
  readonly different: readonly string[]
}

/** Time of `calls` calls on one row of 512 numbers, the better of three runs of each mode, in turns. */
export function benchmark(calls: number): Benchmark {
  const net = makeNetwork()
  const forward = (x: Tensor): Tensor => noGrad(() => net.forward(x))
  const fast = hybridize(forward)
  const x = randn([1, 512])
  const timeOf = (f: (x: Tensor) => Tensor): number => {
    const start = performance.now()
    for (let i = 0; i < calls; i++) f(x)
    return performance.now() - start
  }
  let [eagerMs, compiledMs] = [Infinity, Infinity]
  const outputs = [forward(x), fast(x), fast(x)].map((output) => [...output.data()])
  for (let turn = 0; turn < 3; turn++) {
    eagerMs = Math.min(eagerMs, timeOf(forward))
    compiledMs = Math.min(compiledMs, timeOf(fast))
  }
  return { eagerMs, compiledMs, different: differences([outputs[0], outputs[0]], [outputs[1], outputs[2]]) }
}

/** Exports the network, imports it as a program that has no gryph would, and says whether it computes the same bits. */
export async function exportAndImport(): Promise<boolean> {
  const net = makeNetwork()
  const predict = hybridize((x: Tensor) => net.forward(x))
  const outDir = mkdtempSync(join(tmpdir(), 'gryph-mlp-'))
  try {
    const [module = ''] = await exportModule(predict, {
      name: 'mlp',
      outDir,
      inputs: { x: { shape: [1, 512] } },
      weights: net,
    })
    const { load } = (await import(pathToFileURL(module).href)) as Exported // what exportModule wrote
    const imported = await load()
    const x = randn([1, 512])
    return differences([...imported({ x: x.data() })], [...net.forward(x).data()]).length === 0
  } finally {
    rmSync(outDir, { recursive: true, force: true })
  }
}

interface Exported {
  readonly load: () => Promise<(inputs: { x: ArrayLike<number> }) => Float32Array>
}

/** How many lines three calls of a function print, eager and compiled. */
export interface PrintCounts {
  readonly text: readonly [eager: number, compiled: number]
  readonly tensor: readonly [eager: number, compiled: number]
  readonly debugPrint: readonly [eager: number, compiled: number]
}

/** Runs a network with a print in `forward` three times in each mode. */
export function countPrints(): PrintCounts {
  const net = makeNetwork()
  const x = randn([1, 512])
  const countOf = (print: (hidden: Tensor) => void): [number, number] => {
    const forward = (x: Tensor): Tensor => {
      const output = net.forward(x)
      print(output)
      return output
    }
    return [linesOf(forward, x), linesOf(hybridize(forward), x)]
  }
  return {
    text: countOf(() => console.log('in forward')),
    tensor: countOf((output) => console.log('in forward', output.sum().item())),
    debugPrint: countOf((output) => debug.print('in forward', output)),
  }
}

/** How often console.log is called while `f` is called three times. */
function linesOf(f: (x: Tensor) => unknown, x: Tensor): number {
  const { log } = console
  let count = 0
  console.log = () => void count++
  try {
    for (let i = 0; i < 3; i++) noGrad(() => f(x))
  } finally {
    console.log = log
  }
  return count
}

export const example: Example = {
  name: 'hybridize-mlp',
  title: 'Hybridize',
  section: 'Imperative and symbolic',
  about:
    'A 512-256-128-2 network on one row, 1000 calls before and after. A print of text in forward happens while JavaScript runs: on every eager call, and once when compiled, while it is recorded. A print of values happens each time in both modes: the call stops there to read them; debug.print does it from within the compiled program.',
  async run({ isQuick, print }) {
    const calls = isQuick ? 10 : 1000
    const { eagerMs, compiledMs, different } = benchmark(calls)
    const prints = countPrints()
    const isSameImported = await exportAndImport()
    const comparison = { label: `${calls} calls`, eagerMs, compiledMs, different }
    print(
      [
        `network 512-256-128-2, batch 1, ${calls} calls`,
        '',
        `before hybridize()   ${(eagerMs / 1000).toFixed(4)} s`,
        `after hybridize()    ${(compiledMs / 1000).toFixed(4)} s`,
        `ratio                ${(eagerMs / compiledMs).toFixed(2)}  (the book’s editions: 1.8 to 3.9)`,
        '',
        `prints in forward, three calls      eager  compiled`,
        `console.log('in forward')           ${prints.text.join('      ')}      (compiled: only while it is recorded)`,
        `console.log(…, output.item())       ${prints.tensor.join('      ')}      (compiled in segments: explain() names the line)`,
        `debug.print('in forward', output)   ${prints.debugPrint.join('      ')}      (part of the program)`,
      ].join('\n'),
    )
    const counts = ([eager, compiled]: readonly [number, number]): string => `${eager} eager, ${compiled} compiled`
    return {
      figures: [
        line('lines of console.log(text), 3 calls', counts(prints.text), '3 eager, 1 compiled', 'property'),
        line('lines of console.log(values)', counts(prints.tensor), '3 eager, 3 compiled', 'property'),
        line('lines of debug.print(values)', counts(prints.debugPrint), '3 eager, 3 compiled', 'property'),
        holds(
          'outputs unchanged',
          different.length === 0,
          different.length === 0 ? 'same bits' : 'other bits',
          'same bits',
        ),
        holds(
          'exported, and imported without gryph',
          isSameImported,
          isSameImported ? 'same bits' : 'other bits',
          'same bits',
        ),
      ],
      pictures: [],
      comparisons: [comparison],
    }
  },
}

await runAlone(example, import.meta.url)
