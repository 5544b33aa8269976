/**
 * What is timed. `kind` names the program that every peer has for it, `spec` its sizes. `peers` lists who takes part, gryph first;
 * `checkedSteps` is how many results have to agree.
 *
 * @typedef {{ text: string, against: 'fastest-js' | 'tfjs-cpu' | 'jax-js' | 'tfjs-wasm' | 'onnxruntime-web' | 'torch' | 'gryph', times: number, of?: string }
 *   | { text: string, peakShare: number }
 *   | { text: string, microseconds: number, of?: string }} Target `times`: how many times as fast as that peer
 * @typedef {{ name: string, kind: string, spec: Record<string, unknown>, peers: string[], checkedSteps: number, flops?: number,
 *   targets: Target[], firstCallMs?: number }} Workload
 */

const times = (against, factor, of = 'gryph') => ({ against, times: factor, of })
const under = (microseconds, of = 'gryph') => ({ microseconds, of })
const training = ['gryph', 'gryph-eager', 'jax-js', 'tfjs-wasm', 'torch']
const ops = ['gryph', 'gryph-eager', 'jax-js', 'tfjs-wasm', 'torch']

const inferenceTargets = [
  times('onnxruntime-web', 1),
  times('onnxruntime-web', 1, 'gryph-exported'),
  times('gryph', 0.97, 'gryph-exported'),
]

const linearRegression = (optimizer) => ({
  name: `linear regression 10 x 5, ${optimizer}`,
  kind: 'linearRegression',
  spec: { rows: 10, features: 5, optimizer, lr: 0.01 },
  peers: ['gryph', 'gryph-eager', 'jax-js', 'tfjs-wasm', 'tfjs-cpu', 'torch'],
  checkedSteps: 5,
  targets: [times('fastest-js', 25)],
})

const perceptron = (batch, optimizer, targets, firstCallMs) => ({
  name: `MLP 784-256-128-10, batch ${batch}, ${optimizer}`,
  kind: 'perceptron',
  spec: { sizes: [784, 256, 128, 10], batch, optimizer, lr: optimizer === 'adam' ? 1e-3 : 0.05 },
  peers: training,
  checkedSteps: 5,
  targets,
  ...(firstCallMs === undefined ? {} : { firstCallMs }),
})

const matmul = (n) => ({
  name: `matmul ${n}`,
  kind: 'matmul',
  spec: { n },
  peers: ops,
  checkedSteps: 1,
  flops: 2 * n ** 3,
  targets: [{ peakShare: 0.85 }],
})

/** @type {readonly Workload[]} */
export const workloads = [
  linearRegression('sgd'),
  linearRegression('adam'),
  perceptron(256, 'sgd', [times('jax-js', 2.2)], 120),
  perceptron(256, 'adam', [times('jax-js', 2.2)], 120),
  perceptron(32, 'sgd', [times('jax-js', 4)], 120),
  perceptron(32, 'adam', []),
  {
    name: 'LeNet-5 28 x 28, batch 64, adam',
    kind: 'leNet',
    spec: { batch: 64, optimizer: 'adam', lr: 1e-3 },
    // tfjs-wasm has no gradient of convolutions.
    peers: ['gryph', 'gryph-eager', 'jax-js', 'tfjs-cpu', 'torch'],
    checkedSteps: 2,
    targets: [times('jax-js', 80), times('torch', 1)],
    firstCallMs: 250,
  },
  matmul(256),
  matmul(512),
  matmul(1024),
  {
    name: 'elementwise 1e6, forward',
    kind: 'elementwise',
    spec: { count: 1_000_000 },
    peers: ['gryph', 'gryph-eager', 'jax-js', 'tfjs-wasm', 'onnxruntime-web', 'torch'],
    checkedSteps: 1,
    targets: [times('jax-js', 6), times('onnxruntime-web', 2.5)],
  },
  {
    name: 'elementwise 1e6, gradient',
    kind: 'elementwiseGradient',
    spec: { count: 1_000_000 },
    peers: ops,
    checkedSteps: 1,
    targets: [times('jax-js', 6)],
  },
  {
    name: 'softmax rows 1024 x 1000',
    kind: 'softmax',
    spec: { rows: 1024, columns: 1000 },
    peers: ['gryph', 'gryph-eager', 'jax-js', 'tfjs-wasm', 'onnxruntime-web', 'torch'],
    checkedSteps: 1,
    targets: [times('tfjs-wasm', 1), times('jax-js', 6)],
  },
  {
    name: 'layer norm 1024 x 512, forward and backward',
    kind: 'layerNorm',
    spec: { rows: 1024, columns: 512 },
    peers: ops,
    checkedSteps: 1,
    targets: [times('tfjs-wasm', 1), times('jax-js', 6)],
  },
  {
    name: 'LSTM T 32, batch 32, hidden 128, adam',
    kind: 'lstm',
    spec: { time: 32, batch: 32, input: 128, hidden: 128, optimizer: 'adam', lr: 1e-3 },
    peers: training,
    checkedSteps: 3,
    targets: [times('jax-js', 3.5)],
  },
  {
    name: 'transformer block d 128, 4 heads, T 64, batch 8, adam',
    kind: 'transformer',
    spec: { model: 128, heads: 4, time: 64, batch: 8, feedForward: 512, optimizer: 'adam', lr: 1e-3 },
    peers: training,
    checkedSteps: 3,
    targets: [times('jax-js', 3)],
  },
  {
    name: 'MLP inference, batch 1',
    kind: 'inference',
    spec: { sizes: [784, 256, 128, 10] },
    peers: ['gryph', 'gryph-eager', 'gryph-exported', 'jax-js', 'tfjs-wasm', 'onnxruntime-web', 'torch'],
    checkedSteps: 1,
    targets: inferenceTargets,
  },
  {
    name: 'LeNet-5 inference, batch 64',
    kind: 'leNetInference',
    spec: { batch: 64 },
    peers: ['gryph', 'gryph-eager', 'gryph-exported', 'onnxruntime-web'],
    checkedSteps: 1,
    targets: inferenceTargets,
  },
  {
    name: 'add of two 4-vectors, eager',
    kind: 'smallAdd',
    spec: {},
    peers: ['gryph-eager', 'jax-js', 'tfjs-wasm', 'tfjs-cpu', 'torch'],
    checkedSteps: 1,
    targets: [under(1, 'gryph-eager')],
  },
  {
    name: '20 chained adds of 4-vectors',
    kind: 'chainedAdds',
    spec: { adds: 20 },
    peers: ['gryph', 'gryph-eager', 'jax-js', 'tfjs-wasm', 'tfjs-cpu', 'torch'],
    checkedSteps: 1,
    targets: [under(0.8), under(18, 'gryph-eager')],
  },
]
