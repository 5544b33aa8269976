import type { Picture } from '../gallery/example.ts'
import { polyline, powerOfTen, type Point } from '../gallery/marks.ts'
import { picture } from '../gallery/picture.ts'
import { colour } from '../gallery/style.ts'
import type { Training } from './train.ts'

/** Loss against epochs, and against seconds in both modes. `share` is how much of the way down from the start is shown. */
export function lossPictures(
  subtitle: string,
  titles: readonly string[],
  eager: readonly Training[],
  compiled: readonly Training[],
  { key = '', share = 0.5 }: { key?: string; share?: number } = {},
): Picture[] {
  const legend = titles.map((label, i) => ({ label, colour: colour(i) }))
  const best = Math.min(...compiled.map((each) => Math.min(...each.losses)))
  const start = compiled[0]!.losses[0]!
  const y = { label: 'loss over all rows', domain: [best - 0.03 * (start - best), best + share * (start - best)] }
  const linesOf = (trainings: readonly Training[], xsOf: (training: Training) => readonly number[]) =>
    trainings.map((training, i) => {
      const xs = xsOf(training)
      return polyline(
        training.losses.map((loss, k): Point => [xs[k]!, loss]),
        { stroke: colour(i), strokeWidth: 1.75 },
      )
    })
  const everySecond = [...eager, ...compiled].flatMap(({ times }) => times.seconds.slice(1))
  const [shortest, longest] = [Math.min(...everySecond), Math.max(...everySecond)]
  const seconds = (trainings: readonly Training[], title: string) => ({
    title,
    plot: {
      x: {
        label: 'time of steps (seconds, logarithmic)',
        type: 'log' as const,
        domain: [shortest / 1.3, longest * 1.1],
        tickFormat: powerOfTen,
      },
      y,
      // The start has no place on a logarithmic axis: it lies far to the left of it.
      marks: linesOf(trainings, ({ times }) => times.seconds.map((each, i) => (i === 0 ? shortest / 10 : each))),
    },
  })
  return [
    picture({
      key: `${key}epochs`,
      title: 'Loss against epochs',
      subtitle,
      legend,
      panels: [{ plot: { x: { label: 'epochs' }, y, marks: linesOf(compiled, ({ epochs }) => epochs) } }],
    }),
    picture({
      key: `${key}seconds`,
      title: 'Loss against seconds',
      subtitle: `${subtitle}: the same steps, with the same bits`,
      legend,
      columns: 2,
      width: 430,
      height: 320,
      panels: [seconds(eager, 'eager'), seconds(compiled, 'compiled')],
    }),
  ]
}
