import { expect, test } from 'vitest'
import { exportOnnx, type ExportOnnxOptions } from '../../../src/export/index.ts'
import {
  cond,
  forLoop,
  hybridize,
  manualSeed,
  nn,
  rand,
  scan,
  softmax,
  switchCase,
  tensor,
  whileLoop,
  type Tensor,
} from '../../../src/index.ts'
import { decodeModel } from '../../../src/onnx/decode-model.ts'
import { printModel } from '../../../src/onnx/print-model.ts'
import { matchesGolden } from '../../golden.ts'
import { runOnnx, type HostTensor } from './onnxruntime.ts'

manualSeed(7)

const host = (x: Tensor): HostTensor => ({ dtype: x.dtype, shape: x.shape, elements: x.data() })

/** Largest difference between what the model gives and what the function does, over the largest element. */
async function differenceOf(f: (x: Tensor) => Tensor, x: Tensor, options: ExportOnnxOptions): Promise<number> {
  const expected = host(f(x))
  const { output } = await runOnnx(exportOnnx(hybridize(f), { inputs: { x }, ...options }), { x: host(x) })
  expect({ dtype: output!.dtype, shape: output!.shape }).toEqual({ dtype: expected.dtype, shape: expected.shape })
  const size = Math.max(...Array.from(expected.elements, Math.abs))
  return Math.max(...Array.from(expected.elements, (y, i) => Math.abs(y - output!.elements[i]!))) / size
}

const mlp = nn.sequential(nn.linear(8, 16), nn.relu(), nn.linear(16, 4))
const lenet = nn.sequential(
  nn.conv2d(1, 6, 5, { padding: 2 }),
  nn.sigmoid(),
  nn.avgPool2d(2),
  nn.conv2d(6, 16, 5),
  nn.relu(),
  nn.maxPool2d(2),
  nn.flatten(),
  nn.linear(400, 120),
  nn.tanh(),
  nn.linear(120, 10),
)
const lstm = nn.lstm(4, 6, { numLayers: 2 })
const block = nn.transformerEncoderLayer(16, 2, { dimFeedforward: 32, activation: 'gelu', batchFirst: true })
const residual = nn.sequential(nn.conv2d(3, 4, 3, { padding: 1, bias: false }), nn.batchNorm2d(4), nn.relu())
block.eval()
residual.eval()

test.each<[string, nn.Module, (x: Tensor) => Tensor, number[]]>([
  ['an MLP', mlp, (x) => softmax(mlp.forward(x)), [3, 8]],
  ['LeNet', lenet, (x) => lenet.forward(x), [2, 1, 28, 28]],
  ['an LSTM of two layers', lstm, (x) => lstm.forward(x)[0], [5, 2, 4]],
  ['a transformer block', block, (x) => block.forward(x), [2, 5, 16]],
  ['a convolution with batch norm', residual, (x) => residual.forward(x), [2, 3, 6, 6]],
])('onnxruntime computes %s', async (_, weights, f, shape) => {
  const difference = await differenceOf(f, rand(shape).sub(0.5), { weights, opset: 17 })
  expect(difference).toBeLessThan(1e-5)
})

const two = tensor([1.5, -2])

test.each<[string, (x: Tensor) => Tensor, Tensor]>([
  [
    'the side of cond for true',
    (x) =>
      cond(
        x.sum().less(0),
        () => x.mul(2),
        () => x.neg(),
      ),
    two,
  ],
  [
    'the side of cond for false',
    (x) =>
      cond(
        x.sum().greater(0),
        () => x.mul(2),
        () => x,
      ),
    two,
  ],
  ...[-1, 1, 7].map((index): [string, (x: Tensor) => Tensor, Tensor] => [
    `branch ${index} of three`,
    (x) => switchCase(x.sum().cast('int32'), [() => x.mul(2), () => x, () => x.neg()]),
    tensor([index]),
  ]),
  [
    'a branch in a loop',
    (x) =>
      forLoop(
        0,
        4,
        (i, s: Tensor) =>
          cond(
            i.less(2),
            () => s.mul(x),
            () => s.add(i),
          ),
        x,
      ),
    two,
  ],
  [
    'a loop while',
    (x) =>
      whileLoop(
        (s: Tensor) => s.abs().sum().less(100),
        (s: Tensor) => s.mul(x),
        x,
      ),
    two,
  ],
  [
    'a loop that does not begin',
    (x) =>
      whileLoop(
        (s: Tensor) => s.sum().greater(100),
        (s: Tensor) => s.mul(x),
        x,
      ),
    two,
  ],
  ['a loop to a tensor', (x) => forLoop(0, x.max().cast('int32'), (i, s: Tensor) => s.add(i), x), tensor([3, 0.5])],
  ['a scan', (x) => scan((s: Tensor, row: Tensor) => [s.add(row), s.mul(row)], tensor([1, 2]), x)[1], rand([3, 2])],
])('onnxruntime runs %s', async (_, f, x) => {
  expect(await differenceOf(f, x, {})).toBeLessThan(1e-6)
})

test('a model has the names of arguments, results and stateDict', () => {
  const net = nn.linear(3, 2)
  const outside = tensor([1, 2])
  const f = hybridize((x: Tensor, { scale, parts }: { scale: number; parts: Tensor[] }) => {
    const y = net.forward(x).add(outside)
    return { y, all: [y.mul(scale), parts[0]!, x], weight: net.weight }
  })
  const model = decodeModel(
    exportOnnx(f, {
      inputs: { image: { shape: [1, 3] }, options: { scale: 2, parts: [{ shape: [], dtype: 'int32' }] } },
      weights: { net },
      name: 'named',
      opset: 18,
    }),
  )
  const { graph } = model
  expect(model.opsets).toEqual([{ domain: '', version: 18 }])
  expect(graph.name).toBe('named')
  expect(graph.inputs).toEqual([
    { name: 'image', elementType: 'float32', shape: [1, 3] },
    { name: 'options.parts[0]', elementType: 'int32', shape: [] },
    { name: 'options.scale', elementType: 'float64', shape: [] },
  ])
  expect(graph.outputs.map(({ name }) => name)).toEqual(['y', 'all.0', 'all.1', 'all.2', 'weight'])
  expect(graph.initializers.map(({ name }) => name)).toEqual(expect.arrayContaining(['net.weight', 'net.bias']))
})

test('what a function returns unchanged is passed on', async () => {
  const net = nn.parameter([1, 2])
  const f = hybridize((x: Tensor) => [x, x, net, x.mul(net), net.sum()])
  const results = await runOnnx(exportOnnx(f, { inputs: [two], weights: { net } }), { x: host(two) })
  expect(Object.entries(results).map(([name, { elements }]) => [name, Array.from(elements)])).toEqual([
    ['output.0', [1.5, -2]],
    ['output.1', [1.5, -2]],
    ['output.2', [1, 2]],
    ['output.3', [1.5, -4]],
    ['output.4', [3]],
  ])
})

test('the model of an MLP is as it was', () => {
  const net = nn.sequential(nn.linear(784, 32), nn.relu(), nn.linear(32, 10))
  const predict = hybridize((image: Tensor) => softmax(net.forward(image)))
  const bytes = exportOnnx(predict, { inputs: [{ shape: [1, 784] }], weights: net, name: 'predict' })
  matchesGolden(
    printModel(decodeModel(bytes)).replaceAll(/float32(\[\d+\]) \{.*\}/g, 'float32$1'),
    'export/onnx/mlp.txt',
  )
})
