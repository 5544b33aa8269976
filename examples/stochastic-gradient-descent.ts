/**
 * Stochastic gradient descent with simulated noise, under a constant and under falling learning rates: two thousand runs at once.
 * Run it: `npm run examples -- stochastic-gradient-descent`, or after `npm run build`: `node build/examples/stochastic-gradient-descent.mjs`.
 */
import { grad, manualSeed, optim, randn, tensor, type Tensor } from 'gryph'
import type { Example, Mode } from './gallery/example.ts'
import { within, type Figure } from './gallery/figure.ts'
import { contours, dots, polyline, trace, type Point } from './gallery/marks.ts'
import { picture } from './gallery/picture.ts'
import { runAlone } from './gallery/run-alone.ts'
import { colour } from './gallery/style.ts'

const runCount = 2000
const steps = 50
const start: Point = [-5, -2]
/** Second derivatives of f(x) = x₁² + 2x₂². */
const curvatures: Point = [2, 4]
const rate = 0.1

const { exponential, inversePower, cosine } = optim.schedules
/** The learning rate at step t = 0, 1, … */
const schedules: readonly { readonly title: string; readonly at: (t: number) => number; readonly noise: number }[] = [
  { title: 'no noise, η = 0.1', at: () => rate, noise: 0 },
  { title: 'constant η = 0.1', at: () => rate, noise: 1 },
  { title: 'exponential, 0.1 · exp(−0.1t)', at: exponential({ lr: rate, lambda: 0.1 }), noise: 1 },
  { title: 'polynomial, 0.1 / √(1 + 0.1t)', at: inversePower({ lr: rate, rate: 0.1, power: 0.5 }), noise: 1 },
  { title: 'cosine to 0', at: cosine({ lr: rate, steps }), noise: 1 },
  { title: 'warm-up of 10, then cosine', at: cosine({ lr: rate, steps, warmUp: 10 }), noise: 1 },
]

const f = (x: Tensor): Tensor =>
  x
    .square()
    .mul(tensor(curvatures, { dtype: 'float64' }).div(2))
    .sum()
/** All runs at once, each a row; the gradient of the sum has theirs as rows. */
const noisyStep = (x: Tensor, eta: number, noise: number): Tensor =>
  x.sub(
    grad(f)(x)
      .add(randn([runCount, 2], { dtype: 'float64' }).mul(noise))
      .mul(eta),
  )

export interface Runs {
  /** Of the first run. */
  readonly path: readonly Point[]
  readonly ends: readonly Point[]
}

export function descend(mode: Mode): Runs[] {
  manualSeed(1)
  const step = mode.compile(noisyStep)
  return schedules.map(({ at, noise }) => {
    let x = tensor(start, { dtype: 'float64' }).add(tensor(new Float64Array(runCount * 2), { shape: [runCount, 2] }))
    const path = [start]
    for (let t = 0; t < steps; t++) {
      x = step(x, at(t), noise)
      const [x1 = NaN, x2 = NaN] = x.slice([0]).data()
      path.push([x1, x2])
    }
    const all = x.data()
    return { path, ends: Array.from({ length: runCount }, (_, i): Point => [all[2 * i]!, all[2 * i + 1]!]) }
  })
}

/** Mean and standard deviation of one coordinate after all steps: every step multiplies by 1 − ηλ and adds η times the noise. */
function predicted(axis: 0 | 1, { at, noise }: (typeof schedules)[number]): { mean: number; deviation: number } {
  let [mean, variance] = [start[axis], 0]
  for (let t = 0; t < steps; t++) {
    const [eta, keeps] = [at(t), 1 - at(t) * curvatures[axis]]
    mean *= keeps
    variance = keeps ** 2 * variance + (eta * noise) ** 2
  }
  return { mean, deviation: Math.sqrt(variance) }
}

function figuresOf(schedule: (typeof schedules)[number], ends: readonly Point[]): Figure[] {
  if (schedule.noise === 0) return []
  return ([0, 1] as const).flatMap((axis) => {
    const values = ends.map((end) => end[axis])
    const mean = values.reduce((sum, each) => sum + each, 0) / values.length
    const deviation = Math.sqrt(values.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (values.length - 1))
    const expected = predicted(axis, schedule)
    // Four standard errors: one figure in sixteen thousand is outside by chance, and the seed is always the same.
    const around = (middle: number, error: number): Point => [rounded(middle - 4 * error), rounded(middle + 4 * error)]
    const coordinate = axis === 0 ? 'x₁' : 'x₂'
    return [
      within(
        `${schedule.title}: mean ${coordinate}`,
        mean,
        around(expected.mean, expected.deviation / Math.sqrt(runCount)),
      ),
      within(
        `deviation of ${coordinate}`,
        deviation,
        around(expected.deviation, expected.deviation / Math.sqrt(2 * runCount)),
      ),
    ]
  })
}

const rounded = (value: number): number => Number(value.toFixed(5))

export const example: Example = {
  name: 'stochastic-gradient-descent',
  title: 'Stochastic gradient descent with simulated noise',
  section: 'Optimizers on real data',
  about:
    'f(x) = x₁² + 2x₂², normal noise of deviation 1 on every gradient. A constant rate never settles; a rate that falls too fast stops short. 2000 runs are one tensor, and their mean and deviation are compared with what theory says of them. The rate is an input: all schedules use one compiled program.',
  async run({ inBothModes, isQuick }) {
    const { compiled: runs, comparison } = await inBothModes(descend, isQuick ? 0 : 1)
    const [xRange, yRange]: [Point, Point] = [
      [-5.6, 2],
      [-3, 2],
    ]
    return {
      figures: schedules.flatMap((schedule, i) => figuresOf(schedule, runs[i]!.ends)),
      pictures: [
        picture({
          title: 'Fifty steps with noise, under six learning rates',
          subtitle: 'One run (line), and where 300 others end (dots), on f(x) = x₁² + 2x₂²',
          columns: 3,
          width: 330,
          height: 260,
          panels: schedules.map(({ title }, i) => ({
            title,
            plot: {
              grid: false,
              x: { label: 'x₁', domain: xRange },
              y: { label: 'x₂', domain: yRange },
              marks: [
                contours((x, y) => x * x + 2 * y * y, xRange, yRange, [0.1, 0.4, 1, 2, 4, 7, 11, 16, 22, 30]),
                ...trace(runs[i]!.path),
                dots(runs[i]!.ends.slice(0, 300), { fill: colour(3), r: 1.4 }),
              ],
            },
          })),
        }),
        picture({
          key: 'rates',
          title: 'The learning rates',
          legend: schedules.slice(1).map(({ title }, i) => ({ label: title, colour: colour(i) })),
          height: 300,
          panels: [
            {
              plot: {
                x: { label: 'step t' },
                y: { label: 'η', domain: [0, 0.105] },
                marks: schedules.slice(1).map(({ at }, i) =>
                  polyline(
                    Array.from({ length: steps }, (_, t): Point => [t, at(t)]),
                    { stroke: colour(i) },
                  ),
                ),
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
