/**
 * Every optimizer of the library on the same ill-conditioned bowl, in a picture each and side by side.
 * Run it: `npm run examples -- optimizers-compared`, or after `npm run build`: `node build/examples/optimizers-compared.mjs`.
 */
import { optim, type Tensor } from 'gryph'
import type { Example, Mode } from './gallery/example.ts'
import { line, within, type Figure } from './gallery/figure.ts'
import type { Point } from './gallery/marks.ts'
import { picture } from './gallery/picture.ts'
import { bookLine, longBowl, optimizerTrajectory, planePanel, planePicture, start } from './gallery/plane.ts'
import { runAlone } from './gallery/run-alone.ts'
import { colour } from './gallery/style.ts'

interface Entry {
  readonly key: string
  readonly title: string
  readonly make: (parameters: readonly Tensor[]) => { step(): void }
  /** The line that the book prints for these settings. */
  readonly book?: string
}

/** Settings with which twenty steps show how each one moves; the first four are the book's, in its form. */
const entries: readonly Entry[] = [
  {
    key: 'sgd',
    title: 'gradient descent, η = 0.4',
    make: (x) => optim.sgd(x, { lr: 0.4 }),
    book: 'epoch 20, x1: -0.943467, x2: -0.000073',
  },
  {
    key: 'momentum',
    title: 'momentum, η = 0.4, γ = 0.5',
    make: (x) => optim.sgd(x, { lr: 0.4, momentum: 0.5, lrInVelocity: true }),
    book: 'epoch 20, x1: -0.062843, x2: 0.001202',
  },
  {
    key: 'ada-grad',
    title: 'AdaGrad, η = 2',
    make: (x) => optim.adaGrad(x, { lr: 2, eps: 1e-6, epsInside: true }),
    book: 'epoch 20, x1: -0.002295, x2: -0.000000',
  },
  {
    key: 'rms-prop',
    title: 'RMSProp, η = 0.4, γ = 0.9',
    make: (x) => optim.rmsProp(x, { lr: 0.4, alpha: 0.9, eps: 1e-6, epsInside: true }),
    book: 'epoch 20, x1: -0.010599, x2: 0.000000',
  },
  {
    key: 'nesterov',
    title: 'Nesterov, η = 0.3, γ = 0.5',
    make: (x) => optim.sgd(x, { lr: 0.3, momentum: 0.5, nesterov: true }),
  },
  {
    key: 'ada-delta',
    title: 'AdaDelta, ρ = 0.9, ε = 0.01',
    make: (x) => optim.adaDelta(x, { rho: 0.9, eps: 1e-2, lr: 2 }),
  },
  { key: 'adam', title: 'Adam, η = 0.5', make: (x) => optim.adam(x, { lr: 0.5 }) },
  { key: 'adam-w', title: 'AdamW, η = 0.5, decay 0.1', make: (x) => optim.adamW(x, { lr: 0.5, weightDecay: 0.1 }) },
  { key: 'ams-grad', title: 'AMSGrad, η = 0.5', make: (x) => optim.amsGrad(x, { lr: 0.5 }) },
  { key: 'adamax', title: 'Adamax, η = 0.5', make: (x) => optim.adamax(x, { lr: 0.5 }) },
  { key: 'nadam', title: 'NAdam, η = 0.5', make: (x) => optim.nadam(x, { lr: 0.5 }) },
  { key: 'yogi', title: 'Yogi, η = 0.5', make: (x) => optim.yogi(x, { lr: 0.5 }) },
  { key: 'lion', title: 'Lion, η = 0.3', make: (x) => optim.lion(x, { lr: 0.3 }) },
  { key: 'lamb', title: 'LAMB, η = 0.15', make: (x) => optim.lamb(x, { lr: 0.15 }) },
]

export const descend = (mode: Mode): Point[][] => entries.map(({ make }) => optimizerTrajectory(mode, make, longBowl))

const heightAt = ([x1, x2]: Point): number => longBowl[0] * x1 * x1 + longBowl[1] * x2 * x2

export const example: Example = {
  name: 'optimizers-compared',
  title: 'Every optimizer on one bowl',
  section: 'Optimization',
  about:
    'f(x) = 0.1x₁² + 2x₂² from (−5, −2), twenty steps of optim.sgd, optim.adam and the others. The first four are set as in the book and give its figures.',
  async run(context) {
    const { compiled: trajectories, comparison } = await context.inBothModes(descend, 0)
    const figures = entries.map(({ title, book }, i): Figure => {
      const points = trajectories[i]!
      const end = points.at(-1)!
      return book === undefined
        ? within(`${title}: f after 20 steps`, heightAt(end), [-Infinity, heightAt(start)], 'property')
        : line(title, bookLine(points), book)
    })
    const panels = entries.map(({ title }, i) => planePanel(trajectories[i]!, longBowl, title))
    return {
      figures,
      pictures: [
        picture({
          title: 'Twenty steps of every optimizer on f(x) = 0.1x₁² + 2x₂²',
          subtitle: 'From (−5, −2), on lines of equal height',
          panels,
          columns: 3,
          width: 330,
          height: 230,
        }),
        ...entries.map(({ key, title }, i) => ({
          ...planePicture(title, 'Twenty steps from (−5, −2) on f(x) = 0.1x₁² + 2x₂²', [
            planePanel(trajectories[i]!, longBowl, undefined, colour(1)),
          ]),
          key,
        })),
      ],
      comparisons: [comparison],
    }
  },
}

await runAlone(example, import.meta.url)
