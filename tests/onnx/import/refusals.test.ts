import { expect, test } from 'vitest'
import { tensor, zeros } from '../../../src/index.ts'
import { importOnnx } from '../../../src/onnx/index.ts'
import type { OnnxGraph } from '../../../src/onnx/model.ts'
import { refusalOf } from '../../data/refusal-of.ts'
import { float, floats, graph, int64s, modelOf, node } from './make-model.ts'

const x = tensor([1, 2, 3])
const endless = graph({
  inputs: [
    { name: 'i', elementType: 'int64' },
    { name: 'on', elementType: 'bool' },
  ],
  outputs: [{ name: 'still' }],
  nodes: [node('still', 'Identity', 'on')],
})

test.each<[string, string, RegExp, Partial<OnnxGraph>]>([
  [
    'operators without a counterpart, each with its first node',
    'ONNX_OPERATOR_UNSUPPORTED',
    /^\[importOnnx\] the model uses what gryph has no counterpart of: RoiAlign of opset 17 at node 'a'; some\.company\.Attention of opset 17 at node 'y'\. Export/,
    {
      nodes: [
        node('a', 'RoiAlign', 'x'),
        node('b', 'RoiAlign', 'a'),
        { ...node('y', 'Attention', 'b'), domain: 'some.company' },
      ],
    },
  ],
  [
    'operators named like methods of objects',
    'ONNX_OPERATOR_UNSUPPORTED',
    /constructor of opset 17/,
    { nodes: [node('y', 'constructor', 'x')] },
  ],
  [
    'a value that nothing makes',
    'ONNX_GRAPH_INVALID',
    /the node of 'y' \(Relu\) reads 'nothing', which nothing makes/,
    { nodes: [node('y', 'Relu', 'nothing')] },
  ],
  [
    'a cycle',
    'ONNX_GRAPH_INVALID',
    /the node of 'a' \(Add\) reads 'y', which is made by itself or after it/,
    { nodes: [node('a', 'Add', 'x, y'), node('y', 'Relu', 'a')] },
  ],
  [
    'a value that is made twice',
    'ONNX_GRAPH_INVALID',
    /the node of 'y' \(Abs\) of the model makes 'y' a second time/,
    { nodes: [node('y', 'Relu', 'x'), node('y', 'Abs', 'x')] },
  ],
  ['an output that nothing makes', 'ONNX_GRAPH_INVALID', /gives 'y', which nothing makes/, {}],
  [
    'initializers of one name',
    'ONNX_GRAPH_INVALID',
    /has two initializers 'y'/,
    { initializers: [floats('y', [1], [1]), floats('y', [1], [2])] },
  ],
  [
    'inputs that are no tensors',
    'ELEMENT_TYPE_UNSUPPORTED',
    /the input 'x' has elements of type text, lists or something unknown/,
    { inputs: [{ name: 'x' }], nodes: [node('y', 'Relu', 'x')] },
  ],
])('a file is refused that has %s', async (_, code, message, parts) => {
  const refusal = await refusalOf(() => importOnnx(modelOf(parts)))
  expect(refusal.code).toBe(code)
  expect(refusal.message).toMatch(message)
})

test('a file of operators that are too new is refused, and so is a function that calls itself', async () => {
  const nodes = [node('y', 'Relu', 'x')]
  expect(await refusalOf(() => importOnnx(modelOf({ nodes }, { opsets: [{ domain: '', version: 99 }] })))).toEqual({
    code: 'ONNX_OPSET_UNSUPPORTED',
    message:
      '[importOnnx] the model is of opset 99; opsets up to 25 are known. Convert it with onnx.version_converter.',
  })
  const call = { ...node('y', 'Again', 'x'), domain: 'own' }
  const again = { domain: 'own', name: 'Again', inputs: ['x'], outputs: ['y'], attributeNames: [], defaults: new Map() }
  const opsets = [{ domain: '', version: 17 }]
  expect(
    await refusalOf(() => importOnnx(modelOf({ nodes: [call] }, { functions: [{ ...again, nodes: [call], opsets }] }))),
  ).toMatchObject({
    code: 'ONNX_GRAPH_INVALID',
    message: expect.stringContaining("calls the function 'Again' inside itself") as string,
  })
})

