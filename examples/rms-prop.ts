/**
 * RMSProp: as AdaGrad, but with a mean of the squares that forgets, so that steps do not die away.
 * Run it: `npm run examples -- rms-prop`, or after `npm run build`: `node build/examples/rms-prop.mjs`.
 */
import type { Example, Mode } from './gallery/example.ts'
import { line } from './gallery/figure.ts'
import type { Point } from './gallery/marks.ts'
import { bookLine, longBowl, planePanel, planePicture, slope, trajectory, type Step } from './gallery/plane.ts'
import { runAlone } from './gallery/run-alone.ts'

const gamma = 0.9

/** s ← γ s + (1 − γ) g²; x ← x − η / √(s + ε) · g. */
export const rmsProp: Step = (x, s, a, rate) => {
  const g = slope(x, a)
  const next = s.mul(gamma).add(g.square().mul(1 - gamma))
  return [x.sub(next.add(1e-6).sqrt().pow(-1).mul(rate).mul(g)), next]
}

export const descend = (mode: Mode): Point[] => trajectory(mode, rmsProp, longBowl, 0.4)

export const example: Example = {
  name: 'rms-prop',
  title: 'RMSProp',
  section: 'Optimization',
  about: 's ← γs + (1 − γ)g², x ← x − η/√(s + ε)·g, with η = 0.4, γ = 0.9 and ε = 10⁻⁶ inside the root.',
  async run(context) {
    const { compiled: points, comparison } = await context.inBothModes(descend)
    return {
      figures: [line('η = 0.4, γ = 0.9', bookLine(points), 'epoch 20, x1: -0.010599, x2: 0.000000')],
      pictures: [
        planePicture('RMSProp on f(x) = 0.1x₁² + 2x₂²', 'Twenty steps from (−5, −2), η = 0.4, γ = 0.9', [
          planePanel(points, longBowl),
        ]),
      ],
      comparisons: [comparison],
    }
  },
}

await runAlone(example, import.meta.url)
