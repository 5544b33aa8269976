/** Descent in a plane, as the course shows it: on a quadratic bowl, from (−5, −2), for twenty steps. */
import { grad, tensor, variable, type Tensor } from 'gryph'
import type { Mode, Picture } from './example.ts'
import { contours, trace, type Point } from './marks.ts'
import { picture, type Panel } from './picture.ts'
import { colour } from './style.ts'

/** Factors of x₁² and x₂². */
export type Bowl = readonly [number, number]
export const roundBowl: Bowl = [1, 2]
/** Flat along x₁: one rate is too large for one axis and too small for the other. */
export const longBowl: Bowl = [0.1, 2]

export const steps = 20
export const start: Point = [-5, -2]

const factors = (bowl: Bowl): Tensor => tensor(bowl, { dtype: 'float64' })
const bowlAt = (x: Tensor, a: Tensor): Tensor => x.square().mul(a).sum()

/** Where the bowl with factors `a` is steepest at x. */
export const slope = (x: Tensor, a: Tensor): Tensor => grad((at: Tensor) => bowlAt(at, a))(x)

/** x and s, which is what a method remembers, after one step. */
export type Step = (x: Tensor, s: Tensor, a: Tensor, rate: number, decay: number) => readonly [x: Tensor, s: Tensor]

/** The points that an optimizer of the library visits. */
export function optimizerTrajectory(
  mode: Mode,
  makeOptimizer: (parameters: readonly Tensor[]) => { step(): void },
  bowl: Bowl,
): Point[] {
  const x = variable(start, { dtype: 'float64', requiresGrad: true })
  const a = factors(bowl)
  const optimizer = makeOptimizer([x])
  const run = mode.compile(() => {
    bowlAt(x, a).backward()
    optimizer.step()
  })
  const points: Point[] = [start]
  for (let i = 0; i < steps; i++) {
    run()
    points.push(pointOf(x))
  }
  return points
}

/** The points that a method visits. What it remembers begins as zeros. */
export function trajectory(mode: Mode, step: Step, bowl: Bowl, rate: number, decay = 0): Point[] {
  const run = mode.compile(step)
  const a = factors(bowl)
  let [x, s] = [tensor(start, { dtype: 'float64' }), tensor([0, 0], { dtype: 'float64' })]
  const points: Point[] = [start]
  for (let i = 0; i < steps; i++) {
    const next = run(x, s, a, rate, decay)
    ;[x, s] = next
    points.push(pointOf(x))
  }
  return points
}

function pointOf(x: Tensor): Point {
  const [x1 = NaN, x2 = NaN] = x.data()
  return [x1, x2]
}

/** The last point as the book prints it. */
export function bookLine(points: readonly Point[]): string {
  const [x1, x2] = points.at(-1) ?? [NaN, NaN]
  return `epoch ${points.length - 1}, x1: ${x1.toFixed(6)}, x2: ${x2.toFixed(6)}`
}

const levels = [0.05, 0.2, 0.5, 1, 2, 3, 4.5, 6.5, 9, 12, 16, 20, 26, 34]

/** A trajectory on the lines of equal height of its bowl. */
export function planePanel(points: readonly Point[], bowl: Bowl, title?: string, stroke = colour(1)): Panel {
  const [xRange, yRange]: Point[] = [
    [-5.6, 3],
    [-3, 2],
  ] as const
  const height = (x: number, y: number): number => bowl[0] * x * x + bowl[1] * y * y
  return {
    ...(title === undefined ? {} : { title }),
    plot: {
      grid: false,
      x: { label: 'x₁', domain: xRange },
      y: { label: 'x₂', domain: yRange },
      marks: [contours(height, xRange!, yRange!, levels), ...trace(points, stroke)],
    },
  }
}

export const planePicture = (title: string, subtitle: string, panels: readonly Panel[]): Picture =>
  picture({
    title,
    subtitle,
    panels,
    columns: panels.length,
    ...(panels.length === 1 ? {} : { width: 430, height: 300 }),
  })
