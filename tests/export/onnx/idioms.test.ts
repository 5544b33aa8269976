import { expect, test } from 'vitest'
import { exportOnnx } from '../../../src/export/index.ts'
import {
  avgPool2d,
  conv2d,
  hybridize,
  logSoftmax,
  manualSeed,
  maxPool2d,
  nn,
  rand,
  softmax,
  tensor,
  where,
  type Tensor,
} from '../../../src/index.ts'
import { decodeModel } from '../../../src/onnx/decode-model.ts'
import { closeTo, runOnnx } from './onnxruntime.ts'

manualSeed(3)

const lenet = nn.sequential(
  nn.conv2d(1, 2, 5, { padding: 2 }),
  nn.sigmoid(),
  nn.avgPool2d(2),
  nn.conv2d(2, 3, 3),
  nn.maxPool2d(2),
  nn.flatten(),
  nn.linear(12, 5),
  nn.relu(),
)
const w = rand([3, 1, 2, 3])
const m = rand([4, 3])

/** Functions and the operators that they are written as. */
const functions: Readonly<Record<string, [f: (x: Tensor) => Tensor, shape: number[], operators: string[]]>> = {
  LeNet: [
    (x) => lenet.forward(x),
    [1, 1, 12, 12],
    ['Conv', 'Sigmoid', 'AveragePool', 'Conv', 'MaxPool', 'Reshape', 'Gemm', 'Relu'],
  ],
  softmax: [(x) => softmax(x, 0), [3, 4], ['Softmax']],
  'softmax in float64': [(x) => softmax(x.cast('float64')), [3, 4], ['Cast', 'Softmax']],
  logSoftmax: [(x) => logSoftmax(x, 1), [2, 3, 4], ['LogSoftmax']],
  'a softmax of which the largest is read too': [
    (x) => softmax(x).mul(x.max(-1, true)),
    [2, 3],
    ['ReduceMax', 'Softmax', 'Mul'],
  ],
  'pooling with a frame and steps': [
    (x) => maxPool2d(x, [3, 2], { stride: [2, 1], padding: 1 }),
    [1, 2, 5, 4],
    ['MaxPool'],
  ],
  'mean pooling with a frame': [(x) => avgPool2d(x, 3, { stride: 2, padding: 1 }), [1, 2, 5, 4], ['AveragePool']],
  'pooling that leaves columns over': [(x) => maxPool2d(x, 2), [1, 1, 5, 4], ['MaxPool']],
  'some points of windows': [
    (x) =>
      x
        .slice([null, null, [0, 4, 2], [0, 4, 2]])
        .add(x.slice([null, null, [1, 4, 2], [1, 4, 2]]))
        .mul(0.5),
    [1, 1, 4, 4],
    ['Slice', 'Slice', 'Add', 'Mul'],
  ],
  'the larger one': [(x) => where(x.greater(m).logicalOr(x.isNaN()), x, m), [4, 3], ['Max']],
  'a convolution in groups with a frame': [
    (x) => conv2d(x, w, tensor([1, 2, 3]), { groups: 3, padding: [0, 2], stride: [1, 2], dilation: [2, 1] }),
    [2, 3, 4, 4],
    ['Conv'],
  ],
  'a product with what was turned over': [
    (x) => x.matmul(m.transpose(0, 1)).add(tensor([1, 2, 3, 4])),
    [2, 3],
    ['Gemm'],
  ],
  'a product that is read twice': [
    (x) => {
      const y = x.matmul(m)
      return y.add(tensor([1, 2, 3])).mul(y)
    },
    [2, 4],
    ['MatMul', 'Add', 'Mul'],
  ],
  'sums of sums of sums': [
    (x) => {
      let sum = x
      for (let i = 0; i < 60; i++) sum = sum.add(sum)
      return sum.mul(2 ** -60)
    },
    [1],
    [...new Array<string>(60).fill('Add'), 'Mul'],
  ],
}

test.each(Object.entries(functions))('%s', async (_, [f, shape, operators]) => {
  const x = rand(shape).sub(0.5)
  const bytes = exportOnnx(hybridize(f), { inputs: { x } })
  expect(decodeModel(bytes).graph.nodes.map(({ opType }) => opType)).toEqual(operators)
  const expected = f(x).data()
  const { output } = await runOnnx(bytes, { x: { dtype: 'float32', shape, elements: x.data() } })
  expect(
    closeTo(output!.elements, expected, 1e-5),
    `${Array.from(output!.elements).join(' ')} for ${expected.join(' ')}`,
  ).toBe(true)
})
