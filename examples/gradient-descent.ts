/**
 * Gradient descent in one dimension: how far ten steps get with a good rate, a small one, and one that is too large.
 * Run it: `npm run examples -- gradient-descent`, or after `npm run build`: `node build/examples/gradient-descent.mjs`.
 */
import { grad, tensor, type Tensor } from 'gryph'
import type { Example, Mode } from './gallery/example.ts'
import { exact } from './gallery/figure.ts'
import { curve, trace, type Point } from './gallery/marks.ts'
import { picture } from './gallery/picture.ts'
import { runAlone } from './gallery/run-alone.ts'
import { colour } from './gallery/style.ts'

const f = (x: Tensor): Tensor => x.square()
const rates = [0.2, 0.05, 1.1] as const

const step = (x: Tensor, rate: number): Tensor => x.sub(grad(f)(x).mul(rate))

/** The places that gradient descent visits, from x = 10. */
export function descend(mode: Mode, rate: number): number[] {
  const run = mode.compile(step)
  let x = tensor(10, { dtype: 'float64' })
  const places = [x.item()]
  for (let i = 0; i < 10; i++) {
    x = run(x, rate)
    places.push(x.item())
  }
  return places
}

export const example: Example = {
  name: 'gradient-descent',
  title: 'Gradient descent in one dimension',
  section: 'Optimization',
  about: 'f(x) = x² from x = 10, ten steps. The rate decides between progress, crawling, and divergence.',
  async run(context) {
    const { compiled: places, comparison } = await context.inBothModes((mode) =>
      rates.map((rate) => descend(mode, rate)),
    )
    const ends = places.map((each) => each.at(-1)!)
    const onCurve = (xs: readonly number[]): Point[] => xs.map((x) => [x, x * x])
    const panels = rates.map((rate, i) => {
      const reach = rate > 1 ? 65 : 11
      return {
        title: `η = ${rate}`,
        plot: {
          x: { label: 'x', domain: [-reach, reach] as const },
          y: { label: 'f(x)' },
          marks: [curve((x) => x * x, [-reach, reach]), ...trace(onCurve(places[i]!), colour(1))],
        },
      }
    })
    return {
      figures: [
        exact('η = 0.2, x after 10 steps', ends[0]!, 0.06046617599999997),
        exact('η = 0.05', ends[1]!, 3.4867844009999995),
        exact('η = 1.1', ends[2]!, 61.917364224000096),
      ],
      pictures: [
        picture({
          title: 'Gradient descent on f(x) = x²',
          subtitle: 'Ten steps from x = 10, with three learning rates η',
          panels,
          columns: 3,
        }),
      ],
      comparisons: [comparison],
    }
  },
}

await runAlone(example, import.meta.url)
