import { expect, test } from 'vitest'
import { exportOnnx } from '../../../src/export/index.ts'
import { cond, hybridize, manualSeed, nn, rand, softmax, type Tensor } from '../../../src/index.ts'
import { importOnnx } from '../../../src/onnx/index.ts'
import { closeTo } from './onnxruntime.ts'

manualSeed(11)

const net = nn.sequential(
  nn.conv2d(1, 2, 3, { padding: 1 }),
  nn.relu(),
  nn.maxPool2d(2),
  nn.flatten(),
  nn.linear(18, 4),
)
const lstm = nn.lstm(3, 4)
const block = nn.transformerEncoderLayer(8, 2, { dimFeedforward: 12, batchFirst: true })
block.eval()

test.each<[string, nn.Module | undefined, (x: Tensor) => Tensor, number[]]>([
  ['a small convolutional network', net, (x) => softmax(net.forward(x)), [2, 1, 6, 6]],
  ['an LSTM', lstm, (x) => lstm.forward(x)[0], [4, 2, 3]],
  ['a transformer block', block, (x) => block.forward(x), [2, 3, 8]],
  [
    'a branch',
    undefined,
    (x) =>
      cond(
        x.sum().greater(1),
        () => x.mul(2),
        () => x.neg(),
      ),
    [3],
  ],
])('%s that was exported is imported as it was, weights by name', (_, weights, f, shape) => {
  const x = rand(shape)
  const model = importOnnx(exportOnnx(hybridize(f), { inputs: { x }, ...(weights ? { weights } : {}) }))
  const { output } = model.forward({ x })
  expect(output!.shape).toEqual(f(x).shape)
  expect(closeTo(output!.data(), f(x).data(), 1e-5)).toBe(true)
  expect(Object.keys(model.stateDict())).toEqual(expect.arrayContaining(Object.keys(weights?.stateDict() ?? {})))
  const again = hybridize((given: Tensor) => model.forward({ x: given }))
  const twice = importOnnx(exportOnnx(again, { inputs: { x }, weights: model })).forward({ x })
  expect(closeTo(twice['output']!.data(), output!.data(), 1e-5)).toBe(true)
})
