import { recordCall } from '../../src/frontend/hybridize/record-call.ts'
import { templateOf } from '../../src/frontend/hybridize/template.ts'
import { crossEntropy, mse, zeros, type Tensor } from '../../src/index.ts'
import type { Graph } from '../../src/ir/graph.ts'
import { conv2d, flatten, linear, maxPool2d, relu, sequential, type Module } from '../../src/nn/index.ts'
import { adam, sgd } from '../../src/optim/index.ts'

type Loss = (x: Tensor, y: Tensor) => Tensor

/** What a hybridized training step records. */
function trainingStep(net: Module, makeOptimizer: typeof sgd | typeof adam, loss: Loss, x: Tensor, y: Tensor): Graph {
  const optimizer = makeOptimizer(net.parameters(), { lr: 0.01 })
  const step = (a: Tensor, b: Tensor): Tensor => {
    const value = loss(a, b)
    value.backward()
    optimizer.step()
    return value
  }
  const recorded = recordCall((a, b) => step(a as Tensor, b as Tensor), 'step', [x, y], templateOf([x, y], false), true) // stand-ins for x and y
  if (!('recording' in recorded)) throw new Error('the step reads values')
  return recorded.recording.graph
}

function regression(): Graph {
  const net = linear(1, 1)
  return trainingStep(net, sgd, (x, y) => mse(net.forward(x), y), zeros([64, 1]), zeros([64, 1]))
}

function classifier(batch: number, makeOptimizer: typeof sgd | typeof adam): Graph {
  const net = sequential(linear(784, 256), relu(), linear(256, 128), relu(), linear(128, 10))
  return trainingStep(
    net,
    makeOptimizer,
    (x, y) => crossEntropy(net.forward(x), y),
    zeros([batch, 784]),
    zeros([batch], { dtype: 'int32' }),
  )
}

function lenet(batch: number): Graph {
  const net = sequential(
    conv2d(1, 6, 5, { padding: 2 }),
    relu(),
    maxPool2d(2),
    conv2d(6, 16, 5),
    relu(),
    maxPool2d(2),
    flatten(),
    linear(400, 120),
    relu(),
    linear(120, 84),
    relu(),
    linear(84, 10),
  )
  const [x, y] = [zeros([batch, 1, 28, 28]), zeros([batch], { dtype: 'int32' })]
  return trainingStep(net, sgd, (a, b) => crossEntropy(net.forward(a), b), x, y)
}

/** Training steps whose counts are pinned. */
export const models: { readonly [name: string]: () => Graph } = {
  'linear regression, SGD': regression,
  'MLP 784-256-128-10, batch 32, SGD': () => classifier(32, sgd),
  'MLP 784-256-128-10, batch 256, SGD': () => classifier(256, sgd),
  'MLP 784-256-128-10, batch 32, Adam': () => classifier(32, adam),
  'MLP 784-256-128-10, batch 256, Adam': () => classifier(256, adam),
  'LeNet-5, batch 64, SGD': () => lenet(64),
}
