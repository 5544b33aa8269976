import fc from 'fast-check'
import { elementFormats } from '../../src/data/elements/element-formats.ts'
import type {
  OnnxAttribute,
  OnnxAttributes,
  OnnxFunction,
  OnnxGraph,
  OnnxModel,
  OnnxNode,
  OnnxTensor,
  OnnxValue,
} from '../../src/onnx/model.ts'

const few = { maxLength: 3 }
const text = fc.string({ unit: 'grapheme', maxLength: 6 })
const name = text.filter((given) => given !== '')
const int = fc.oneof(fc.maxSafeInteger(), fc.constantFrom(2 ** 63, -(2 ** 63), 0, -1, 127, 128, 2 ** 31, 2 ** 32))
const float = fc.float()
const elementType = fc.constantFrom(...(Object.keys(elementFormats) as (keyof typeof elementFormats)[])) // its keys

const tensor: fc.Arbitrary<OnnxTensor> = fc
  .record({ name: text, elementType, dims: fc.array(fc.nat(3), few) })
  .chain((header) => {
    const length = header.dims.reduce((a, b) => a * b, 1) * elementFormats[header.elementType].itemBytes
    return fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => ({ ...header, bytes }))
  })

const value: fc.Arbitrary<OnnxValue> = fc.record(
  { name: text, elementType, shape: fc.array(fc.oneof(fc.nat(), text), few) },
  { requiredKeys: ['name'] },
)

const attributeOf = (graph: fc.Arbitrary<OnnxGraph>): fc.Arbitrary<OnnxAttribute> =>
  fc.oneof<fc.Arbitrary<OnnxAttribute>[]>(
    fc.record({ type: fc.constant('float'), value: float }),
    fc.record({ type: fc.constant('int'), value: int }),
    fc.record({ type: fc.constant('string'), value: text }),
    fc.record({ type: fc.constant('tensor'), value: tensor }),
    fc.record({ type: fc.constant('graph'), value: graph }),
    fc.record({ type: fc.constant('floats'), value: fc.array(float, few) }),
    fc.record({ type: fc.constant('ints'), value: fc.array(int, few) }),
    fc.record({ type: fc.constant('strings'), value: fc.array(text, few) }),
    fc.record({ type: fc.constant('tensors'), value: fc.array(tensor, few) }),
    fc.record({ type: fc.constant('graphs'), value: fc.array(graph, { maxLength: 2 }) }),
    fc.record({ type: fc.constant('reference'), value: name }),
    fc.constant({ type: 'other' }),
  )

const attributesOf = (graph: fc.Arbitrary<OnnxGraph>): fc.Arbitrary<OnnxAttributes> =>
  fc.array(fc.tuple(name, attributeOf(graph)), few).map((entries) => new Map(entries))

const nodeOf = (graph: fc.Arbitrary<OnnxGraph>): fc.Arbitrary<OnnxNode> =>
  fc.record({
    name: text,
    opType: name,
    domain: text,
    inputs: fc.array(text, few),
    outputs: fc.array(text, few),
    attributes: attributesOf(graph),
  })

const { graph, node } = fc.letrec<{ graph: OnnxGraph; node: OnnxNode }>((tie) => ({
  node: nodeOf(tie('graph')),
  graph: fc.record({
    name: text,
    nodes: fc.oneof({ maxDepth: 2 }, fc.constant([]), fc.array(tie('node'), few)),
    inputs: fc.array(value, few),
    outputs: fc.array(value, few),
    initializers: fc.array(tensor, few),
    values: fc.array(value, few),
  }),
}))

const opset = fc.record({ domain: text, version: int })

const fn: fc.Arbitrary<OnnxFunction> = fc.record({
  domain: text,
  name: text,
  inputs: fc.array(text, few),
  outputs: fc.array(text, few),
  attributeNames: fc.array(text, few),
  defaults: attributesOf(graph),
  nodes: fc.array(node, few),
  opsets: fc.array(opset, few),
})

export const model: fc.Arbitrary<OnnxModel> = fc.record({
  irVersion: int,
  producerName: text,
  producerVersion: text,
  opsets: fc.array(opset, { minLength: 1, maxLength: 2 }),
  graph,
  functions: fc.array(fn, { maxLength: 1 }),
  metadata: fc.array(fc.tuple(text, text), few).map((entries) => new Map(entries)),
})
