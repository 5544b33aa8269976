/**
 * Gradient descent in two dimensions: along the slope of a bowl.
 * Run it: `npm run examples -- gradient-descent-2d`, or after `npm run build`: `node build/examples/gradient-descent-2d.mjs`.
 */
import type { Example, Mode } from './gallery/example.ts'
import { line } from './gallery/figure.ts'
import type { Point } from './gallery/marks.ts'
import { bookLine, planePanel, planePicture, roundBowl, slope, trajectory, type Step } from './gallery/plane.ts'
import { runAlone } from './gallery/run-alone.ts'

export const gradientDescent: Step = (x, s, a, rate) => [x.sub(slope(x, a).mul(rate)), s]

export const descend = (mode: Mode): Point[] => trajectory(mode, gradientDescent, roundBowl, 0.1)

export const example: Example = {
  name: 'gradient-descent-2d',
  title: 'Gradient descent in two dimensions',
  section: 'Optimization',
  about:
    'f(x) = x₁² + 2x₂² from (−5, −2), twenty steps with η = 0.1. Every step is perpendicular to the line of equal height.',
  async run(context) {
    const { compiled: points, comparison } = await context.inBothModes(descend)
    return {
      figures: [line('η = 0.1', bookLine(points), 'epoch 20, x1: -0.057646, x2: -0.000073')],
      pictures: [
        planePicture(
          'Gradient descent on f(x) = x₁² + 2x₂²',
          'Twenty steps from (−5, −2) with η = 0.1, on lines of equal height',
          [planePanel(points, roundBowl)],
        ),
      ],
      comparisons: [comparison],
    }
  },
}

await runAlone(example, import.meta.url)
