/**
 * LeNet on pictures of clothing: convolutions, pooling, and a test of what was learnt on pictures that were not shown.
 * Run it: `npm run examples -- lenet`, or after `npm run build`: `node build/examples/lenet.mjs`.
 */
import * as Plot from '@observablehq/plot'
import { crossEntropy, data, hybridize, manualSeed, nn, optim, tensor, train, type Tensor } from 'gryph'
import { loadExamples, type Examples } from './fashion-mnist/data.ts'
import type { Example, Mode } from './gallery/example.ts'
import { within } from './gallery/figure.ts'
import { stepComparison } from './gallery/learning.ts'
import { picture } from './gallery/picture.ts'
import { runAlone } from './gallery/run-alone.ts'
import { colour } from './gallery/style.ts'

/** LeNet-5 (LeCun et al., 1998) with the activations and the pooling that are usual now. */
function makeTraining() {
  manualSeed(1)
  const net = nn.sequential(
    nn.conv2d(1, 6, 5, { padding: 2 }),
    nn.relu(),
    nn.maxPool2d(2),
    nn.conv2d(6, 16, 5),
    nn.relu(),
    nn.maxPool2d(2),
    nn.flatten(),
    nn.linear(400, 120),
    nn.relu(),
    nn.linear(120, 84),
    nn.relu(),
    nn.linear(84, 10),
  )
  const optimizer = optim.adam(net.parameters(), { lr: 2e-3 })
  const step = (images: Tensor, labels: Tensor): Tensor => {
    const loss = crossEntropy(net.forward(images), labels)
    loss.backward()
    optimizer.step()
    return loss
  }
  return { net, step }
}

const datasetOf = ({ images, labels, count }: Examples): data.Dataset<[Tensor, Tensor], [Tensor, Tensor]> =>
  data.tensorDataset(tensor(images, { shape: [count, 1, 28, 28] }), tensor(labels))

/** The first steps in one mode: their losses, and the parameters afterwards. */
function firstSteps(
  mode: Mode,
  examples: data.Dataset<[Tensor, Tensor], [Tensor, Tensor]>,
  count: number,
  size: number,
) {
  const { net, step } = makeTraining()
  const run = mode.compile(step)
  const losses: number[] = []
  const times: number[] = []
  for (const [images, labels] of data.dataLoader(examples, { batchSize: size, shuffle: true, seed: 1 })) {
    const start = performance.now()
    losses.push(run(images, labels).item())
    times.push(performance.now() - start)
    if (losses.length === count) break
  }
  return { losses, times, parameters: net.stateDict() }
}

export const example: Example = {
  name: 'lenet',
  title: 'LeNet on Fashion-MNIST',
  section: 'Networks',
  about:
    'Two convolutions and three linear layers learn 12,000 pictures of clothing in five epochs of Adam, and are tested on 2,000 others. A training step is one compiled program.',
  async run(context) {
    const { isQuick } = context
    const examples = datasetOf(await loadExamples(isQuick ? 't10k' : 'train'))
    const both = await context.inBothModes((mode) => firstSteps(mode, examples, isQuick ? 2 : 20, isQuick ? 4 : 64), 0)
    const comparisons = [stepComparison(both)]
    if (isQuick) return { figures: [], pictures: [], comparisons }
    const tests = data.dataLoader(datasetOf(await loadExamples('t10k')), { batchSize: 200 })
    const { net, step } = makeTraining()
    context.print(`${String(nn.summary(net, [64, 1, 28, 28]))}\n`)
    const batches = data.dataLoader(examples, { batchSize: 64, shuffle: true, seed: 1, dropLast: true })
    const predict = hybridize((images: Tensor) => net.forward(images))
    const history = await train.fit(hybridize(step), batches, {
      epochs: 5,
      validate: () => train.evaluate(predict, tests, { accuracy: train.accuracy() }),
      progress: false,
    })
    context.print(String(history))
    const accuracies = history.metrics['accuracy']!
    const curve = (values: readonly number[]) => values.map((value, i) => [i + 1, value] as const)
    const plot = (values: readonly number[], label: string, series: number): Plot.PlotOptions => ({
      x: { label: 'epoch', ticks: values.length },
      y: { label, grid: true },
      marks: [
        Plot.line(curve(values), { x: '0', y: '1', stroke: colour(series), strokeWidth: 2 }),
        Plot.dot(curve(values), { x: '0', y: '1', fill: colour(series) }),
      ],
    })
    return {
      figures: [within('share of 2,000 test pictures that are right', accuracies.at(-1)!, [0.8, 1], 'property')],
      pictures: [
        picture({
          title: 'LeNet on Fashion-MNIST',
          subtitle: `Five epochs of Adam, batches of 64, in ${history.seconds.toFixed(1)} s`,
          panels: [
            { title: 'Training loss', plot: plot(history.loss, 'cross-entropy', 0) },
            { title: 'Test accuracy', plot: plot(accuracies, 'share right', 1) },
          ],
          columns: 2,
        }),
      ],
      comparisons,
    }
  },
}

await runAlone(example, import.meta.url)
