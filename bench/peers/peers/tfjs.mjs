/** `tfjs-wasm` with SIMD on one thread; `tfjs-cpu` is its plain JavaScript backend. Intermediate tensors go with `tidy`. */
import { fileURLToPath } from 'node:url'
import * as tf from '@tensorflow/tfjs'
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm'
import { labels, size, uniform, weight } from '../data.mjs'

const peer = process.argv[2]
setThreadsCount(1)
setWasmPaths(fileURLToPath(new URL('../node_modules/@tensorflow/tfjs-backend-wasm/wasm-out/', import.meta.url)))
await tf.setBackend(peer === 'tfjs-wasm' ? 'wasm' : 'cpu')
await tf.ready()
tf.enableProdMode()

const constant = (seed, shape, scale) => tf.tensor(uniform(seed, size(shape), scale), shape)
const parameter = (seed, shape) => tf.variable(tf.tensor(weight(seed, shape), shape))
const zeros = (shape) => tf.variable(tf.zeros(shape))
const oneHot = (seed, count, classes) =>
  tf.oneHot(tf.tensor1d(labels(seed, count, classes), 'int32'), classes).toFloat()

/** Results stay in the backend, which computes at once. */
const program = (fn) => ({
  run: () => tf.tidy(fn),
  free: (result) => tf.dispose(result),
  read(result) {
    const values = [result].flat().map((each) => each.dataSync())
    tf.dispose(result)
    return values
  },
})

function training({ optimizer: name, lr }, parameters, lossOf) {
  const optimizer = name === 'adam' ? tf.train.adam(lr, 0.9, 0.999, 1e-8) : tf.train.sgd(lr)
  return {
    run() {
      const loss = optimizer.minimize(lossOf, true, parameters)
      const value = loss.dataSync()[0]
      loss.dispose()
      return value
    },
  }
}

const apply = ([w, b], x) => {
  const rows = x.rank > 2 ? x.reshape([-1, x.shape.at(-1)]) : x
  const out = tf.add(tf.matMul(rows, w), b)
  return x.rank > 2 ? out.reshape([...x.shape.slice(0, -1), w.shape[1]]) : out
}
const layersOf = (sizes, seed = 10) => sizes.slice(1).map((n, i) => [parameter(seed + i, [sizes[i], n]), zeros([n])])
const perceptron = (layers, x) =>
  layers.reduce((h, layer, i) => (i < layers.length - 1 ? tf.relu(apply(layer, h)) : apply(layer, h)), x)
const mse = (a, b) => tf.mean(tf.square(tf.sub(a, b)))
const layerNorm = (x, [scale, shift]) => {
  const centred = tf.sub(x, tf.mean(x, -1, true))
  const deviation = tf.sqrt(tf.add(tf.mean(tf.square(centred), -1, true), 1e-5))
  return tf.add(tf.mul(tf.div(centred, deviation), scale), shift)
}
const elementwise = (a, b, c) =>
  tf.add(tf.mul(tf.tanh(tf.add(tf.mul(a, b), c)), tf.sigmoid(tf.sub(a, c))), tf.exp(tf.neg(tf.square(b))))

