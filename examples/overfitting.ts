/**
 * Over-fitting: optimization lowers the training error, learning is about the test error.
 * Run it: `npm run examples -- overfitting`, or after `npm run build`: `node build/examples/overfitting.mjs [airfoil_self_noise.dat]`.
 */
import { manualSeed, nn, noGrad, optim, randperm, type Tensor } from 'gryph'
import type { Example, Mode } from './gallery/example.ts'
import { holds } from './gallery/figure.ts'
import { note, polyline, powerOfTen, type Point } from './gallery/marks.ts'
import { picture } from './gallery/picture.ts'
import { runAlone } from './gallery/run-alone.ts'
import { colour } from './gallery/style.ts'
import { loadTable, type Table } from './regression/table.ts'

const trainCount = 50
const testCount = 500
const widths = [1, 2, 4, 8, 16, 32, 64]
/** Of the network whose errors are drawn while it trains. */
const shownWidth = 64

interface Part {
  readonly x: Tensor
  readonly y: Tensor
}

export interface Fit {
  /** Steps done at each point. */
  readonly steps: readonly number[]
  readonly trainErrors: readonly number[]
  readonly testErrors: readonly number[]
}

/** Rows drawn at random: few to train with, many to test with. */
export function split({ x, y }: Table): { train: Part; test: Part } {
  manualSeed(3)
  const order = randperm(x.shape[0]!)
  const part = (from: number, to: number): Part => {
    const rows = order.slice([[from, to]])
    return {
      x: x.at(rows).get(),
      y: y
        .at(rows)
        .get()
        .reshape([to - from, 1]),
    }
  }
  return { train: part(0, trainCount), test: part(trainCount, trainCount + testCount) }
}

/** Trains a network with one hidden layer on all training rows at once; errors are mean squares, in units of the variance of the output. */
export function fit(mode: Mode, { train, test }: ReturnType<typeof split>, width: number, stepCount: number): Fit {
  manualSeed(1)
  const net = nn.sequential(
    nn.linear(5, width, { dtype: 'float64' }),
    nn.tanh(),
    nn.linear(width, 1, { dtype: 'float64' }),
  )
  const optimizer = optim.adam(net.parameters(), { lr: 0.02 })
  const errorOn = ({ x, y }: Part): Tensor => nn.mse(net.forward(x), y)
  const step = mode.compile(() => {
    errorOn(train).backward()
    optimizer.step()
  })
  const errors = mode.compile(() => noGrad(() => [errorOn(train), errorOn(test)]))
  const [steps, trainErrors, testErrors]: number[][] = [[], [], []]
  const points = pointsTo(stepCount)
  for (let done = 0; done <= stepCount; done++) {
    if (points.has(done)) {
      const [onTrain, onTest] = errors()
      steps!.push(done)
      trainErrors!.push(onTrain!.item())
      testErrors!.push(onTest!.item())
    }
    step()
  }
  return { steps: steps!, trainErrors: trainErrors!, testErrors: testErrors! }
}

/** 0, 1, 2, …, evenly spread on a logarithmic axis. */
const pointsTo = (stepCount: number): ReadonlySet<number> =>
  new Set([0, ...Array.from({ length: 60 }, (_, i) => Math.round(stepCount ** (i / 59))), stepCount])

export const example: Example = {
  name: 'overfitting',
  title: 'Training and test error',
  section: 'Optimizers on real data',
  about: `A network with one hidden layer learns ${trainCount} rows by heart: its error on them falls and falls, while that on ${testCount} rows that it has not seen is best early and then rises. The larger the network, the more so.`,
  async run({ args, isQuick, inBothModes }) {
    const table = loadTable(args[0])
    const parts = split(table)
    const stepCount = isQuick ? 20 : 1000
    const { compiled, comparison } = await inBothModes(
      (mode) => (isQuick ? [4] : widths).map((width) => fit(mode, parts, width, stepCount)),
      0,
    )
    const shown = compiled[isQuick ? 0 : widths.indexOf(shownWidth)]!
    const best = Math.min(...shown.testErrors)
    const [trainEnd, testEnd] = [shown.trainErrors.at(-1)!, shown.testErrors.at(-1)!]
    return {
      figures: isQuick
        ? [
            holds(
              'training error falls',
              trainEnd < shown.trainErrors[0]!,
              String(trainEnd < shown.trainErrors[0]!),
              'true',
            ),
          ]
        : [
            holds('training error at the end', trainEnd < 0.01, trainEnd.toFixed(5), 'below 0.01'),
            holds(
              'test error at the end',
              testEnd > 1.2 * best,
              testEnd.toFixed(3),
              `above 1.2 times its best, ${best.toFixed(3)}`,
            ),
            holds(
              'test error over training error',
              testEnd > 10 * trainEnd,
              (testEnd / trainEnd).toPrecision(2),
              'above 10',
            ),
          ],
      pictures: isQuick ? [] : [curves(table.title, shown, compiled)],
      comparisons: [{ ...comparison, label: `${compiled.length} networks, ${stepCount} steps each` }],
    }
  },
}

function curves(title: string, shown: Fit, fits: readonly Fit[]) {
  const [train, test] = [colour(0), colour(1)]
  const pointsOf = (values: readonly number[]): Point[] =>
    values.slice(1).map((value, i) => [shown.steps[i + 1]!, value])
  const best = shown.testErrors.indexOf(Math.min(...shown.testErrors))
  const y = {
    label: 'mean square error / variance of the output',
    type: 'log' as const,
    domain: [1e-4, 4] as const,
    tickFormat: powerOfTen,
  }
  return picture({
    title: 'Training error against test error',
    subtitle: `${title}: ${trainCount} rows to train with, ${testCount} to test with, Adam, all rows at once`,
    legend: [
      { label: 'error on training rows', colour: train },
      { label: 'error on test rows', colour: test },
    ],
    columns: 2,
    width: 430,
    height: 340,
    panels: [
      {
        title: `While a network of ${shownWidth} units trains`,
        plot: {
          x: { label: 'steps (logarithmic)', type: 'log', tickFormat: powerOfTen },
          y: y,
          marks: [
            polyline(pointsOf(shown.trainErrors), { stroke: train }),
            polyline(pointsOf(shown.testErrors), { stroke: test }),
            ...note([shown.steps[best]!, shown.testErrors[best]!], 'best test error', {
              dx: 0,
              dy: 12,
              anchor: 'middle',
            }),
          ],
        },
      },
      {
        title: 'At the end, by the size of the network',
        plot: {
          x: { label: 'hidden units (logarithmic)', type: 'log', ticks: widths, tickFormat: String },
          y: y,
          marks: [
            polyline(
              fits.map((each, i): Point => [widths[i]!, each.trainErrors.at(-1)!]),
              { stroke: train, marker: 'dot' },
            ),
            polyline(
              fits.map((each, i): Point => [widths[i]!, each.testErrors.at(-1)!]),
              { stroke: test, marker: 'dot' },
            ),
            polyline(
              fits.map((each, i): Point => [widths[i]!, Math.min(...each.testErrors)]),
              { stroke: test, strokeDasharray: '4 3' },
            ),
            ...note([widths[4]!, Math.min(...fits[4]!.testErrors)], 'test error, stopped in time', {
              dx: 0,
              dy: 12,
              anchor: 'middle',
            }),
          ],
        },
      },
    ],
  })
}

await runAlone(example, import.meta.url)
