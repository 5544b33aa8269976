/**
 * Minibatches: gradient descent over all rows, over one row at a time, and between; loss against epochs and against seconds.
 * Run it: `npm run examples -- minibatches`, or after `npm run build`: `node build/examples/minibatches.mjs [airfoil_self_noise.dat]`.
 */
import { optim, type Tensor } from 'gryph'
import type { Example, ModeComparison } from './gallery/example.ts'
import { digits, within, type Figure } from './gallery/figure.ts'
import { runAlone } from './gallery/run-alone.ts'
import { expected } from './regression/expected.ts'
import { lossPictures } from './regression/loss-pictures.ts'
import { loadTable } from './regression/table.ts'
import { batchesOf, train } from './regression/train.ts'

/** As the book sets them. `every` is how many steps lie between two points of the curve. */
const runs = [
  { title: 'all 1500 rows, η = 1, 6 epochs', size: 1500, rate: 1, epochs: 6, every: 1 },
  { title: '100 rows, η = 0.4', size: 100, rate: 0.4, epochs: 2, every: 1 },
  { title: '10 rows, η = 0.05', size: 10, rate: 0.05, epochs: 2, every: 10 },
  { title: 'one row, η = 0.005', size: 1, rate: 0.005, epochs: 2, every: 100 },
] as const

export const example: Example = {
  name: 'minibatches',
  title: 'Minibatches',
  section: 'Optimizers on real data',
  about:
    'The same regression with gradients over 1500, 100, 10 and one row. Gradient descent over all rows with η = 1 is beyond the stable rate: the loss dips, and rises later.',
  async run({ args, isQuick, inBothModes }) {
    const table = loadTable(args[0])
    const known = table.name === 'other' ? undefined : expected[table.name]
    const chosen = isQuick ? runs.slice(0, 2) : runs
    const batches = chosen.map(({ size, epochs }, i) => batchesOf(table, i === 0 ? 'file' : 'shuffled', size, epochs))
    const { eager, compiled, comparison } = await inBothModes(
      (mode) =>
        chosen.map(({ rate, every }, i) =>
          train(mode, table, (p: Tensor[]) => optim.sgd(p, { lr: rate }), batches[i]!, {
            start: i === 0 ? 'zeros' : 'random',
            every,
            repeats: isQuick ? 0 : mode.name === 'eager' ? 3 : 8,
          }),
        ),
      0,
    )
    const fullBatch = compiled[0]!.losses
    return {
      figures: [
        ...(known ? [digits('loss of zeros', fullBatch[0]!, known.zero.toFixed(10))] : []),
        ...(known?.fullBatch ?? []).map((loss, i): Figure =>
          digits(`all rows, η = 1: epoch ${i + 1}`, fullBatch[i + 1]!, loss),
        ),
        ...chosen
          .slice(1)
          .map(({ title }, i) =>
            within(
              `${title}: final loss`,
              compiled[i + 1]!.losses.at(-1)!,
              [known?.optimum ?? 0, fullBatch[0]! * 0.75],
              'property',
            ),
          ),
      ],
      pictures: isQuick
        ? []
        : lossPictures(
            table.title,
            chosen.map(({ title }) => title),
            eager,
            compiled,
            { share: 1 },
          ),
      comparisons: chosen.map(({ title }, i): ModeComparison => {
        const [slow, fast] = [eager[i]!.times, compiled[i]!.times]
        return {
          label: `${title}: ${batches[i]!.flat().length} steps`,
          eagerFirstMs: slow.firstMs,
          compiledFirstMs: fast.firstMs,
          eagerMs: slow.laterMs,
          compiledMs: fast.laterMs,
          different: comparison.different.filter((path) => path.startsWith(`${i}.`)),
        }
      }),
    }
  },
}

await runAlone(example, import.meta.url)
