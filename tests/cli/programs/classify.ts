import { hybridize, manualSeed, nn, optim, crossEntropy, type Tensor } from 'gryph'

manualSeed(3)
export const net = nn.sequential(nn.linear(6, 5), nn.relu(), nn.linear(5, 3))
export const optimizer = optim.sgd(net.parameters(), { lr: 0.1, momentum: 0.9 })

export const predict = hybridize((x: Tensor) => net.forward(x).softmax(-1))

export function trainStep(x: Tensor, y: Tensor): Tensor {
  const loss = crossEntropy(net.forward(x), y)
  loss.backward()
  optimizer.step()
  return loss
}

export const size = 6