export const programs = {
  linearRegression(spec) {
    const { rows, features } = spec
    const layer = [parameter(10, [features, 1]), zeros([1])]
    const [x, y] = [constant(1, [rows, features]), constant(2, [rows, 1])]
    return training(spec, layer, () => mse(apply(layer, x), y))
  },
  perceptron(spec) {
    const { sizes, batch } = spec
    const layers = layersOf(sizes)
    const [x, y] = [constant(1, [batch, sizes[0]]), oneHot(2, batch, sizes.at(-1))]
    return training(spec, layers.flat(), () => tf.losses.softmaxCrossEntropy(y, perceptron(layers, x)))
  },
  leNet(spec) {
    const { batch } = spec
    // Filters and images are stored in tfjs's order, channels last; so is the batch when it is flattened.
    const filters = [
      [6, 1, 5, 5],
      [16, 6, 5, 5],
    ].map((shape, i) => {
      const w = tf.tensor(uniform(10 + i, size(shape), 1 / Math.sqrt(25 * shape[1])), shape)
      return [tf.variable(tf.transpose(w, [2, 3, 1, 0])), zeros([shape[0]])]
    })
    const layers = layersOf([400, 120, 84, 10], 20)
    const [x, y] = [constant(1, [batch, 28, 28, 1]), oneHot(2, batch, 10)]
    const convolve = (h, [w, b], padding) => tf.maxPool(tf.relu(tf.add(tf.conv2d(h, w, 1, padding), b)), 2, 2, 'valid')
    const lossOf = () => {
      const h = convolve(convolve(x, filters[0], 'same'), filters[1], 'valid')
      return tf.losses.softmaxCrossEntropy(y, perceptron(layers, tf.transpose(h, [0, 3, 1, 2]).reshape([batch, 400])))
    }
    return training(spec, [...filters, ...layers].flat(), lossOf)
  },
  matmul({ n }) {
    const [a, b] = [constant(1, [n, n]), constant(2, [n, n])]
    return program(() => tf.matMul(a, b))
  },
  elementwise({ count }) {
    const args = [1, 2, 3].map((seed) => constant(seed, [count]))
    return program(() => elementwise(...args))
  },
  elementwiseGradient({ count }) {
    const args = [1, 2, 3].map((seed) => constant(seed, [count]))
    const gradient = tf.grads((a, b, c) => tf.sum(elementwise(a, b, c)))
    return program(() => gradient(args))
  },
  softmax({ rows, columns }) {
    const x = constant(1, [rows, columns], 4)
    return program(() => tf.softmax(x))
  },
  layerNorm({ rows, columns }) {
    const args = [constant(1, [rows, columns]), constant(2, [columns]), constant(3, [columns])]
    const dy = constant(4, [rows, columns])
    const gradient = tf.grads((x, scale, shift) => tf.sum(tf.mul(layerNorm(x, [scale, shift]), dy)))
    return program(() => gradient(args))
  },
  lstm(spec) {
    const { time, batch, input, hidden } = spec
    const [wx, wh, b] = [parameter(10, [input, 4 * hidden]), parameter(11, [hidden, 4 * hidden]), zeros([4 * hidden])]
    const [x, start, target] = [
      constant(1, [time, batch, input]),
      tf.zeros([batch, hidden]),
      constant(2, [batch, hidden]),
    ]
    const lossOf = () => {
      const projected = tf.unstack(apply([wx, b], x))
      let [h, c] = [start, start]
      for (let t = 0; t < time; t++) {
        const [i, f, g, o] = tf.split(tf.add(projected[t], tf.matMul(h, wh)), 4, 1)
        c = tf.add(tf.mul(tf.sigmoid(f), c), tf.mul(tf.sigmoid(i), tf.tanh(g)))
        h = tf.mul(tf.sigmoid(o), tf.tanh(c))
      }
      return mse(h, target)
    }
    return training(spec, [wx, wh, b], lossOf)
  },
  transformer(spec) {
    const { model, heads, time, batch, feedForward } = spec
    const headSize = model / heads
    const linear = (seed, from, to) => [parameter(seed, [from, to]), zeros([to])]
    const norm = () => [tf.variable(tf.ones([model])), zeros([model])]
    const parts = [
      linear(10, model, 3 * model),
      linear(11, model, model),
      linear(12, model, feedForward),
      linear(13, feedForward, model),
      norm(),
      norm(),
    ]
    const [qkv, out, up, down, norm1, norm2] = parts
    const [x, target] = [constant(1, [batch, time, model]), constant(2, [batch, time, model])]
    const lossOf = () => {
      const projected = apply(qkv, layerNorm(x, norm1)).reshape([batch, time, 3, heads, headSize])
      const [q, k, v] = tf.unstack(tf.transpose(projected, [2, 0, 3, 1, 4]))
      const weights = tf.softmax(tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(headSize)))
      const attended = tf.transpose(tf.matMul(weights, v), [0, 2, 1, 3]).reshape([batch, time, model])
      const h = tf.add(x, apply(out, attended))
      return mse(tf.add(h, apply(down, tf.relu(apply(up, layerNorm(h, norm2))))), target)
    }
    return training(spec, parts.flat(), lossOf)
  },
  inference({ sizes }) {
    const layers = layersOf(sizes)
    const x = constant(1, [1, sizes[0]])
    return { run: () => tf.tidy(() => perceptron(layers, x).dataSync()), read: (values) => [values] }
  },
  smallAdd() {
    const [a, b] = [constant(1, [4]), constant(2, [4])]
    return program(() => tf.add(a, b))
  },
  chainedAdds({ adds }) {
    const [a, b] = [constant(1, [4]), constant(2, [4])]
    return program(() => {
      let sum = a
      for (let i = 0; i < adds; i++) sum = tf.add(sum, b)
      return sum
    })
  },
}
