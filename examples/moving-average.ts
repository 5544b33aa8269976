/**
 * The exponentially weighted moving average behind momentum, RMSProp and Adam: how much of the past it keeps.
 * Run it: `npm run examples -- moving-average`, or after `npm run build`: `node build/examples/moving-average.mjs`.
 */
import { manualSeed, randn, tensor, type Tensor } from 'gryph'
import type { Example, Mode } from './gallery/example.ts'
import { digits } from './gallery/figure.ts'
import { dots, polyline, type Point } from './gallery/marks.ts'
import { picture } from './gallery/picture.ts'
import { runAlone } from './gallery/run-alone.ts'
import { colour } from './gallery/style.ts'

const decays = [0.95, 0.9, 0.6, 0] as const

const decay = 0.95
const mix = (mean: Tensor, next: Tensor): Tensor => mean.mul(decay).add(next.mul(1 - decay))
const decayed = (weight: Tensor, by: number): Tensor => weight.mul(by)

/** γ⁰, γ¹, …, γⁿ: the weights of the past. */
export function weights(mode: Mode, by: number, count = 40): number[] {
  const run = mode.compile(decayed)
  let weight = tensor(1, { dtype: 'float64' })
  const all = [weight.item()]
  for (let i = 0; i < count; i++) {
    weight = run(weight, by)
    all.push(weight.item())
  }
  return all
}

/** The averages of a noisy series, from 0 on. */
export function smooth(mode: Mode, series: readonly number[]): number[] {
  const run = mode.compile(mix)
  let mean = tensor(0, { dtype: 'float64' })
  return series.map((value) => {
    mean = run(mean, tensor(value, { dtype: 'float64' }))
    return mean.item()
  })
}

/** A wave with noise that is the same on every run. */
function noisyWave(): number[] {
  manualSeed(1)
  const noise = randn([120]).data()
  return Array.from(noise, (each, i) => Math.sin(i / 14) + 0.35 * each)
}
const noisy = noisyWave()

export const example: Example = {
  name: 'moving-average',
  title: 'Exponentially weighted moving average',
  section: 'Optimization',
  about:
    'm ← γm + (1 − γ)x. The value of t steps ago has the weight γᵗ (times 1 − γ): with γ = 0.95 about a third is left after twenty steps.',
  async run(context) {
    const { compiled, comparison } = await context.inBothModes((mode) => ({
      kept: decays.map((by) => weights(mode, by)),
      smoothed: smooth(mode, noisy),
    }))
    const points = (values: readonly number[]): Point[] => values.map((value, i) => [i, value])
    return {
      figures: [digits('0.95²⁰', compiled.kept[0]![20]!, '0.358486')],
      pictures: [
        picture({
          title: 'Weights of the past, and a smoothed series',
          legend: decays.map((by, i) => ({ label: `γ = ${by}`, colour: colour(i) })),
          columns: 2,
          width: 430,
          height: 300,
          panels: [
            {
              title: 'Weight γᵗ of the value t steps ago',
              plot: {
                x: { label: 'steps ago t' },
                y: { label: 'weight' },
                marks: compiled.kept.map((each, i) => polyline(points(each), { stroke: colour(i) })),
              },
            },
            {
              title: 'A noisy series (dots) and its average, γ = 0.95',
              plot: {
                x: { label: 'step' },
                y: { label: 'value' },
                marks: [dots(points(noisy)), polyline(points(compiled.smoothed), { stroke: colour(0) })],
              },
            },
          ],
        }),
      ],
      comparisons: [comparison],
    }
  },
}

await runAlone(example, import.meta.url)
