/**
 * Saddle points: the gradient is zero there, and it is no minimum. The eigenvalues of the Hessian tell.
 * Run it: `npm run examples -- saddle-points`, or after `npm run build`: `node build/examples/saddle-points.mjs`.
 */
import { classifyCriticalPoint, grad, hessian, linalg, tensor, type Tensor } from 'gryph'
import type { Example, Mode } from './gallery/example.ts'
import { exact, line } from './gallery/figure.ts'
import { contours, curve, note } from './gallery/marks.ts'
import { picture } from './gallery/picture.ts'
import { runAlone } from './gallery/run-alone.ts'
import { colour } from './gallery/style.ts'

const cube = (x: Tensor): Tensor => x.mul(x).mul(x)
const slope = grad(cube)
const bend = grad(slope)

const saddle = (x: Tensor): Tensor =>
  x
    .square()
    .mul(tensor([1, -1], { dtype: 'float64' }))
    .sum()
const saddleSlope = grad(saddle)
const saddleHessian = hessian(saddle)
const eigenvalues = (matrix: Tensor): Tensor => linalg.eigvalsh(matrix)

export interface Findings {
  readonly slope: number
  readonly bend: number
  readonly gradient: readonly number[]
  readonly eigenvalues: readonly number[]
  readonly kind: string
}

export function examine(mode: Mode): Findings {
  const at = tensor(0, { dtype: 'float64' })
  const origin = tensor([0, 0], { dtype: 'float64' })
  return {
    slope: mode.compile(slope)(at).item(),
    bend: mode.compile(bend)(at).item(),
    gradient: [...mode.compile(saddleSlope)(origin).data()],
    eigenvalues: [...mode.compile(eigenvalues)(mode.compile(saddleHessian)(origin)).data()],
    kind: classifyCriticalPoint(saddle, origin).kind,
  }
}

export const example: Example = {
  name: 'saddle-points',
  title: 'Saddle points',
  section: 'Optimization',
  about:
    'x³ is flat at 0 and has no minimum there. x² − y² is a minimum along x and a maximum along y: one eigenvalue of its Hessian is positive, one negative.',
  async run(context) {
    const { compiled: found, comparison } = await context.inBothModes(examine)
    return {
      figures: [
        exact('f(x) = x³: f′(0)', found.slope, 0, 'property'),
        exact('f″(0)', found.bend, 0, 'property'),
        line('f(x, y) = x² − y²: ∇f(0, 0)', found.gradient.map((each) => each + 0).join(', '), '0, 0', 'property'),
        line('eigenvalues of the Hessian', found.eigenvalues.join(', '), '-2, 2', 'recomputed'),
        line('so the origin is a', found.kind, 'saddle', 'recomputed'),
      ],
      pictures: [
        picture({
          title: 'Two places without slope that are no minimum',
          alt: 'The curve x³, flat at 0; and lines of equal height of x² − y², which cross at the origin',
          columns: 2,
          width: 400,
          height: 330,
          panels: [
            {
              title: 'f(x) = x³',
              plot: {
                x: { label: 'x', domain: [-2, 2] },
                y: { label: 'f(x)', domain: [-6, 6] },
                marks: [
                  curve((x) => x ** 3, [-2, 2], { stroke: colour(0), strokeWidth: 2.25 }),
                  ...note([0, 0], 'f′ = f″ = 0', { dx: 0, dy: 12, anchor: 'start' }),
                ],
              },
            },
            {
              title: 'f(x, y) = x² − y², darker is higher',
              plot: {
                grid: false,
                x: { label: 'x', domain: [-1, 1] },
                y: { label: 'y', domain: [-1, 1] },
                marks: [
                  contours(
                    (x, y) => x * x - y * y,
                    [-1, 1],
                    [-1, 1],
                    Array.from({ length: 17 }, (_, i) => (i - 8) / 9),
                  ),
                  ...note([0, 0], 'saddle'),
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
