import { expect, test, vi } from 'vitest'
import { hybridize, nn, ones, optim, tensor, type Tensor, zeros } from '../../../src/index.ts'
import { exportOnnx } from '../../../src/export/index.ts'
import { importOnnx } from '../../../src/onnx/index.ts'
import { float, floats, graph, int64s, modelOf, node } from './make-model.ts'

const values = (count: number): number[] => Array.from({ length: count }, (_, i) => Math.sin(i + 1))
const perceptron = modelOf({
  inputs: [float('x', ['batch', 4])],
  initializers: [
    floats('hidden.weight', [4, 8], values(32)),
    floats('hidden.bias', [8], values(8)),
    floats('output.weight', [8, 1], values(8)),
    floats('limit', [], [6]),
    floats('mean', [1], [0]),
    floats('variance', [1], [1]),
  ],
  nodes: [
    node('a', 'Gemm', 'x, hidden.weight, hidden.bias'),
    node('b', 'Clip', 'a, , limit'),
    node('c', 'MatMul', 'b, output.weight'),
    node('d', 'BatchNormalization', 'c, mean, mean, mean, variance'),
    node('y', 'Sub', 'c, d'),
  ],
})

test('weights are parameters under the names of the file, settings are not, and statistics are buffers', () => {
  const model = importOnnx(perceptron)
  expect(model.namedParameters().map(([name]) => name)).toEqual([
    'hidden.weight',
    'hidden.bias',
    'output.weight',
    'mean',
  ])
  expect(model.namedBuffers().map(([name]) => name)).toEqual(['variance'])
  expect(Object.keys(model.stateDict())).toContain('hidden.weight')
  expect(model.inputs).toEqual([{ name: 'x', dtype: 'float32', shape: ['batch', 4] }])
  expect(model.toString()).toBe('OnnxModel(x: float32 [batch, 4] -> y: float32)')
  const frozen = importOnnx(perceptron, { trainable: (name) => name.startsWith('output') })
  expect(frozen.namedParameters().map(([name]) => name)).toEqual(['output.weight'])
})

test('constants with more than one element are weights too, for some exporters write no initializers', () => {
  const value = { type: 'tensor', value: floats('', [2], [1, 2]) } as const
  const one = { type: 'tensor', value: floats('', [1], [2]) } as const
  const model = importOnnx(
    modelOf({
      inputs: [float('x', [2])],
      nodes: [
        node('w', 'Constant', '', { value }),
        node('two', 'Constant', '', { value: one }),
        node('p', 'Mul', 'x, w'),
        node('y', 'Pow', 'p, two'),
      ],
    }),
  )
  expect(model.namedParameters().map(([name]) => name)).toEqual(['w'])
  expect(model.forward({ x: tensor([3, 4]) })['y']!.toArray()).toEqual([9, 64])
})

test('a hybridized model is one program with the bits of the eager one, for every size that the model leaves open', () => {
  const model = importOnnx(perceptron)
  const fast = hybridize((inputs: Record<string, Tensor>) => model.forward(inputs), { fullGraph: true })
  for (const batch of [2, 2, 3, 3]) {
    const x = tensor(values(batch * 4), { shape: [batch, 4] })
    expect(fast({ x })['y']!.data()).toEqual(model.forward({ x })['y']!.data())
  }
  expect(fast.stats.compiledCalls).toBeGreaterThan(0)
})

test('it is fine-tuned like any module', () => {
  const model = importOnnx(perceptron)
  const optimizer = optim.sgd(model.parameters(), { lr: 0.01 })
  const step = hybridize((x: Tensor, y: Tensor) => {
    const loss = nn.mse(model.forward({ x })['y']!, y)
    optimizer.zeroGrad()
    loss.backward()
    optimizer.step()
    return loss
  })
  const x = tensor(values(12), { shape: [3, 4] })
  const losses = Array.from({ length: 5 }, () => step(x, ones([3, 1])).item())
  expect(losses[4]!).toBeLessThan(losses[0]!)
  const other = importOnnx(perceptron)
  other.loadStateDict(model.stateDict())
  expect(other.forward({ x })['y']!.data()).toEqual(model.forward({ x })['y']!.data())
})

/** As PyTorch writes `x.view(x.size(0), -1)`. */
const flattening = modelOf({
  inputs: [float('x', ['n', 'c', 'd'])],
  initializers: [int64s('zero', [], [0]), int64s('axes', [1], [0]), int64s('rest', [1], [-1])],
  nodes: [
    node('shape', 'Shape', 'x'),
    node('first', 'Gather', 'shape, zero'),
    node('size', 'Unsqueeze', 'first, axes'),
    node('sizes', 'Concat', 'size, rest', { axis: { type: 'int', value: 0 } }),
    node('y', 'Reshape', 'x, sizes'),
  ],
})

test('computations of shapes are done while the model is traced, and leave no ops', () => {
  const model = importOnnx(flattening)
  const fast = hybridize((x: Tensor) => model.forward({ x }), { fullGraph: true })
  for (const shape of [
    [2, 3, 4],
    [5, 1, 2],
  ]) {
    expect(fast(zeros(shape))['y']!.shape).toEqual([shape[0], shape[1]! * shape[2]!])
    expect(fast(zeros(shape))['y']!.shape).toEqual([shape[0], shape[1]! * shape[2]!])
  }
  expect(fast.source('ir')).not.toMatch(/gather|concat/)
})

