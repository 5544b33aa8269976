import { recordCall } from '../../src/frontend/hybridize/record-call.ts'
import { templateOf } from '../../src/frontend/hybridize/template.ts'
import { crossEntropy, grad, mse, ones, softmax, zeros, type Tensor } from '../../src/index.ts'
import type { Graph } from '../../src/ir/graph.ts'
import { conv2d, flatten, linear, maxPool2d, parameter, relu, sequential, type Module } from '../../src/nn/index.ts'
import { adam, sgd } from '../../src/optim/index.ts'

type Program = (...args: Tensor[]) => unknown

/** What a hybridized function records when it is called with `args`. */
function graphOf(program: Program, args: Tensor[]): Graph {
  const recorded = recordCall(program as (...args: unknown[]) => unknown, 'step', args, templateOf(args, false), true) // stand-ins for tensors are tensors
  if (!('recording' in recorded)) throw new Error('the step reads values')
  return recorded.recording.graph
}

/** A training step of the parameters that `net` has, or that are given. */
function trainingStep(
  net: Pick<Module, 'parameters'>,
  makeOptimizer: typeof sgd | typeof adam,
  loss: (...args: Tensor[]) => Tensor,
  ...args: Tensor[]
): Graph {
  const optimizer = makeOptimizer(net.parameters(), { lr: 0.01 })
  const step = (...given: Tensor[]): Tensor => {
    const value = loss(...given)
    value.backward()
    optimizer.step()
    return value
  }
  return graphOf(step, args)
}

function regression(makeOptimizer: typeof sgd | typeof adam): Graph {
  const net = linear(5, 1)
  return trainingStep(net, makeOptimizer, (x, y) => mse(net.forward(x!), y!), zeros([10, 5]), zeros([10, 1]))
}

function classifier(batch: number, makeOptimizer: typeof sgd | typeof adam): Graph {
  const net = sequential(linear(784, 256), relu(), linear(256, 128), relu(), linear(128, 10))
  return trainingStep(
    net,
    makeOptimizer,
    (x, y) => crossEntropy(net.forward(x!), y!),
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
  return trainingStep(net, sgd, (a, b) => crossEntropy(net.forward(a!), b!), x, y)
}

function layerNorm(x: Tensor, scale: Tensor, shift: Tensor): Tensor {
  const centred = x.sub(x.mean(-1, true))
  const deviation = centred.square().mean(-1, true).add(1e-5).sqrt()
  return centred.div(deviation).mul(scale).add(shift)
}

const zeroParameter = (shape: number[]): Tensor => parameter(zeros(shape))

function lstm(time: number, batch: number, size: number): Graph {
  const [wx, wh, b] = [zeroParameter([size, 4 * size]), zeroParameter([size, 4 * size]), zeroParameter([4 * size])]
  const loss = (...[x, start, target]: Tensor[]): Tensor => {
    const projected = x!.matmul(wx).add(b)
    let [h, c] = [start!, start!]
    for (let t = 0; t < time; t++) {
      const gates = projected.slice([t]).add(h.matmul(wh))
      const gate = (i: number): Tensor => gates.slice([null, [i * size, (i + 1) * size]])
      c = gate(1)
        .sigmoid()
        .mul(c)
        .add(gate(0).sigmoid().mul(gate(2).tanh()))
      h = gate(3).sigmoid().mul(c.tanh())
    }
    return mse(h, target!)
  }
  const parameters = () => [wx, wh, b]
  return trainingStep(
    { parameters },
    adam,
    loss,
    zeros([time, batch, size]),
    zeros([batch, size]),
    zeros([batch, size]),
  )
}

function transformerBlock(batch: number, time: number, model: number, heads: number, hidden: number): Graph {
  const layer = (from: number, to: number) => ({ weight: zeroParameter([from, to]), bias: zeroParameter([to]) })
  const apply = ({ weight, bias }: ReturnType<typeof layer>, x: Tensor): Tensor => x.matmul(weight).add(bias)
  const [qkv, out, up, down] = [
    layer(model, 3 * model),
    layer(model, model),
    layer(model, hidden),
    layer(hidden, model),
  ]
  const [norm1, norm2] = [1, 2].map(() => ({ scale: zeroParameter([model]), shift: zeroParameter([model]) }))
  const size = model / heads
  const loss = (...[x, target]: Tensor[]): Tensor => {
    const projected = apply(qkv, layerNorm(x!, norm1!.scale, norm1!.shift))
      .reshape([batch, time, 3, heads, size])
      .permute([2, 0, 3, 1, 4])
    const [q, k, v] = [0, 1, 2].map((i) => projected.slice([i])) as [Tensor, Tensor, Tensor] // three are made
    const weights = softmax(q.matmul(k.transpose(-1, -2)).mul(1 / Math.sqrt(size)), -1)
    const attended = weights.matmul(v).permute([0, 2, 1, 3]).reshape([batch, time, model])
    const h = x!.add(apply(out, attended))
    return mse(h.add(apply(down, apply(up, layerNorm(h, norm2!.scale, norm2!.shift)).relu())), target!)
  }
  const parameters = () => [qkv, out, up, down, norm1!, norm2!].flatMap((part) => Object.values(part))
  return trainingStep({ parameters }, adam, loss, zeros([batch, time, model]), zeros([batch, time, model]))
}

function layerNormGradients(rows: number, columns: number): Graph {
  const loss = (x: Tensor, scale: Tensor, shift: Tensor, dy: Tensor): Tensor => layerNorm(x, scale, shift).mul(dy).sum()
  const gradients = grad(loss, { argnums: [0, 1, 2] }) as Program
  return graphOf(gradients, [ones([rows, columns]), ones([columns]), ones([columns]), ones([rows, columns])])
}

/** As in training: moments over all axes but the channels, which are the second. */
function batchNorm(x: Tensor, scale: Tensor, shift: Tensor): Tensor {
  const axes = x.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]))
  const overChannels = (t: Tensor): Tensor => t.reshape(x.shape.map((size, axis) => (axis === 1 ? size : 1)))
  const centred = x.sub(x.mean(axes, true))
  const deviation = centred.square().mean(axes, true).add(1e-5).sqrt()
  return centred.div(deviation).mul(overChannels(scale)).add(overChannels(shift))
}

