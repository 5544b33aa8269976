import * as g from 'gryph'
import { describe, expect, test } from 'vitest'
import { bitsOf } from '../frontend/twice.ts'
import { expectFigures, ints, numbers } from './torch-figures.ts'
import figures from './torch-figures.json' with { type: 'json' }

const { nn } = g
const float64 = { dtype: 'float64' } as const

type Outputs = readonly (g.Tensor | null | Outputs)[]
const flat = (outputs: Outputs | g.Tensor | null): g.Tensor[] =>
  outputs === null ? [] : outputs instanceof g.Tensor ? [outputs] : outputs.flatMap(flat)

interface LayerFigures {
  readonly outputs: readonly string[]
  readonly inputGradients: readonly string[]
  readonly parameterGradients: Readonly<Record<string, string>>
  readonly buffers?: Readonly<Record<string, string>>
  readonly evaluated?: string
}

// Modules differ in what forward takes.
type Network = g.nn.Module & { forward(...inputs: g.Tensor[]): Outputs | g.Tensor }
interface Case {
  readonly make: () => Network | g.nn.Module
  readonly inputs: readonly (readonly number[] | g.Tensor)[]
  readonly call?: (net: never, ...inputs: g.Tensor[]) => Outputs | g.Tensor
  readonly steps?: number
}

const mask = g.tensor([
  [false, true, false, false],
  [false, false, true, false],
  [false, false, false, true],
])
const padding = g.tensor([
  [false, false, false, true],
  [false, true, false, false],
])
const encoder = (options: g.nn.TransformerEncoderLayerOptions): g.nn.Module =>
  nn.transformerEncoderLayer(4, 2, { ...options, ...float64, dimFeedforward: 6, dropout: 0, batchFirst: true })
const attention = (options: g.nn.MultiheadAttentionOptions = {}) =>
  nn.multiheadAttention(4, 2, { ...options, ...float64 })

const layers: Readonly<Record<string, Case>> = {
  linear: { make: () => nn.linear(3, 2, float64), inputs: [[4, 3]] },
  conv2d: { make: () => nn.conv2d(2, 4, 3, { stride: 2, padding: 1, groups: 2, ...float64 }), inputs: [[2, 2, 5, 4]] },
  maxPool2d: { make: () => nn.maxPool2d(3, { stride: 2, padding: 1 }), inputs: [[1, 2, 5, 6]] },
  avgPool2d: { make: () => nn.avgPool2d([2, 3], { stride: 1, padding: 1 }), inputs: [[1, 2, 4, 5]] },
  adaptiveAvgPool2d: { make: () => nn.adaptiveAvgPool2d([3, 2]), inputs: [[2, 2, 5, 7]] },
  'adaptiveAvgPool2d by whole windows': { make: () => nn.adaptiveAvgPool2d([2, null]), inputs: [[1, 2, 4, 3]] },
  batchNorm1d: { make: () => nn.batchNorm1d(3, float64), inputs: [[5, 3]], steps: 2 },
  'batchNorm1d of sequences': {
    make: () => nn.batchNorm1d(3, { momentum: null, ...float64 }),
    inputs: [[2, 3, 4]],
    steps: 2,
  },
  batchNorm2d: {
    make: () => nn.batchNorm2d(2, { eps: 1e-3, momentum: 0.3, ...float64 }),
    inputs: [[2, 2, 3, 2]],
    steps: 2,
  },
  'batchNorm2d without state': {
    make: () => nn.batchNorm2d(2, { affine: false, trackRunningStats: false }),
    inputs: [[2, 2, 2, 2]],
  },
  layerNorm: { make: () => nn.layerNorm(4, float64), inputs: [[3, 4]] },
  'layerNorm over two axes': { make: () => nn.layerNorm([3, 2], { eps: 1e-3, ...float64 }), inputs: [[2, 3, 2]] },
  embedding: {
    make: () => nn.embedding(5, 3, { paddingIdx: 2, ...float64 }),
    inputs: [
      ints([
        [0, 2, 4],
        [4, 4, 1],
      ]),
    ],
  },
  rnn: { make: () => nn.rnn(3, 2, float64), inputs: [[4, 2, 3]] },
  'rnn with relu and a state': {
    make: () => nn.rnn(3, 2, { nonlinearity: 'relu', batchFirst: true, ...float64 }),
    inputs: [
      [2, 4, 3],
      [1, 2, 2],
    ],
  },
  gru: {
    make: () => nn.gru(3, 2, float64),
    inputs: [
      [4, 2, 3],
      [1, 2, 2],
    ],
  },
  'gru, two layers in both directions': {
    make: () => nn.gru(3, 2, { numLayers: 2, bidirectional: true, batchFirst: true, ...float64 }),
    inputs: [[2, 3, 3]],
  },
  'gru without bias, unbatched': { make: () => nn.gru(3, 2, { bias: false, ...float64 }), inputs: [[4, 3]] },
  lstm: { make: () => nn.lstm(3, 2, float64), inputs: [[4, 2, 3]] },
  'lstm, two layers in both directions': {
    make: () => nn.lstm(3, 2, { numLayers: 2, bidirectional: true, batchFirst: true, ...float64 }),
    inputs: [
      [2, 3, 3],
      [4, 2, 2],
      [4, 2, 2],
    ],
    call: (net: g.nn.Lstm, x, h, c) => net.forward(x!, [h!, c!]),
  },
  'multiheadAttention of itself': { make: () => attention(), inputs: [[3, 2, 4]] },
  'multiheadAttention across, with masks': {
    make: () => attention({ batchFirst: true }),
    inputs: [
      [2, 3, 4],
      [2, 4, 4],
    ],
    call: (net: g.nn.MultiheadAttention, q, k) =>
      net.forward(q!, k!, k!, { attnMask: mask, keyPaddingMask: padding, averageAttnWeights: false }),
  },
  'multiheadAttention of three, with numbers as mask': {
    make: () => attention({ bias: false }),
    inputs: [
      [3, 2, 4],
      [4, 2, 4],
      [4, 2, 4],
    ],
    call: (net: g.nn.MultiheadAttention, q, k, v) => net.forward(q!, k!, v!, { attnMask: numbers([4, 3, 4], 5) }),
  },
  transformerEncoderLayer: {
    make: () => encoder({}),
    inputs: [[2, 3, 4]],
    call: (net: g.nn.TransformerEncoderLayer, x) => net.forward(x!, { isCausal: true }),
  },
  'transformerEncoderLayer, normalized first': {
    make: () => encoder({ normFirst: true, activation: 'gelu' }),
    inputs: [[2, 3, 4]],
  },
}

