import { hybridize, manualSeed, nn, optim, rand, randint, randn, type Tensor } from 'gryph'
import type { BenchmarkCase } from './benchmark-case.ts'

type TrainStep = (x: Tensor, y: Tensor) => Tensor

/** Both modes train a model of their own from the same start, on one batch. */
function trainingCase(
  name: string,
  makeStep: () => TrainStep,
  makeBatch: () => readonly [Tensor, Tensor],
): BenchmarkCase {
  const seeded = (): TrainStep => {
    manualSeed(1)
    return makeStep()
  }
  return {
    name,
    make() {
      const [eager, compiled] = [seeded(), hybridize(seeded())]
      const [x, y] = makeBatch()
      return { eager: () => eager(x, y), compiled: () => compiled(x, y) }
    },
  }
}

function linearRegressionStep(): TrainStep {
  const model = nn.linear(5, 1)
  const optimizer = optim.sgd(model.parameters(), { lr: 0.01 })
  return function trainStep(x, y) {
    const loss = nn.mse(model.forward(x), y)
    loss.backward()
    optimizer.step()
    return loss
  }
}

type MakeOptimizer = (parameters: readonly Tensor[]) => optim.Optimizer
const sgd: MakeOptimizer = (parameters) => optim.sgd(parameters, { lr: 0.01 })
const adam: MakeOptimizer = (parameters) => optim.adam(parameters, { lr: 1e-4 })

function perceptronStep(makeOptimizer: MakeOptimizer): TrainStep {
  const net = nn.sequential(nn.linear(784, 256), nn.relu(), nn.linear(256, 128), nn.relu(), nn.linear(128, 10))
  const optimizer = makeOptimizer(net.parameters())
  return function trainStep(x, y) {
    const loss = nn.crossEntropy(net.forward(x), y)
    loss.backward()
    optimizer.step()
    return loss
  }
}

function lenetStep(): TrainStep {
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
  const optimizer = sgd(net.parameters())
  return function trainStep(x, y) {
    const loss = nn.crossEntropy(net.forward(x), y)
    loss.backward()
    optimizer.step()
    return loss
  }
}

const perceptronBatch = (size: number): readonly [Tensor, Tensor] => [rand([size, 784]), randint(0, 10, [size])]

const perceptronCase = (size: number, optimizerName: string, makeOptimizer: MakeOptimizer): BenchmarkCase =>
  trainingCase(
    `train 784-256-128-10, batch ${size}, ${optimizerName}`,
    () => perceptronStep(makeOptimizer),
    () => perceptronBatch(size),
  )

/** The first call of a new function: it runs eagerly, is recorded, and compiles. */
const compileCase: BenchmarkCase = {
  name: 'trace and compile 784-256-128-10, batch 32, sgd',
  make() {
    const [x, y] = perceptronBatch(32)
    const step = perceptronStep(sgd)
    return { compiled: () => hybridize(step)(x, y) }
  },
}

export const trainingCases: readonly BenchmarkCase[] = [
  trainingCase('train linear regression, 10 x 5, sgd', linearRegressionStep, () => [randn([10, 5]), randn([10, 1])]),
  perceptronCase(32, 'sgd', sgd),
  perceptronCase(32, 'adam', adam),
  perceptronCase(256, 'sgd', sgd),
  perceptronCase(256, 'adam', adam),
  trainingCase('train LeNet-5, batch 64, sgd', lenetStep, () => [rand([64, 1, 28, 28]), randint(0, 10, [64])]),
  compileCase,
]
