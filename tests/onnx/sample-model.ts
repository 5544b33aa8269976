import type { OnnxGraph, OnnxModel, OnnxTensor } from '../../src/onnx/model.ts'

const weight: OnnxTensor = {
  name: 'w',
  elementType: 'float32',
  dims: [2, 3],
  bytes: new Uint8Array(Float32Array.of(1, -2, 0.5, 3, 4, -0).buffer),
}

const branch = (opType: string): OnnxGraph => ({
  name: `${opType} side`,
  nodes: [{ name: '', opType, domain: '', inputs: ['product'], outputs: ['side'], attributes: new Map() }],
  inputs: [],
  outputs: [{ name: 'side' }],
  initializers: [],
  values: [],
})

/** Has a bit of everything that comes before the operator sets, which are last in the file. */
export const sampleModel: OnnxModel = {
  irVersion: 8,
  producerName: 'a test',
  producerVersion: '1.0',
  opsets: [{ domain: '', version: 17 }],
  functions: [],
  metadata: new Map(),
  graph: {
    name: 'sample',
    inputs: [
      { name: 'x', elementType: 'float32', shape: ['batch', 2] },
      { name: 'flag', elementType: 'bool', shape: [] },
    ],
    outputs: [{ name: 'y', elementType: 'float32', shape: ['batch', 3] }],
    initializers: [weight],
    values: [{ name: 'product', elementType: 'float32', shape: ['', 3] }],
    nodes: [
      { name: 'first', opType: 'MatMul', domain: '', inputs: ['x', 'w'], outputs: ['product'], attributes: new Map() },
      {
        name: 'choice',
        opType: 'If',
        domain: '',
        inputs: ['flag'],
        outputs: ['chosen'],
        attributes: new Map([
          ['then_branch', { type: 'graph', value: branch('Relu') }],
          ['else_branch', { type: 'graph', value: branch('Tanh') }],
        ]),
      },
      {
        name: '',
        opType: 'Normalize',
        domain: 'some.company',
        inputs: ['chosen', '', 'w'],
        outputs: ['y'],
        attributes: new Map([
          ['axes', { type: 'ints', value: [0, -1, 300] }],
          ['epsilon', { type: 'float', value: 0.25 }],
          ['factors', { type: 'floats', value: [1, 2.5] }],
          ['mode', { type: 'string', value: 'fast' }],
          ['table', { type: 'tensor', value: weight }],
          ['last', { type: 'int', value: 2 ** 63 }],
        ]),
      },
    ],
  },
}