/** What comes of training steps, the last one's results and gradients first. */
function trained({ make, inputs, call, steps = 1 }: Case, isCompiled: boolean) {
  const net = make() as Network // see there
  const parameters = net.namedParameters()
  const start = parameters.map(([name, { shape }], i) => [name, numbers(shape, 10 + i, 0.5)] as const)
  net.loadStateDict(Object.fromEntries(start), { strict: false })
  const forward = call ?? ((module: Network, ...given: g.Tensor[]) => module.forward(...given))
  const step = (...given: g.Tensor[]) => {
    const outputs = flat(forward(net as never, ...given)) // the case's own module
    const sums = outputs.map((output, i) => output.mul(numbers(output.shape, 50 + i)).sum())
    sums.reduce((sum, next) => sum.add(next)).backward()
    return outputs
  }
  const run = isCompiled ? g.hybridize(step) : step
  const evaluate = isCompiled ? g.hybridize((x: g.Tensor) => net.forward(x)) : (x: g.Tensor) => net.forward(x)
  const given = inputs.map((input, salt) =>
    input instanceof g.Tensor ? input : g.variable(numbers(input, salt), { requiresGrad: true }),
  )
  let outputs: g.Tensor[] = []
  // A call more, so that a program that is kept makes one.
  for (let i = 0; i < (isCompiled ? Math.max(steps, 2) : steps); i++) {
    net.zeroGrad()
    given.forEach((input, salt) => {
      if (!input.isVariable) return
      input.grad = null
      input.assign(numbers(input.shape, salt + 3 * Math.min(i, steps - 1)))
    })
    outputs = run(...given)
  }
  if ('stats' in run) expect((run as g.Hybridized<typeof step>).stats.compiledCalls).toBe(1)
  const buffers = Object.entries(net.stateDict()).filter(([name]) => parameters.every(([other]) => other !== name))
  return {
    outputs,
    inputGradients: given.filter(({ requiresGrad }) => requiresGrad).map(({ grad }) => grad!),
    parameterGradients: Object.fromEntries(parameters.map(([name, { grad }]) => [name, grad!])),
    buffers: Object.fromEntries(buffers),
    evaluated: steps > 1 ? flat(evaluateAgain(net, evaluate, given))[0]! : undefined,
  }
}

function evaluateAgain(
  net: Network,
  evaluate: (x: g.Tensor) => Outputs | g.Tensor,
  [x]: readonly g.Tensor[],
): Outputs | g.Tensor {
  net.eval()
  evaluate(x!.detach())
  return evaluate(x!.detach())
}

test('every case of PyTorch is there', () => {
  expect(Object.keys(layers)).toEqual(Object.keys(figures.layers))
})

describe('a layer has the results, gradients and state of PyTorch, and the bits of eager when compiled', () => {
  test.each(Object.entries(layers))('%s', (name, layer) => {
    const expected = (figures.layers as Readonly<Record<string, LayerFigures>>)[name]!
    const eager = trained(layer, false)
    expect(eager.outputs.length).toBe(expected.outputs.length)
    eager.outputs.forEach((output, i) => expectFigures(output, expected.outputs[i]!))
    eager.inputGradients.forEach((gradient, i) => expectFigures(gradient, expected.inputGradients[i]!))
    expect(Object.keys(eager.parameterGradients)).toEqual(Object.keys(expected.parameterGradients))
    for (const [parameter, gradient] of Object.entries(eager.parameterGradients))
      expectFigures(gradient, expected.parameterGradients[parameter]!)
    expect(Object.keys(eager.buffers)).toEqual(Object.keys(expected.buffers ?? {}))
    for (const [buffer, value] of Object.entries(eager.buffers)) expectFigures(value, expected.buffers![buffer]!)
    if (expected.evaluated && eager.evaluated) expectFigures(eager.evaluated, expected.evaluated)
    expect(bitsOf(trained(layer, true))).toEqual(bitsOf(eager))
  })
})
