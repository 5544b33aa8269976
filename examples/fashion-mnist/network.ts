import { manualSeed, nn, optim, type Tensor } from 'gryph'
import type { OptimizerName } from './args.ts'

/** A network, its optimizer, and the one function that trains it, eagerly or compiled. */
export interface Trainer {
  readonly net: nn.Sequential
  readonly optimizer: optim.Optimizer
  readonly trainStep: (images: Tensor, labels: Tensor) => Tensor
}

const optimizers: { readonly [N in OptimizerName]: (parameters: readonly Tensor[]) => optim.Optimizer } = {
  sgd: (parameters) => optim.sgd(parameters, { lr: 0.1 }),
  momentum: (parameters) => optim.sgd(parameters, { lr: 0.03, momentum: 0.9 }),
  adam: (parameters) => optim.adam(parameters, { lr: 1e-3 }),
}

/** A network of 784-256-128-10 units. Equal seeds make equal networks. */
export function makeTrainer(optimizerName: OptimizerName, seed: number): Trainer {
  manualSeed(seed)
  const net = nn.sequential(nn.linear(784, 256), nn.relu(), nn.linear(256, 128), nn.relu(), nn.linear(128, 10))
  const optimizer = optimizers[optimizerName](net.parameters())

  function trainStep(images: Tensor, labels: Tensor): Tensor {
    const loss = nn.crossEntropy(net.forward(images), labels)
    loss.backward()
    optimizer.step()
    return loss
  }

  return { net, optimizer, trainStep }
}
