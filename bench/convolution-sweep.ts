/** Times convolutions of many shapes, forward and their gradients, as shares of the multiply-add peak: `npm run bench:convolution -- --help`. */
import { parseArgs } from 'node:util'
import { assign, configure, conv2d, grad, hybridize, rand, variable, zeros, type ConvOptions, type Tensor } from 'gryph'
import { measurePeak } from '../src/cli/peak.ts'

const usage = `Times compiled convolutions over variables, so that nothing is copied in or out, and prints the best time of each kind with its share of the peak.

npm run bench:convolution -- [flags]
  --only TEXT   only the shapes whose name contains TEXT
  --quick       a few calls each: shows that everything runs
  --help        print this`

type Four = readonly [number, number, number, number]
interface Case {
  readonly name: string
  readonly images: Four
  readonly filters: Four
  readonly options: ConvOptions
}

const depthwise = (name: string, images: Four, window: number, stride = 1): Case => ({
  name: `depthwise ${name}`,
  images,
  filters: [images[1], 1, window, window],
  options: { padding: (window - 1) / 2, stride, groups: images[1] },
})
const dense = (name: string, images: Four, outputs: number, window: number, options: ConvOptions = {}): Case => ({
  name,
  images,
  filters: [outputs, images[1], window, window],
  options: { padding: ((window - 1) / 2) * Number(options.dilation ?? 1), ...options },
})

const cases: readonly Case[] = [
  dense('LeNet first, 5 x 5', [64, 1, 28, 28], 6, 5),
  dense('LeNet second, 5 x 5', [64, 6, 14, 14], 16, 5, { padding: 0 }),
  dense('3 x 3, 64 channels, 28 x 28', [4, 64, 28, 28], 64, 3),
  dense('3 x 3, 64 channels, 56 x 56', [1, 64, 56, 56], 64, 3),
  dense('3 x 3, 128 channels, 14 x 14', [4, 128, 14, 14], 128, 3),
  dense('3 x 3, 256 channels, 7 x 7', [4, 256, 7, 7], 256, 3),
  dense('3 x 3, stride 2', [4, 64, 28, 28], 64, 3, { stride: 2 }),
  dense('3 x 3, dilation 2', [4, 64, 28, 28], 64, 3, { dilation: 2 }),
  dense('7 x 7, stride 2, 3 channels', [2, 3, 112, 112], 64, 7, { stride: 2 }),
  dense('1 x 1, 64 channels, 28 x 28', [8, 64, 28, 28], 128, 1),
  dense('1 x 1, 256 channels, 14 x 14', [8, 256, 14, 14], 128, 1),
  { name: '16 groups of 4', images: [8, 64, 28, 28], filters: [64, 4, 3, 3], options: { padding: 1, groups: 16 } },
  depthwise('3 x 3, 56 x 56', [8, 32, 56, 56], 3),
  depthwise('3 x 3, 56 x 56, stride 2', [8, 32, 56, 56], 3, 2),
  depthwise('3 x 3, 14 x 14', [8, 128, 14, 14], 3),
  depthwise('3 x 3, 7 x 7', [8, 256, 7, 7], 3),
  depthwise('5 x 5, 28 x 28', [8, 32, 28, 28], 5),
]

/** Milliseconds of the best of many calls, those left out in which the engine still optimizes. */
function bestMs(run: () => void, seconds: number): number {
  for (let i = 0; i < 5; i++) run()
  let best = Infinity
  for (const end = performance.now() + 1000 * seconds; performance.now() < end;) {
    const start = performance.now()
    run()
    best = Math.min(best, performance.now() - start)
  }
  return best
}

function timings({ images, filters, options }: Case, seconds: number): { multiplyAdds: number; ms: readonly number[] } {
  const [x, w] = [variable(rand([...images])), variable(rand([...filters]))]
  const { shape } = conv2d(x, w, null, options)
  const [y, dy] = [variable(zeros(shape)), variable(rand(shape))]
  const [dx, dw] = [variable(zeros(images)), variable(zeros(filters))]
  const pulled = (a: Tensor, b: Tensor): Tensor => conv2d(a, b, null, options).mul(dy).sum()
  const forward = hybridize(() => assign(y, conv2d(x, w, null, options)))
  const ofImages = hybridize(() => assign(dx, grad((a: Tensor) => pulled(a, w))(x)))
  const ofFilters = hybridize(() => assign(dw, grad((b: Tensor) => pulled(x, b))(w)))
  const outputs = shape.reduce((product, size) => product * size, 1)
  return {
    multiplyAdds: outputs * filters[1] * filters[2] * filters[3],
    ms: [forward, ofImages, ofFilters].map((run) => bestMs(run, seconds)),
  }
}

function main(): void {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: '' },
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(usage)
  const chosen = cases.filter(({ name }) => name.includes(values.only))
  if (chosen.length === 0) throw new RangeError(`no shape has ${JSON.stringify(values.only)} in its name.`)
  configure({ relaxedSimd: 'enable' })
  const { fused, mulAdd } = measurePeak(values.quick ? 0.05 : 0.5)
  const peak = fused ?? mulAdd
  console.log(`peak of one core in registers: ${peak.toFixed(1)} GFLOP/s\n`)
  console.log(`${''.padEnd(36)} ${['forward', 'images', 'filters'].map((kind) => kind.padStart(22)).join('')}`)
  for (const each of chosen) {
    const { multiplyAdds, ms } = timings(each, values.quick ? 0.01 : 0.3)
    const cells = ms.map((time) => {
      const share = (2 * multiplyAdds) / time / 1e6 / peak
      return `${time.toFixed(3)} ms ${(100 * share).toFixed(0).padStart(4)} %`.padStart(22)
    })
    console.log(`${each.name.padEnd(36)} ${cells.join('')}`)
  }
}

try {
  main()
} catch (error) {
  const isUsage = error instanceof RangeError || (error instanceof TypeError && 'code' in error)
  if (!isUsage) throw error
  console.error(`[bench] ${error.message}`)
  process.exitCode = 1
}
