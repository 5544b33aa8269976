/** Everything but the op by op programs under `jit`, on the wasm device. An array is consumed by its use unless `.ref` counts one more. */
import { blockUntilReady, defaultDevice, grad, init, jit, lax, nn, numpy as np, valueAndGrad } from '@jax-js/jax'
import { labels, size, uniform, weight } from '../data.mjs'

await init('wasm')
defaultDevice('wasm')

const array = (values, shape) => np.array(values).reshape(shape)
const constant = (seed, shape, scale) => array(uniform(seed, size(shape), scale), shape)
const parameter = (seed, shape) => array(weight(seed, shape), shape)
const zeros = (shape) => np.zeros(shape)

/** Results stay on the device; what is pending is carried out. */
const program = (fn, args) => {
  const compiled = jit(fn)
  return {
    run: async () => blockUntilReady(compiled(...args.map((arg) => arg.ref))),
    free: (result) => [result].flat().forEach((each) => each.dispose()),
    read: (result) => [result].flat().map((each) => each.dataSync()),
  }
}

const sgd = (lr) => ({
  start: () => [],
  update: (state, parameters, gradients) => [state, parameters.map((p, i) => p.sub(gradients[i].mul(lr)))],
})
const adam = (lr, b1 = 0.9, b2 = 0.999, eps = 1e-8) => ({
  start: (parameters) => [np.array(1), np.array(1), ...[0, 1].flatMap(() => parameters.map((p) => np.zeros(p.shape)))],
  update([power1, power2, ...moments], parameters, gradients) {
    const n = parameters.length
    const [next1, next2] = [power1.mul(b1), power2.mul(b2)]
    const stepSize = np.divide(lr, np.subtract(1, next1.ref))
    const rootCorrection = np.sqrt(np.subtract(1, next2.ref))
    const m = gradients.map((g, i) => moments[i].mul(b1).add(g.ref.mul(1 - b1)))
    const v = gradients.map((g, i) => moments[n + i].mul(b2).add(g.ref.mul(g).mul(1 - b2)))
    const next = parameters.map((p, i) =>
      p.sub(m[i].ref.div(np.sqrt(v[i].ref).div(rootCorrection.ref).add(eps)).mul(stepSize.ref)),
    )
    return [[next1, next2, ...m, ...v], next]
  },
})

function training({ optimizer: name, lr }, start, lossOf, inputs) {
  const optimizer = (name === 'adam' ? adam : sgd)(lr)
  const trainStep = jit((parameters, state, ...args) => {
    const [loss, gradients] = valueAndGrad((p) => lossOf(p, ...args))(parameters.map((p) => p.ref))
    const [nextState, next] = optimizer.update(state, parameters, gradients)
    return [next, nextState, loss]
  })
  let [parameters, state] = [start, optimizer.start(start)]
  return {
    run() {
      const [next, nextState, loss] = trainStep(parameters, state, ...inputs.map((input) => input.ref))
      parameters = next
      state = nextState
      return loss.item()
    },
  }
}

const apply = (w, b, x) => np.matmul(x, w.ref).add(b.ref)
/** Parameters: weight, bias, weight, bias, … */
const perceptron = (parameters, x) => {
  for (let i = 0; i < parameters.length; i += 2) {
    x = apply(parameters[i], parameters[i + 1], x)
    if (i < parameters.length - 2) x = nn.relu(x)
  }
  return x
}
const layersOf = (sizes, seed = 10) =>
  sizes.slice(1).flatMap((n, i) => [parameter(seed + i, [sizes[i], n]), zeros([n])])
const crossEntropy = (logits, oneHot) =>
  nn
    .logSoftmax(logits)
    .mul(oneHot)
    .sum()
    .mul(-1 / logits.shape[0])
const mse = (a, b) => np.square(a.sub(b)).mean()
const oneHot = (seed, count, classes) => nn.oneHot(np.array(labels(seed, count, classes), { dtype: np.int32 }), classes)

const layerNorm = (x, scale, shift) => {
  const centred = x.ref.sub(x.mean(-1, { keepdims: true }))
  const deviation = np.sqrt(np.square(centred.ref).mean(-1, { keepdims: true }).add(1e-5))
  return centred.div(deviation).mul(scale.ref).add(shift.ref)
}
const elementwise = (a, b, c) =>
  np
    .tanh(a.ref.mul(b.ref).add(c.ref))
    .mul(nn.sigmoid(a.sub(c)))
    .add(np.exp(np.negative(np.square(b))))

