/**
 * From training to a page: a network is trained here, exported, and goes on in a browser without gryph, where it classifies what is drawn and
 * learns from corrections. Run it: `npm run build`, then `node build/examples/deploy/main.mjs --serve`, and open the address it prints.
 */
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { crossEntropy, data, hybridize, manualSeed, nn, optim, tensor, type Tensor } from 'gryph'
import { exportModule } from 'gryph/export'
import { loadExamples } from '../fashion-mnist/data.ts'
import { servePage } from './serve.ts'

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: fileURLToPath(new URL('../out/deploy', import.meta.url)) },
    epochs: { type: 'string', default: '3' },
    serve: { type: 'boolean', default: false },
  },
})

manualSeed(1)
const net = nn.sequential(
  nn.conv2d(1, 8, 5, { padding: 2 }),
  nn.relu(),
  nn.maxPool2d(2),
  nn.conv2d(8, 16, 5),
  nn.relu(),
  nn.maxPool2d(2),
  nn.flatten(),
  nn.linear(400, 64),
  nn.relu(),
  nn.linear(64, 10),
)
const optimizer = optim.adam(net.parameters(), { lr: 2e-3 })

/** The chances of the ten classes. */
const predict = hybridize((image: Tensor) => net.forward(image).softmax(-1))

/** One step on images and their classes. */
const learn = hybridize((images: Tensor, classes: Tensor) => {
  const loss = crossEntropy(net.forward(images), classes)
  loss.backward()
  optimizer.step()
  return loss
})

const [train, test] = [await loadExamples('train'), await loadExamples('t10k')]
const pictures = data.tensorDataset(tensor(train.images, { shape: [train.count, 1, 28, 28] }), tensor(train.labels))
const loader = data.dataLoader(pictures, { batchSize: 32, shuffle: true, dropLast: true, seed: 1 })
for (let epoch = 0; epoch < Number(values.epochs); epoch++) {
  let [sum, steps] = [0, 0]
  for (const [images, classes] of loader) {
    sum += learn(images, classes).item()
    steps++
  }
  console.log(`epoch ${epoch + 1}: loss ${(sum / steps).toFixed(3)}`)
}
const scores = predict(tensor(test.images, { shape: [test.count, 1, 28, 28] }))
  .argmax(1)
  .data()
const right = scores.filter((score, i) => score === test.labels[i]).length
console.log(`${((100 * right) / test.count).toFixed(1)} % of ${test.count} pictures that were not shown are right`)

mkdirSync(values.out, { recursive: true })
const files = await exportModule(
  { predict, learn },
  {
    name: 'clothes',
    outDir: values.out,
    weights: { net, optimizer },
    inputs: {
      predict: { image: { shape: [1, 1, 28, 28] } },
      learn: { images: { shape: [4, 1, 28, 28] }, classes: { shape: [4], dtype: 'uint8' } },
    },
  },
)
const page = fileURLToPath(new URL('page', import.meta.url))
for (const name of readdirSync(page)) copyFileSync(join(page, name), join(values.out, name))
const shown = 60
writeFileSync(
  join(values.out, 'pictures.bin'),
  Uint8Array.from(test.images.subarray(0, shown * 784), (pixel) => pixel * 255),
)
console.log(`exported ${files.length} files and the page to ${values.out}`)
if (values.serve) await servePage(values.out)