function batchNormGradients(...shape: number[]): Graph {
  const loss = (x: Tensor, scale: Tensor, shift: Tensor, dy: Tensor): Tensor => batchNorm(x, scale, shift).mul(dy).sum()
  const gradients = grad(loss, { argnums: [0, 1, 2] }) as Program
  const channels = [shape[1]!]
  return graphOf(gradients, [ones(shape), ones(channels), ones(channels), ones(shape)])
}

/** Programs whose counts are pinned. */
export const models: { readonly [name: string]: () => Graph } = {
  'linear regression 10 x 5, SGD': () => regression(sgd),
  'linear regression 10 x 5, Adam': () => regression(adam),
  'MLP 784-256-128-10, batch 32, SGD': () => classifier(32, sgd),
  'MLP 784-256-128-10, batch 256, SGD': () => classifier(256, sgd),
  'MLP 784-256-128-10, batch 32, Adam': () => classifier(32, adam),
  'MLP 784-256-128-10, batch 256, Adam': () => classifier(256, adam),
  'LeNet-5, batch 64, SGD': () => lenet(64),
  'LSTM, T 32, batch 32, hidden 128, Adam': () => lstm(32, 32, 128),
  'transformer block, d 128, 4 heads, T 64, batch 8, Adam': () => transformerBlock(8, 64, 128, 4, 512),
  'softmax, rows 1024 x 1000': () => graphOf((x) => softmax(x!, -1), [ones([1024, 1000])]),
  'layer norm 1024 x 512, forward and backward': () => layerNormGradients(1024, 512),
  'batch norm 256 x 512, forward and backward': () => batchNormGradients(256, 512),
  'batch norm 64 x 16 x 14 x 14, forward and backward': () => batchNormGradients(64, 16, 14, 14),
}
