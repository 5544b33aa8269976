/**
 * Momentum: a velocity, which averages the gradients of the past, takes the place of the gradient.
 * Run it: `npm run examples -- momentum`, or after `npm run build`: `node build/examples/momentum.mjs`.
 */
import type { Example, Mode } from './gallery/example.ts'
import { line } from './gallery/figure.ts'
import type { Point } from './gallery/marks.ts'
import { bookLine, longBowl, planePanel, planePicture, slope, trajectory, type Step } from './gallery/plane.ts'
import { runAlone } from './gallery/run-alone.ts'

/** v ← γ v + η g; x ← x − v. */
export const momentum: Step = (x, v, a, rate, gamma) => {
  const next = v.mul(gamma).add(slope(x, a).mul(rate))
  return [x.sub(next), next]
}

export const descend = (mode: Mode): Point[][] =>
  [0.4, 0.6].map((rate) => trajectory(mode, momentum, longBowl, rate, 0.5))

export const example: Example = {
  name: 'momentum',
  title: 'Momentum',
  section: 'Optimization',
  about:
    'The same ill-conditioned bowl, v ← γv + ηg, x ← x − v with γ = 0.5. Gradients that change sign cancel, those that agree add up: η = 0.6 converges too.',
  async run(context) {
    const { compiled, comparison } = await context.inBothModes(descend)
    const [slow = [], fast = []] = compiled
    return {
      figures: [
        line('η = 0.4, γ = 0.5', bookLine(slow), 'epoch 20, x1: -0.062843, x2: 0.001202'),
        line('η = 0.6, γ = 0.5', bookLine(fast), 'epoch 20, x1: 0.007188, x2: 0.002553'),
      ],
      pictures: [
        planePicture('Momentum on f(x) = 0.1x₁² + 2x₂²', 'Twenty steps from (−5, −2), γ = 0.5', [
          planePanel(slow, longBowl, 'η = 0.4'),
          planePanel(fast, longBowl, 'η = 0.6'),
        ]),
      ],
      comparisons: [comparison],
    }
  },
}

await runAlone(example, import.meta.url)
