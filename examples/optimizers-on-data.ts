/**
 * The optimizers of the course on real data: linear regression, two epochs of batches of ten, loss against epochs and against seconds.
 * Run it: `npm run examples -- optimizers-on-data`, or after `npm run build`: `node build/examples/optimizers-on-data.mjs [airfoil_self_noise.dat]`.
 */
import type { Example, ModeComparison } from './gallery/example.ts'
import { digits, within, type Figure } from './gallery/figure.ts'
import { milliseconds } from './gallery/report-text.ts'
import { runAlone } from './gallery/run-alone.ts'
import { contenders, otherContenders } from './regression/contenders.ts'
import { expected } from './regression/expected.ts'
import { lossPictures } from './regression/loss-pictures.ts'
import { loadTable } from './regression/table.ts'
import { batchesOf, epochCount, train, type Training } from './regression/train.ts'

const last = ({ losses }: Training): number => losses.at(-1) ?? NaN

export const example: Example = {
  name: 'optimizers-on-data',
  title: 'Optimizers on real data',
  section: 'Optimizers on real data',
  about:
    'Linear regression with five inputs in float64, batches of ten, two epochs. Times are of the steps alone. Without a path to the airfoil data it runs on a made-up table of the same form.',
  async run({ args, print, isQuick, inBothModes }) {
    const table = loadTable(args[0])
    const known = table.name === 'other' ? undefined : expected[table.name]
    const inFileOrder = batchesOf(table, 'file')
    const shuffled = batchesOf(table, 'shuffled')
    const ordered = contenders.filter(({ key }) => known?.fileOrder[key] !== undefined)
    const all = isQuick ? contenders : [...contenders, ...otherContenders]
    const runs = await inBothModes(
      (mode) => ({
        ordered: ordered.map(({ make }) => train(mode, table, make, inFileOrder, { start: 'zeros', every: 150 })),
        shuffled: all.map(({ make }) =>
          train(mode, table, make, shuffled, {
            start: 'random',
            repeats: isQuick ? 0 : mode.name === 'eager' ? 5 : 25,
          }),
        ),
      }),
      0,
    )
    const { eager, compiled } = runs
    const comparisons = all.map(({ title }, i): ModeComparison => {
      const [slow, fast] = [eager.shuffled[i]!.times, compiled.shuffled[i]!.times]
      return {
        label: `${title}: ${epochCount * shuffled[0]!.length} steps`,
        eagerFirstMs: slow.firstMs,
        compiledFirstMs: fast.firstMs,
        eagerMs: slow.laterMs,
        compiledMs: fast.laterMs,
        different: runs.comparison.different.filter(
          (path) => path.startsWith(`shuffled.${i}.`) || path.startsWith(`ordered.${ordered.indexOf(all[i]!)}.`),
        ),
      }
    })
    const total = compiled.shuffled.reduce((sum, { times }) => sum + times.firstMs, 0)
    print(
      [
        table.title,
        '',
        ...all.map(({ title }, i) => {
          const each = compiled.shuffled[i]!
          const epoch = (times: Training['times']): string => milliseconds(times.laterMs / epochCount)
          return `${title.padEnd(29)} loss: ${last(each).toFixed(4)}, eager ${epoch(eager.shuffled[i]!.times)}/epoch, compiled ${epoch(each.times)}/epoch`
        }),
        '',
        `all of them compiled, compiling included: ${milliseconds(total)}`,
      ].join('\n'),
    )
    const figures: Figure[] = [
      ...ordered.map(({ key, title }, i) =>
        digits(`${title}: from zeros, rows in order`, last(compiled.ordered[i]!), known!.fileOrder[key]!),
      ),
      ...all.map(({ key, title }, i) => {
        const band = known?.bands[key]
        return band
          ? within(`${title}: shuffled`, last(compiled.shuffled[i]!), band)
          : within(
              `${title}: shuffled, falls below`,
              last(compiled.shuffled[i]!),
              [0, compiled.shuffled[i]!.losses[0]!],
              'property',
            )
      }),
    ]
    return {
      figures,
      pictures: isQuick
        ? []
        : [contenders, otherContenders].flatMap((each, i) => {
            const [from, to] = i === 0 ? [0, contenders.length] : [contenders.length, all.length]
            return lossPictures(
              `${table.title}, batches of ten, shuffled`,
              each.map(({ title }) => title),
              eager.shuffled.slice(from, to),
              compiled.shuffled.slice(from, to),
              { key: i === 0 ? '' : 'others-' },
            )
          }),
      comparisons,
    }
  },
}

await runAlone(example, import.meta.url)
