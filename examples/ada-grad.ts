/**
 * AdaGrad: every coordinate has a rate of its own, which falls with the squares of its gradients.
 * Run it: `npm run examples -- ada-grad`, or after `npm run build`: `node build/examples/ada-grad.mjs`.
 */
import type { Example, Mode } from './gallery/example.ts'
import { line } from './gallery/figure.ts'
import type { Point } from './gallery/marks.ts'
import { bookLine, longBowl, planePanel, planePicture, slope, trajectory, type Step } from './gallery/plane.ts'
import { runAlone } from './gallery/run-alone.ts'

/** s ← s + g²; x ← x − η / √(s + ε) · g. */
export const adaGrad: Step = (x, s, a, rate) => {
  const g = slope(x, a)
  const next = s.add(g.square())
  return [x.sub(next.add(1e-6).sqrt().pow(-1).mul(rate).mul(g)), next]
}

export const descend = (mode: Mode): Point[][] => [0.4, 2].map((rate) => trajectory(mode, adaGrad, longBowl, rate))

export const example: Example = {
  name: 'ada-grad',
  title: 'AdaGrad',
  section: 'Optimization',
  about:
    's ← s + g², x ← x − η/√(s + ε)·g, with ε = 10⁻⁶ inside the root. The sum only grows, so steps get ever smaller; a much larger η makes up for it.',
  async run(context) {
    const { compiled, comparison } = await context.inBothModes(descend)
    const [slow = [], fast = []] = compiled
    return {
      figures: [
        line('η = 0.4', bookLine(slow), 'epoch 20, x1: -2.382563, x2: -0.158591'),
        line('η = 2', bookLine(fast), 'epoch 20, x1: -0.002295, x2: -0.000000'),
      ],
      pictures: [
        planePicture('AdaGrad on f(x) = 0.1x₁² + 2x₂²', 'Twenty steps from (−5, −2)', [
          planePanel(slow, longBowl, 'η = 0.4'),
          planePanel(fast, longBowl, 'η = 2'),
        ]),
      ],
      comparisons: [comparison],
    }
  },
}

await runAlone(example, import.meta.url)
