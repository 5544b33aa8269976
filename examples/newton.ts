/**
 * Newton's method in one dimension: the slope divided by the curvature, which takes it to a maximum as readily as to a minimum.
 * Run it: `npm run examples -- newton`, or after `npm run build`: `node build/examples/newton.mjs`.
 */
import { cos, exp, grad, tensor, type Tensor } from 'gryph'
import type { Example, Mode } from './gallery/example.ts'
import { exact, within } from './gallery/figure.ts'
import { curve, trace, type Point } from './gallery/marks.ts'
import { picture } from './gallery/picture.ts'
import { runAlone } from './gallery/run-alone.ts'

const convex = (x: Tensor): Tensor =>
  exp(x.mul(0.5))
    .add(exp(x.mul(-0.5)))
    .div(2)
const wavy = (x: Tensor): Tensor => x.mul(cos(x.mul(0.15 * Math.PI)))

const newtonStep =
  (f: (x: Tensor) => Tensor) =>
  (x: Tensor, rate: number): Tensor =>
    x.sub(
      grad(f)(x)
        .div(grad(grad(f))(x))
        .mul(rate),
    )

const runs = [
  { f: convex, step: newtonStep(convex), rate: 1, title: 'cosh(x/2), η = 1', plain: (x: number) => Math.cosh(x / 2) },
  { f: wavy, step: newtonStep(wavy), rate: 1, title: 'x cos(0.15πx), η = 1', plain: waves },
  { f: wavy, step: newtonStep(wavy), rate: 0.5, title: 'x cos(0.15πx), η = 0.5', plain: waves },
] as const

/** What the pictures show of x and of f(x). */
const views: readonly (readonly [Point, Point])[] = [
  [
    [-10.5, 10.5],
    [-5, 90],
  ],
  [
    [4, 30],
    [-22, 30],
  ],
  [
    [-2, 14],
    [-9, 15],
  ],
]

function waves(x: number): number {
  return x * Math.cos(0.15 * Math.PI * x)
}

/** The places that ten steps from x = 10 visit, for each of the three runs. */
export const descend = (mode: Mode): number[][] =>
  runs.map(({ step, rate }) => {
    const run = mode.compile(step)
    let x = tensor(10, { dtype: 'float64' })
    const places = [x.item()]
    for (let i = 0; i < 10; i++) {
      x = run(x, rate)
      places.push(x.item())
    }
    return places
  })

export const example: Example = {
  name: 'newton',
  title: 'Newton’s method',
  section: 'Optimization',
  about:
    'x ← x − η f′(x)/f″(x). On a convex function it is fast; where the curvature is negative it climbs: the first run on x cos(0.15πx) goes off to a maximum.',
  async run(context) {
    const { compiled: places, comparison } = await context.inBothModes(descend)
    const [bowl = [], lost = [], damped = []] = places
    const panels = runs.map(({ plain, title }, i) => {
      const [reach, heights] = views[i]!
      return {
        title,
        plot: {
          x: { label: 'x', domain: reach },
          y: { label: 'f(x)', domain: heights },
          marks: [curve(plain, reach), ...trace(places[i]!.map((x): Point => [x, plain(x)]))],
        },
      }
    })
    return {
      figures: [
        within('cosh(x/2), |x| after 10 steps', Math.abs(bowl.at(-1)!), [0, 1e-15], 'book'),
        exact('x cos(0.15πx), η = 1', lost.at(-1)!, 26.83413291324767),
        exact('x cos(0.15πx), η = 0.5', damped.at(-1)!, 7.269860168684531),
      ],
      pictures: [picture({ title: 'Newton’s method', subtitle: 'Ten steps from x = 10', panels, columns: 3 })],
      comparisons: [comparison],
    }
  },
}

await runAlone(example, import.meta.url)