const scale = (name: string, factor: number) =>
  graph({
    name,
    inputs: [],
    outputs: [{ name: `${name}.out`, elementType: 'float32', shape: [2] }],
    initializers: [floats(`${name}.factor`, [], [factor])],
    nodes: [node(`${name}.out`, 'Mul', `x, ${name}.factor`)],
  })

const choosing = modelOf({
  inputs: [float('x', [2]), { name: 'rate', elementType: 'int64', shape: [] }],
  initializers: [int64s('high', [], [16000])],
  nodes: [
    node('isHigh', 'Equal', 'rate, high'),
    node('y', 'If', 'isHigh', {
      then_branch: { type: 'graph', value: scale('then', 2) },
      else_branch: { type: 'graph', value: scale('else', 3) },
    }),
  ],
})

test('a choice by a number is made when it is traced, and one by a tensor is in the program', () => {
  const model = importOnnx(choosing)
  const x = tensor([1, 2])
  const fixed = hybridize((given: Tensor) => model.forward({ x: given, rate: 8000 }), { fullGraph: true })
  const open = hybridize((given: Record<string, Tensor>) => model.forward(given), { fullGraph: true })
  for (let call = 0; call < 2; call++) {
    expect(fixed(x)['y']!.toArray()).toEqual([3, 6])
    for (const [rate, wanted] of [
      [16000, [2, 4]],
      [8000, [3, 6]],
    ] as const)
      expect(open({ x, rate: tensor(rate, { dtype: 'int32' }) })['y']!.toArray()).toEqual(wanted)
  }
  expect(fixed.source('ir')).not.toContain('cond')
})

/** Fibonacci numbers below a limit; the last two are carried. */
const looping = modelOf({
  inputs: [float('x', [2]), { name: 'count', elementType: 'int64', shape: [] }],
  outputs: [float('y', [2]), float('sums', ['passes'])],
  initializers: [int64s('ends', [2], [1, 0])],
  nodes: [
    node('y, sums', 'Loop', 'count, , x', {
      body: {
        type: 'graph',
        value: graph({
          inputs: [
            { name: 'i', elementType: 'int64', shape: [] },
            { name: 'on', elementType: 'bool', shape: [] },
            float('pair', [2]),
          ],
          outputs: [{ name: 'goesOn', elementType: 'bool', shape: [] }, float('next', [2]), float('sum', [])],
          nodes: [
            node('sum', 'ReduceSum', 'pair', { keepdims: { type: 'int', value: 0 } }),
            node('turned', 'Gather', 'pair, ends'),
            node('zero', 'Sub', 'pair, pair'),
            node('half', 'Add', 'turned, zero'),
            node('next', 'Add', 'half, pair'),
            node('goesOn', 'Identity', 'on'),
          ],
        }),
      },
    }),
  ],
})

test('a loop gives what its last pass leaves, and what each pass gives', () => {
  const model = importOnnx(looping)
  const { y, sums } = model.forward({ x: tensor([1, 2]), count: 3 })
  expect(y!.toArray()).toEqual([12, 12])
  expect(sums!.toArray()).toEqual([3, 6, 12])
  const fast = hybridize((x: Tensor) => model.forward({ x, count: 3 }), { fullGraph: true })
  for (let call = 0; call < 2; call++) expect(fast(tensor([1, 2]))['sums']!.toArray()).toEqual([3, 6, 12])
})

test('functions of the model are carried out with the attributes of the call', () => {
  const bytes = modelOf(
    { nodes: [{ ...node('y', 'Leaky', 'x', { slope: { type: 'float', value: 0.5 } }), domain: 'own' }] },
    {
      opsets: [
        { domain: '', version: 17 },
        { domain: 'own', version: 1 },
      ],
      functions: [
        {
          domain: 'own',
          name: 'Leaky',
          inputs: ['in'],
          outputs: ['out'],
          attributeNames: ['slope'],
          defaults: new Map(),
          nodes: [node('out', 'LeakyRelu', 'in', { alpha: { type: 'reference', value: 'slope' } })],
          opsets: [{ domain: '', version: 17 }],
        },
      ],
    },
  )
  expect(
    importOnnx(bytes)
      .forward({ x: tensor([-2, 2]) })
      ['y']!.toArray(),
  ).toEqual([-1, 2])
})

test('what gryph exports it imports: outputs agree, and weights have their names', () => {
  const net = nn.sequential(nn.conv2d(1, 2, 3), nn.relu(), nn.maxPool2d(2), nn.flatten(), nn.linear(18, 3))
  const predict = hybridize((x: Tensor) => net.forward(x).softmax(-1))
  const x = tensor(values(2 * 64), { shape: [2, 1, 8, 8] })
  const wanted = predict(x)
  const model = importOnnx(exportOnnx(predict, { weights: net }))
  const [input, output] = [model.inputs[0]!.name, model.outputs[0]!.name]
  const got = model.forward({ [input]: x })[output]!
  expect(got.sub(wanted).abs().max().item()).toBeLessThan(1e-6)
  expect(model.namedState().map(([name]) => name)).toEqual(expect.arrayContaining(Object.keys(net.stateDict())))
})

test('a shape that is computed from elements is read, which splits a compiled function', () => {
  const quiet = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const model = importOnnx(
    modelOf({
      nodes: [node('places', 'NonZero', 'x'), node('row', 'Squeeze', 'places'), node('y', 'Gather', 'x, row')],
    }),
  )
  const fast = hybridize((x: Tensor) => model.forward({ x }))
  for (let call = 0; call < 2; call++) expect(fast(tensor([0, 3, 0, 4]))['y']!.toArray()).toEqual([3, 4])
  quiet.mockRestore()
})
