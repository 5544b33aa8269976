/** Times matrix products of many shapes, operands and results resident: `npm run bench:matmul -- --help`. */
import { parseArgs } from 'node:util'
import { assign, configure, hybridize, matmul, randn, variable, zeros, type Tensor } from 'gryph'
import { type Peak, measurePeak } from '../src/cli/peak.ts'

const usage = `Times matrix products of many shapes against the peak of one core. Shares are of the best times.

npm run bench:matmul -- [flags]
  --only TEXT    only the shapes whose name contains TEXT
  --rounds N     rounds over all shapes (default 8)
  --separate     multiply and add with a rounding each, as without relaxed SIMD
  --help         print this`

interface Product {
  readonly name: string
  readonly sizes: readonly [m: number, k: number, n: number]
  /** Which operands are stored transposed, left and right: n or t. */
  readonly form: string
  readonly batch: number
}

const product = (m: number, k: number, n: number, form = 'nn', batch = 1): Product => ({
  name: `${batch > 1 ? `${batch} × ` : ''}${m}×${k}·${k}×${n} ${form}`,
  sizes: [m, k, n],
  form,
  batch,
})
const square = (n: number, form = 'nn'): Product => product(n, n, n, form)

const products: readonly Product[] = [
  ...[64, 128, 256, 512, 1024].map((n) => square(n)),
  ...[255, 257, 333, 511, 1000, 1023].map((n) => square(n)),
  ...['tn', 'nt', 'tt'].flatMap((form) => [256, 257, 511, 512, 1024].map((n) => square(n, form))),
  // Few columns or rows; short and long sums.
  ...['nn', 'tn', 'nt', 'tt'].map((form) => product(512, 512, 10, form)),
  ...['nn', 'tn', 'nt', 'tt'].map((form) => product(10, 512, 512, form)),
  product(4096, 256, 1),
  product(1, 1024, 1024),
  product(1, 1024, 1024, 'nt'),
  product(2, 1024, 1024),
  product(512, 8, 512),
  product(1000, 3, 500),
  product(16, 16384, 16),
  product(16, 16384, 16, 'tn'),
  product(64, 4096, 64),
  // A network 784-256-128-10, batches of 256, 32 and 1: forward, gradients of weights, gradients of inputs.
  ...[256, 32].flatMap((batch) =>
    [
      [784, 256],
      [256, 128],
      [128, 10],
    ].flatMap(([inputs, outputs]) => [
      product(batch, inputs!, outputs!),
      product(inputs!, batch, outputs!, 'tn'),
      product(batch, outputs!, inputs!, 'nt'),
    ]),
  ),
  product(1, 784, 256),
  product(1, 256, 128),
  product(1, 128, 10),
  // A step of an LSTM, batch 32, hidden 128, and its gradients; attention of 8 × 4 heads.
  product(32, 128, 512),
  product(32, 512, 128, 'nt'),
  product(128, 32, 512, 'tn'),
  product(64, 32, 64, 'nt', 32),
  product(64, 64, 32, 'nn', 32),
  product(64, 64, 32, 'tn', 32),
  product(512, 128, 512),
  product(512, 512, 128),
  product(128, 512, 512, 'tn'),
  product(512, 512, 128, 'nt'),
]

/** A compiled product between variables, which stay where the program has them. */
function runOf({ sizes: [m, k, n], form, batch }: Product): () => unknown {
  const outer = batch > 1 ? [batch] : []
  const stored = (rows: number, columns: number, isTransposed: boolean): Tensor =>
    variable(randn([...outer, ...(isTransposed ? [columns, rows] : [rows, columns])]))
  const [isLeftTransposed, isRightTransposed] = [form.startsWith('t'), form.endsWith('t')]
  const [a, b] = [stored(m, k, isLeftTransposed), stored(k, n, isRightTransposed)]
  const result = variable(zeros([...outer, m, n]))
  const step = hybridize(() => {
    assign(result, matmul(isLeftTransposed ? a.transpose(-1, -2) : a, isRightTransposed ? b.transpose(-1, -2) : b))
  })
  step()
  step()
  return step
}

interface Timed {
  readonly product: Product
  readonly run: () => unknown
  readonly calls: number
  bestMs: number
}

const sampleMs = 2
const flopsOf = ({ sizes: [m, k, n], batch }: Product): number => 2 * m * k * n * batch

function main(): void {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: '' },
      rounds: { type: 'string', default: '8' },
      separate: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(usage)
  if (!values.separate) configure({ relaxedSimd: 'enable' })
  const peak = measurePeak(0.3)
  const gflops = peakOf(peak, values.separate)
  console.log(`peak of one core: ${gflops.toFixed(1)} GFLOP/s`)
  const timed = products
    .filter(({ name }) => name.includes(values.only))
    .map((each): Timed => {
      const calls = Math.max(1, Math.round((sampleMs * 0.7 * gflops * 1e6) / flopsOf(each)))
      return { product: each, run: runOf(each), calls, bestMs: Infinity }
    })
  for (let round = 0; round < Number(values.rounds); round++)
    for (const each of timed)
      for (let sample = 0; sample < 5; sample++) {
        const start = performance.now()
        for (let call = 0; call < each.calls; call++) each.run()
        each.bestMs = Math.min(each.bestMs, (performance.now() - start) / each.calls)
      }
  for (const { product: each, bestMs } of timed) {
    const rate = flopsOf(each) / bestMs / 1e6
    const time = bestMs < 1 ? `${(1000 * bestMs).toPrecision(3)} us` : `${bestMs.toPrecision(3)} ms`
    const share = ((100 * rate) / gflops).toFixed(0)
    console.log(
      `${each.name.padEnd(26)} ${time.padStart(10)} ${rate.toFixed(1).padStart(6)} GFLOP/s ${share.padStart(4)} %`,
    )
  }
}

const peakOf = ({ mulAdd, fused }: Peak, separate: boolean): number => (separate ? mulAdd : (fused ?? mulAdd))

main()
