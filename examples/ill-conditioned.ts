/**
 * A bowl that is twenty times as steep one way as the other: a rate that is good for one axis is too large for the other.
 * Run it: `npm run examples -- ill-conditioned`, or after `npm run build`: `node build/examples/ill-conditioned.mjs`.
 */
import type { Example, Mode } from './gallery/example.ts'
import { line } from './gallery/figure.ts'
import type { Point } from './gallery/marks.ts'
import { bookLine, longBowl, planePanel, planePicture, slope, trajectory, type Step } from './gallery/plane.ts'
import { runAlone } from './gallery/run-alone.ts'

const gradientDescent: Step = (x, s, a, rate) => [x.sub(slope(x, a).mul(rate)), s]

export const descend = (mode: Mode): Point[][] =>
  [0.4, 0.6].map((rate) => trajectory(mode, gradientDescent, longBowl, rate))

export const example: Example = {
  name: 'ill-conditioned',
  title: 'An ill-conditioned problem',
  section: 'Optimization',
  about:
    'f(x) = 0.1x₁² + 2x₂². With η = 0.4 the steps jump across the valley and creep along it; with η = 0.6 they leave it: x₂ grows without bound.',
  async run(context) {
    const { compiled, comparison } = await context.inBothModes(descend)
    const [slow = [], divergent = []] = compiled
    return {
      figures: [
        line('η = 0.4', bookLine(slow), 'epoch 20, x1: -0.943467, x2: -0.000073'),
        line('η = 0.6, divergent', bookLine(divergent), 'epoch 20, x1: -0.387814, x2: -1673.365109'),
      ],
      pictures: [
        planePicture(
          'Gradient descent on f(x) = 0.1x₁² + 2x₂²',
          'Twenty steps from (−5, −2); with η = 0.6 they leave the picture',
          [planePanel(slow, longBowl, 'η = 0.4'), planePanel(divergent, longBowl, 'η = 0.6')],
        ),
      ],
      comparisons: [comparison],
    }
  },
}

await runAlone(example, import.meta.url)
