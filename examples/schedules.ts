/**
 * Learning rate schedules: pure functions of the step, of a number or of a tensor, so that they are part of a compiled training step.
 * Run it: `npm run examples -- schedules`, or after `npm run build`: `node build/examples/schedules.mjs`.
 */
import { hybridize, optim, tensor, variable, type Tensor } from 'gryph'
import type { Example, Mode } from './gallery/example.ts'
import { digits, line } from './gallery/figure.ts'
import { polyline, type Point } from './gallery/marks.ts'
import { picture, type Panel } from './gallery/picture.ts'
import { runAlone } from './gallery/run-alone.ts'
import { differences } from './gallery/same-bits.ts'
import { colour } from './gallery/style.ts'

const { schedules } = optim
const lr = 0.3
const steps = 30
/** The course's. */
const cosine = schedules.cosine({ lr, finalLr: 0.01, steps: 20 })
const warm = schedules.cosine({ lr, finalLr: 0.01, steps: 20, warmUp: 5 })

const groups: readonly (readonly [
  title: string,
  ...(readonly [label: string, schedule: optim.schedules.Schedule])[],
])[] = [
  [
    'Steps and factors',
    ['step: × 0.5 every 8', schedules.step({ lr, stepSize: 8, gamma: 0.5 })],
    ['multi-step: at 5 and 20', schedules.multiStep({ lr, milestones: [5, 20], gamma: 0.5 })],
    ['factor 0.9, at least 0.02', schedules.factor({ lr, factor: 0.9, minimum: 0.02 })],
  ],
  [
    'Decay',
    ['exponential, λ = 0.1', schedules.exponential({ lr, lambda: 0.1 })],
    ['polynomial, power 2', schedules.polynomial({ lr, steps, power: 2 })],
    ['inverse square root', schedules.inverseSquareRoot({ lr })],
  ],
  [
    'Cosines',
    ['cosine over 20 to 0.01', cosine],
    ['with a warm-up of 5', warm],
    ['warm restarts every 10', schedules.warmRestarts({ lr, period: 10 })],
    ['one cycle', schedules.oneCycle({ maxLr: lr, steps })],
  ],
]

/** Rates of every schedule at steps 0, 1, … */
export const rates = (mode: Mode): number[][] =>
  groups.flatMap(([, ...entries]) =>
    entries.map(([, schedule]) => {
      const run = mode.compile((t: Tensor) => schedule(t))
      return Array.from({ length: steps + 1 }, (_, t) => run(tensor(t, { dtype: 'float64' })).item())
    }),
  )

/** How often a function that counts its steps and follows a schedule is recorded. */
export function recordings(stepCount: number): number {
  const step = variable(0, { dtype: 'float64' })
  const w = variable(1, { dtype: 'float64', requiresGrad: true })
  const train = hybridize(() => {
    w.square().backward()
    w.sub_(w.grad!.mul(warm(step)))
    w.grad = null
    step.add_(1)
  })
  for (let i = 0; i < stepCount; i++) train()
  return train.stats.traces
}

export const example: Example = {
  name: 'schedules',
  title: 'Learning rate schedules',
  section: 'Optimization',
  about:
    'optim.schedules.…({ … }) gives a function of the step count. Of numbers and of tensors, eager and compiled, it has the same bits, and a training step that contains it is compiled once.',
  async run({ inBothModes, isQuick }) {
    const { compiled, comparison } = await inBothModes(rates, 0)
    const plain = groups.flatMap(([, ...entries]) =>
      entries.map(([, schedule]) => Array.from({ length: steps + 1 }, (_, t) => schedule(t))),
    )
    const labels = groups.flatMap(([, ...entries]) => entries.map(([label]) => label))
    const ofCosine = compiled[labels.findIndex((label) => label.startsWith('cosine'))]!
    const ofWarm = compiled[labels.findIndex((label) => label.startsWith('with a warm-up'))]!
    const stepCount = isQuick ? 20 : 10_000
    const expectedCosine = { 0: '0.3', 5: '0.25753', 10: '0.155', 15: '0.05247', 20: '0.01' }
    const expectedWarm = { 0: '0', 1: '0.06', 4: '0.24', 5: '0.3' }
    const different = differences(plain, compiled)
    return {
      figures: [
        ...Object.entries(expectedCosine).map(([t, expected]) =>
          digits(`cosine from 0.3 to 0.01 over 20: t = ${t}`, ofCosine[Number(t)]!, expected),
        ),
        ...Object.entries(expectedWarm).map(([t, expected]) =>
          digits(`with a warm-up of 5: t = ${t}`, ofWarm[Number(t)]!, expected),
        ),
        line(
          'of numbers and of tensors',
          different.length === 0 ? 'same bits' : `${different.length} differ`,
          'same bits',
          'property',
        ),
        line(
          'recordings of a step with a schedule',
          `${recordings(stepCount)} in ${stepCount} steps`,
          `1 in ${stepCount} steps`,
          'property',
        ),
      ],
      pictures: [
        picture({
          title: 'Learning rate schedules',
          subtitle: 'From 0.3, over 30 steps',
          columns: 3,
          width: 350,
          height: 300,
          panels: groups.map(([title, ...entries], g): Panel => {
            const first = groups.slice(0, g).reduce((count, [, ...before]) => count + before.length, 0)
            return {
              title,
              legend: entries.map(([label], i) => ({ label, colour: colour(i) })),
              plot: {
                x: { label: 'step t' },
                y: { label: 'learning rate η', domain: [0, 0.32] },
                marks: entries.map((_, i) =>
                  polyline(
                    compiled[first + i]!.map((rate, t): Point => [t, rate]),
                    { stroke: colour(i), ...(g === 0 && i < 2 ? { curve: 'step-after' as const } : {}) },
                  ),
                ),
              },
            }
          }),
        }),
      ],
      comparisons: [comparison],
    }
  },
}

await runAlone(example, import.meta.url)
