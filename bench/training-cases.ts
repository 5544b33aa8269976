import { nn, optim, rand, randint, randn, type Tensor } from 'gryph'
import { trainingCase, type BenchmarkCase, type TrainStep } from './benchmark-case.ts'

export type MakeOptimizer = (parameters: readonly Tensor[]) => optim.Optimizer
export const optimizers: Readonly<Record<'sgd' | 'adam', MakeOptimizer>> = {
  sgd: (parameters) => optim.sgd(parameters, { lr: 0.01 }),
  adam: (parameters) => optim.adam(parameters, { lr: 1e-4 }),
}
type OptimizerName = keyof typeof optimizers

/** Forward, backward, and an update of what the optimizer holds. */
export function stepOf(optimizer: optim.Optimizer, lossOf: (...batch: Tensor[]) => Tensor): TrainStep {
  return function trainStep(...batch) {
    const loss = lossOf(...batch)
    loss.backward()
    optimizer.step()
    return loss
  }
}

function regressionCase(optimizer: OptimizerName): BenchmarkCase {
  const makeStep = (): TrainStep => {
    const model = nn.linear(5, 1)
    return stepOf(optimizers[optimizer](model.parameters()), (x, y) => nn.mse(model.forward(x!), y!))
  }
  return trainingCase(`train linear regression, 10 x 5, ${optimizer}`, makeStep, () => [randn([10, 5]), randn([10, 1])])
}

/** A module of one tensor. */
type Net = nn.Module & { forward(x: Tensor): Tensor }

function classifierStep(net: Net, optimizer: OptimizerName): TrainStep {
  return stepOf(optimizers[optimizer](net.parameters()), (x, y) => nn.crossEntropy(net.forward(x!), y!))
}

export const perceptron = (): Net =>
  nn.sequential(nn.linear(784, 256), nn.relu(), nn.linear(256, 128), nn.relu(), nn.linear(128, 10))

const perceptronCase = (size: number, optimizer: OptimizerName): BenchmarkCase =>
  trainingCase(
    `train 784-256-128-10, batch ${size}, ${optimizer}`,
    () => classifierStep(perceptron(), optimizer),
    () => [rand([size, 784]), randint(0, 10, [size])],
  )

function lenet(): Net {
  return nn.sequential(
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
}

export const trainingCases: readonly BenchmarkCase[] = [
  regressionCase('sgd'),
  regressionCase('adam'),
  perceptronCase(32, 'sgd'),
  perceptronCase(32, 'adam'),
  perceptronCase(256, 'sgd'),
  perceptronCase(256, 'adam'),
  trainingCase(
    'train LeNet-5, batch 64, adam',
    () => classifierStep(lenet(), 'adam'),
    () => [rand([64, 1, 28, 28]), randint(0, 10, [64])],
  ),
]