test.each<[string, string, RegExp, Partial<OnnxGraph>]>([
  [
    'a missing input',
    'ONNX_NODE_FAILED',
    /^\[importOnnx\] the node of 'y' \(Add\) cannot be computed: input 1 is missing\. Compare/,
    { nodes: [node('y', 'Add', 'x')] },
  ],
  [
    'an attribute of another type',
    'ONNX_NODE_FAILED',
    /\(Softmax\) cannot be computed: the attribute 'axis' is float, not int/,
    { nodes: [node('y', 'Softmax', 'x', { axis: { type: 'float', value: 1 } })] },
  ],
  [
    'shapes that do not fit, as the op tells them',
    'ONNX_NODE_FAILED',
    /\(Add\) cannot be computed: shapes \[3\] and \[2\] do not broadcast/,
    { initializers: [floats('w', [2], [1, 2])], nodes: [node('y', 'Add', 'x, w')] },
  ],
  [
    'a size that no memory has',
    'ONNX_NODE_FAILED',
    /a tensor of shape \[1000000, 1000000\] has more than/,
    { initializers: [int64s('s', [2], [1e6, 1e6])], nodes: [node('y', 'ConstantOfShape', 's')] },
  ],
  [
    'a loop without an end',
    'ONNX_NODE_FAILED',
    /cannot be computed: the model is not done after 524288 nodes/,
    { nodes: [node('', 'Loop', '', { body: { type: 'graph', value: endless } }), node('y', 'Relu', 'x')] },
  ],
  [
    'an attribute whose meaning has no counterpart',
    'ONNX_FORM_UNSUPPORTED',
    /the node of 'y' \(Pad\) has mode mirror, which gryph has no counterpart of/,
    {
      initializers: [int64s('p', [2], [1, 1])],
      nodes: [node('y', 'Pad', 'x, p', { mode: { type: 'string', value: 'mirror' } })],
    },
  ],
  [
    'an integer that is too large for int32',
    'ONNX_NODE_FAILED',
    /the integer 3000000000 does not fit into int32/,
    {
      initializers: [int64s('big', [1], [3e9])],
      nodes: [node('i', 'Cast', 'x', { to: { type: 'int', value: 7 } }), node('y', 'Add', 'i, big')],
    },
  ],
])('a call fails, and names the node, because of %s', async (_, code, message, parts) => {
  const model = importOnnx(modelOf(parts))
  const refusal = await refusalOf(() => model.forward({ x }))
  expect(refusal.code).toBe(code)
  expect(refusal.message).toMatch(message)
})

test.each<[unknown, RegExp]>([
  [undefined, /the inputs are undefined\. The model takes \{ x \}/],
  [x, /the inputs are /],
  [{}, /the input 'x' is missing/],
  [{ x, z: x }, /there is no input 'z'/],
  [{ x: 'text' }, /the input 'x' is "text"/],
  [{ x: zeros([3], { dtype: 'int32' }) }, /the input 'x' is int32 \[3\], and has to be x: float32 \[n\]/],
  [{ x: zeros([3, 1]) }, /the input 'x' is float32 \[3, 1\], and has to be x: float32 \[n\]/],
])('inputs %j are refused', async (inputs, message) => {
  const model = importOnnx(modelOf({ nodes: [node('y', 'Relu', 'x')] }))
  const refusal = await refusalOf(() => model.forward(inputs as never)) // to check what happens at run time
  expect(refusal.code).toBe('ONNX_INPUT_INVALID')
  expect(refusal.message).toMatch(message)
})

test('an output that is a constant has to fit into int32 too', async () => {
  const model = importOnnx(
    modelOf({ initializers: [int64s('y', [1], [2 ** 40])], outputs: [{ name: 'y', elementType: 'int64' }] }),
  )
  expect(await refusalOf(() => model.forward({ x }))).toMatchObject({ code: 'ONNX_INTEGER' })
})

test('sizes of one name have to agree', async () => {
  const model = importOnnx(
    modelOf({
      inputs: [float('x', ['n']), float('z', ['n'])],
      nodes: [node('y', 'Concat', 'x, z', { axis: { type: 'int', value: 0 } })],
    }),
  )
  expect((await refusalOf(() => model.forward({ x, z: zeros([2]) }))).code).toBe('ONNX_INPUT_INVALID')
  expect(model.forward({ x, z: x })['y']!.shape).toEqual([6])
})