export const programs = {
  linearRegression(spec) {
    const { rows, features } = spec
    const lossOf = ([w, b], x, y) => mse(apply(w, b, x), y)
    return training(spec, [parameter(10, [features, 1]), zeros([1])], lossOf, [
      constant(1, [rows, features]),
      constant(2, [rows, 1]),
    ])
  },
  perceptron(spec) {
    const { sizes, batch } = spec
    const lossOf = (parameters, x, y) => crossEntropy(perceptron(parameters, x), y)
    return training(spec, layersOf(sizes), lossOf, [constant(1, [batch, sizes[0]]), oneHot(2, batch, sizes.at(-1))])
  },
  leNet(spec) {
    const { batch } = spec
    const filters = [
      [6, 1, 5, 5],
      [16, 6, 5, 5],
    ].flatMap((shape, i) => [
      array(uniform(10 + i, size(shape), 1 / Math.sqrt(25 * shape[1])), shape),
      zeros([shape[0]]),
    ])
    const pool = (x) => lax.reduceWindow(x, (window) => np.max(window), [2, 2], [2, 2])
    const convolve = (x, w, b, padding) =>
      pool(
        nn.relu(
          lax
            .convGeneralDilated(
              x,
              w.ref,
              [1, 1],
              [
                [padding, padding],
                [padding, padding],
              ],
            )
            .add(b.ref.reshape([1, -1, 1, 1])),
        ),
      )
    const lossOf = ([w1, b1, w2, b2, ...rest], x, y) => {
      const h = convolve(convolve(x, w1, b1, 2), w2, b2, 0)
      return crossEntropy(perceptron(rest, h.reshape([batch, 400])), y)
    }
    return training(spec, [...filters, ...layersOf([400, 120, 84, 10], 20)], lossOf, [
      constant(1, [batch, 1, 28, 28]),
      oneHot(2, batch, 10),
    ])
  },
  matmul: ({ n }) => program((a, b) => np.matmul(a, b), [constant(1, [n, n]), constant(2, [n, n])]),
  elementwise: ({ count }) =>
    program(
      elementwise,
      [1, 2, 3].map((seed) => constant(seed, [count])),
    ),
  elementwiseGradient: ({ count }) =>
    program(
      grad((a, b, c) => elementwise(a, b, c).sum(), { argnums: [0, 1, 2] }),
      [1, 2, 3].map((seed) => constant(seed, [count])),
    ),
  softmax: ({ rows, columns }) => program((x) => nn.softmax(x), [constant(1, [rows, columns], 4)]),
  layerNorm({ rows, columns }) {
    const lossOf = (x, scale, shift, dy) => layerNorm(x, scale, shift).mul(dy).sum()
    const args = [
      constant(1, [rows, columns]),
      constant(2, [columns]),
      constant(3, [columns]),
      constant(4, [rows, columns]),
    ]
    return program(grad(lossOf, { argnums: [0, 1, 2] }), args)
  },
  lstm(spec) {
    const { time, batch, input, hidden } = spec
    const start = [parameter(10, [input, 4 * hidden]), parameter(11, [hidden, 4 * hidden]), zeros([4 * hidden])]
    const lossOf = ([wx, wh, b], x, h0, target) => {
      const projected = apply(wx, b, x)
      let [h, c] = [h0.ref, h0]
      for (let t = 0; t < time; t++) {
        const gates = projected.ref.slice(t).add(np.matmul(h, wh.ref))
        const gate = (i) => gates.ref.slice([], [i * hidden, (i + 1) * hidden])
        c = nn
          .sigmoid(gate(1))
          .mul(c)
          .add(nn.sigmoid(gate(0)).mul(np.tanh(gate(2))))
        h = nn.sigmoid(gate(3)).mul(np.tanh(c.ref))
      }
      return mse(h, target)
    }
    return training(spec, start, lossOf, [
      constant(1, [time, batch, input]),
      zeros([batch, hidden]),
      constant(2, [batch, hidden]),
    ])
  },
  transformer(spec) {
    const { model, heads, time, batch, feedForward } = spec
    const headSize = model / heads
    const linear = (seed, from, to) => [parameter(seed, [from, to]), zeros([to])]
    const norm = () => [np.ones([model]), zeros([model])]
    const start = [
      linear(10, model, 3 * model),
      linear(11, model, model),
      linear(12, model, feedForward),
      linear(13, feedForward, model),
      norm(),
      norm(),
    ]
    const lossOf = (parameters, x, target) => {
      const [qkv, out, up, down, norm1, norm2] = [0, 2, 4, 6, 8, 10].map((i) => parameters.slice(i, i + 2))
      const projected = apply(...qkv, layerNorm(x.ref, ...norm1))
        .reshape([batch, time, 3, heads, headSize])
        .transpose([2, 0, 3, 1, 4])
      const [q, k, v] = [0, 1, 2].map((i) => projected.ref.slice(i))
      const weights = nn.softmax(np.matmul(q, k.transpose([0, 1, 3, 2])).mul(1 / Math.sqrt(headSize)))
      const attended = np.matmul(weights, v).transpose([0, 2, 1, 3]).reshape([batch, time, model])
      const h = x.add(apply(...out, attended))
      return mse(h.ref.add(apply(...down, nn.relu(apply(...up, layerNorm(h, ...norm2))))), target)
    }
    return training(spec, start.flat(), lossOf, [constant(1, [batch, time, model]), constant(2, [batch, time, model])])
  },
  inference({ sizes }) {
    const parameters = layersOf(sizes)
    const x = constant(1, [1, sizes[0]])
    const forward = jit((weights, input) => perceptron(weights, input))
    return {
      run: () =>
        forward(
          parameters.map((p) => p.ref),
          x.ref,
        ).dataSync(),
      read: (values) => [values],
    }
  },
  // Small results are read: ops are only carried out when they are.
  smallAdd() {
    const [a, b] = [constant(1, [4]), constant(2, [4])]
    return { run: () => a.ref.add(b.ref).dataSync(), read: (values) => [values] }
  },
  chainedAdds({ adds }) {
    const [a, b] = [constant(1, [4]), constant(2, [4])]
    const chain = jit((x, y) => {
      for (let i = 0; i < adds; i++) x = x.add(y.ref)
      return x
    })
    return { run: () => chain(a.ref, b.ref).dataSync(), read: (values) => [values] }
  },
}
