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
const node = (op, inputs, output) => ({ op, inputs, outputs: [output] })

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
  inference({ sizes }) {
    const layers = sizes.slice(1).map((n, i) => ({ from: sizes[i], to: n, isLast: i === sizes.length - 2 }))
    return program({
      inputs: [input('h0', 1, [1, sizes[0]])],
      output: [1, sizes.at(-1)],
      weights: layers.flatMap(({ from, to }, i) => [
        { name: `w${i}`, shape: [from, to], values: weight(10 + i, [from, to]) },
        { name: `b${i}`, shape: [to], values: new Float32Array(to) },
      ]),
      nodes: layers.flatMap(({ isLast }, i) => [
        node('Gemm', [`h${i}`, `w${i}`, `b${i}`], isLast ? 'out' : `z${i}`),
        ...(isLast ? [] : [node('Relu', [`z${i}`], `h${i + 1}`)]),
      ]),
    })
  },
}
