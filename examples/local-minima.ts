/**
 * Local and global minima of x cos(πx): where gradient descent ends depends on where it begins.
 * Run it: `npm run examples -- local-minima`, or after `npm run build`: `node build/examples/local-minima.mjs`.
 */
import { cos, grad, tensor, type Tensor } from 'gryph'
import type { Example, Mode } from './gallery/example.ts'
import { digits } from './gallery/figure.ts'
import { curve, note, type Point } from './gallery/marks.ts'
import { picture } from './gallery/picture.ts'
import { runAlone } from './gallery/run-alone.ts'
import { colour } from './gallery/style.ts'

const f = (x: Tensor): Tensor => x.mul(cos(x.mul(Math.PI)))
const step = (x: Tensor, rate: number): Tensor => x.sub(grad(f)(x).mul(rate))

/** Where two hundred steps of gradient descent end, and the value there. */
function descendFrom(mode: Mode, start: number): Point {
  const [run, value] = [mode.compile(step), mode.compile(f)]
  let x = tensor(start, { dtype: 'float64' })
  for (let i = 0; i < 200; i++) x = run(x, 0.05)
  return [x.item(), value(x).item()]
}

export const findMinima = (mode: Mode): { local: Point; global: Point } => ({
  local: descendFrom(mode, 0.2),
  global: descendFrom(mode, 0.6),
})

export const example: Example = {
  name: 'local-minima',
  title: 'Local and global minima',
  section: 'Optimization',
  about:
    'f(x) = x cos(πx) on [−1, 2]. Gradient descent from 0.2 ends in the local minimum, from 0.6 in the global one.',
  async run(context) {
    const { compiled, comparison } = await context.inBothModes(findMinima)
    const { local, global } = compiled
    return {
      figures: [
        digits('local minimum, x', local[0], '-0.273852686801'),
        digits('f(x)', local[1], '-0.178602511548'),
        digits('global minimum, x', global[0], '1.090408221947'),
        digits('f(x)', global[1], '-1.046721124661'),
      ],
      pictures: [
        picture({
          title: 'f(x) = x cos(πx)',
          alt: 'The curve x cos(πx) from −1 to 2 with its local minimum near −0.27 and its global minimum near 1.09',
          panels: [
            {
              plot: {
                x: { label: 'x', domain: [-1, 2] },
                y: { label: 'f(x)', domain: [-1.4, 2.1] },
                marks: [
                  curve((x) => x * Math.cos(Math.PI * x), [-1, 2], { stroke: colour(0), strokeWidth: 2.25 }),
                  ...note(local, `local minimum (${local[0].toFixed(4)}, ${local[1].toFixed(4)})`, {
                    dx: 0,
                    dy: 12,
                    anchor: 'middle',
                  }),
                  ...note(global, `global minimum (${global[0].toFixed(4)}, ${global[1].toFixed(4)})`, {
                    dx: 0,
                    dy: 12,
                    anchor: 'middle',
                  }),
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
