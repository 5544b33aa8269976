/**
 * The vanishing gradient: far from 0, tanh is so flat that descent all but stops.
 * Run it: `npm run examples -- vanishing-gradient`, or after `npm run build`: `node build/examples/vanishing-gradient.mjs`.
 */
import { grad, tanh, tensor, type Tensor } from 'gryph'
import type { Example, Mode } from './gallery/example.ts'
import { digits } from './gallery/figure.ts'
import { curve, note } from './gallery/marks.ts'
import { picture } from './gallery/picture.ts'
import { runAlone } from './gallery/run-alone.ts'
import { colour } from './gallery/style.ts'

const slope = grad((x: Tensor) => tanh(x))

export const slopeAt = (mode: Mode, x: number): number =>
  mode
    .compile(slope)(tensor(x, { dtype: 'float64' }))
    .item()

export const example: Example = {
  name: 'vanishing-gradient',
  title: 'Vanishing gradient',
  section: 'Optimization',
  about: 'f(x) = tanh(x). At x = 4 the slope is about a thousandth of what it is at 0.',
  async run(context) {
    const { compiled: slopes, comparison } = await context.inBothModes((mode) => [slopeAt(mode, 0), slopeAt(mode, 4)])
    const [atZero = NaN, atFour = NaN] = slopes
    return {
      figures: [digits('tanh′(0)', atZero, '1'), digits('tanh′(4)', atFour, '0.001340950683')],
      pictures: [
        picture({
          title: 'tanh and its slope',
          legend: [
            { label: 'tanh(x)', colour: colour(0) },
            { label: 'tanh′(x)', colour: colour(1), isDashed: true },
          ],
          panels: [
            {
              plot: {
                x: { label: 'x', domain: [-2, 5] },
                y: { label: 'f(x), f′(x)', domain: [-1.1, 1.25] },
                marks: [
                  curve(Math.tanh, [-2, 5], { stroke: colour(0), strokeWidth: 2.25 }),
                  curve((x) => 1 / Math.cosh(x) ** 2, [-2, 5], { stroke: colour(1), strokeDasharray: '5 3' }),
                  ...note([4, Math.tanh(4)], `slope ${atFour.toFixed(6)}`, { dx: 0, dy: -10, anchor: 'middle' }),
                ],
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
