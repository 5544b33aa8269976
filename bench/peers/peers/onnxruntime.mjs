/** onnxruntime-web on wasm with SIMD and one thread, for what needs no gradients. Its results are copies outside the wasm memory. */
import * as ort from 'onnxruntime-web'
import { size, uniform, weight } from '../data.mjs'
import { onnxModel } from '../onnx-model.mjs'

ort.env.wasm.numThreads = 1
ort.env.logLevel = 'error'

async function program({ nodes, weights = [], inputs, output }) {
  const model = onnxModel({ nodes, weights, inputs, outputs: [{ name: 'out', shape: output }] })
  const session = await ort.InferenceSession.create(model, {
    executionProviders: ['wasm'],
    graphOptimizationLevel: 'all',
  })
  const feeds = Object.fromEntries(
    inputs.map(({ name, values, shape }) => [name, new ort.Tensor('float32', values, shape)]),
  )
  return { run: () => session.run(feeds), read: ({ out }) => [out.data] }
}

const input = (name, seed, shape, scale) => ({ name, shape, values: uniform(seed, size(shape), scale) })
const node = (op, inputs, output, attributes) => ({ op, inputs, outputs: [output], attributes })
const weightOf = (name, values, shape) => ({ name, shape, values })

/** Gemm and Relu for each layer; `from` is the name of the input. */
function perceptron(sizes, from, firstSeed) {
  const layers = sizes.slice(1).map((n, i) => ({ from: sizes[i], to: n, isLast: i === sizes.length - 2 }))
  return {
    weights: layers.flatMap((layer, i) => [
      weightOf(`w${i}`, weight(firstSeed + i, [layer.from, layer.to]), [layer.from, layer.to]),
      weightOf(`b${i}`, new Float32Array(layer.to), [layer.to]),
    ]),
    nodes: layers.flatMap(({ isLast }, i) => [
      node('Gemm', [i === 0 ? from : `h${i}`, `w${i}`, `b${i}`], isLast ? 'out' : `z${i}`),
      ...(isLast ? [] : [node('Relu', [`z${i}`], `h${i + 1}`)]),
    ]),
  }
}

export const programs = {
  elementwise: ({ count }) =>
    program({
      inputs: ['a', 'b', 'c'].map((name, i) => input(name, i + 1, [count])),
      output: [count],
      nodes: [
        node('Mul', ['a', 'b'], 'ab'),
        node('Add', ['ab', 'c'], 'sum'),
        node('Tanh', ['sum'], 'tanh'),
        node('Sub', ['a', 'c'], 'difference'),
        node('Sigmoid', ['difference'], 'sigmoid'),
        node('Mul', ['tanh', 'sigmoid'], 'product'),
        node('Mul', ['b', 'b'], 'square'),
        node('Neg', ['square'], 'negated'),
        node('Exp', ['negated'], 'exp'),
        node('Add', ['product', 'exp'], 'out'),
      ],
    }),
  softmax: ({ rows, columns }) =>
    program({
      inputs: [input('x', 1, [rows, columns], 4)],
      output: [rows, columns],
      nodes: [node('Softmax', ['x'], 'out')],
    }),
  inference: ({ sizes }) =>
    program({
      inputs: [input('x', 1, [1, sizes[0]])],
      output: [1, sizes.at(-1)],
      ...perceptron(sizes, 'x', 10),
    }),
  leNetInference({ batch }) {
    const filters = [
      [6, 1, 5, 5],
      [16, 6, 5, 5],
    ].map((shape, i) => [
      weightOf(`filter${i}`, uniform(10 + i, size(shape), 1 / Math.sqrt(25 * shape[1])), shape),
      weightOf(`shift${i}`, new Float32Array(shape[0]), [shape[0]]),
    ])
    const halves = { kernel_shape: [2, 2], strides: [2, 2] }
    const dense = perceptron([400, 120, 84, 10], 'flat', 20)
    return program({
      inputs: [input('x', 1, [batch, 1, 28, 28])],
      output: [batch, 10],
      weights: [...filters.flat(), ...dense.weights],
      nodes: [
        node('Conv', ['x', 'filter0', 'shift0'], 'conv0', { kernel_shape: [5, 5], pads: [2, 2, 2, 2] }),
        node('Relu', ['conv0'], 'relu0'),
        node('MaxPool', ['relu0'], 'pool0', halves),
        node('Conv', ['pool0', 'filter1', 'shift1'], 'conv1', { kernel_shape: [5, 5] }),
        node('Relu', ['conv1'], 'relu1'),
        node('MaxPool', ['relu1'], 'pool1', halves),
        node('Flatten', ['pool1'], 'flat'),
        ...dense.nodes,
      ],
    })
  },
}
