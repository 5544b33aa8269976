import { dataTypeOf } from './element-types.ts'
import { MessageWriter } from './message-writer.ts'
import type {
  OnnxAttribute,
  OnnxAttributes,
  OnnxFunction,
  OnnxGraph,
  OnnxModel,
  OnnxNode,
  OnnxOpset,
  OnnxTensor,
  OnnxValue,
} from './model.ts'

/** The bytes of an ONNX file, fields in the order of their numbers: the same model makes the same bytes. */
export function encodeModel(model: OnnxModel): Uint8Array {
  const writer = new MessageWriter()
  writer.int(1, model.irVersion)
  writeText(writer, 2, model.producerName)
  writeText(writer, 3, model.producerVersion)
  writer.message(7, (inner) => writeGraph(inner, model.graph))
  for (const opset of model.opsets) writer.message(8, (inner) => writeOpset(inner, opset))
  for (const [key, value] of model.metadata)
    writer.message(14, (inner) => {
      inner.text(1, key)
      inner.text(2, value)
    })
  for (const fn of model.functions) writer.message(25, (inner) => writeFunction(inner, fn))
  return writer.finish()
}

/** Nothing stands for the empty text. */
function writeText(writer: MessageWriter, field: number, content: string): void {
  if (content !== '') writer.text(field, content)
}

function writeOpset(writer: MessageWriter, { domain, version }: OnnxOpset): void {
  writer.text(1, domain)
  writer.int(2, version)
}

function writeGraph(writer: MessageWriter, graph: OnnxGraph): void {
  for (const node of graph.nodes) writer.message(1, (inner) => writeNode(inner, node))
  writeText(writer, 2, graph.name)
  for (const tensor of graph.initializers) writer.message(5, (inner) => writeTensor(inner, tensor))
  for (const value of graph.inputs) writer.message(11, (inner) => writeValue(inner, value))
  for (const value of graph.outputs) writer.message(12, (inner) => writeValue(inner, value))
  for (const value of graph.values) writer.message(13, (inner) => writeValue(inner, value))
}

function writeNode(writer: MessageWriter, node: OnnxNode): void {
  for (const input of node.inputs) writer.text(1, input)
  for (const output of node.outputs) writer.text(2, output)
  writeText(writer, 3, node.name)
  writer.text(4, node.opType)
  writeAttributes(writer, 5, node.attributes)
  writeText(writer, 7, node.domain)
}

function writeAttributes(writer: MessageWriter, field: number, attributes: OnnxAttributes): void {
  for (const [name, attribute] of attributes)
    writer.message(field, (inner) => {
      inner.text(1, name)
      const type = writeAttributeValue(inner, attribute)
      if (type !== 0) inner.int(20, type)
    })
}

/** Returns the number of the type. */
function writeAttributeValue(writer: MessageWriter, attribute: OnnxAttribute): number {
  switch (attribute.type) {
    case 'float':
      writer.float(2, attribute.value)
      return 1
    case 'int':
      writer.int(3, attribute.value)
      return 2
    case 'string':
      writer.text(4, attribute.value)
      return 3
    case 'tensor':
      writer.message(5, (inner) => writeTensor(inner, attribute.value))
      return 4
    case 'graph':
      writer.message(6, (inner) => writeGraph(inner, attribute.value))
      return 5
    case 'floats':
      for (const value of attribute.value) writer.float(7, value)
      return 6
    case 'ints':
      for (const value of attribute.value) writer.int(8, value)
      return 7
    case 'strings':
      for (const value of attribute.value) writer.text(9, value)
      return 8
    case 'tensors':
      for (const value of attribute.value) writer.message(10, (inner) => writeTensor(inner, value))
      return 9
    case 'graphs':
      for (const value of attribute.value) writer.message(11, (inner) => writeGraph(inner, value))
      return 10
    case 'reference':
      writer.text(21, attribute.value)
      return 0
    case 'other':
      return 0
  }
}

function writeTensor(writer: MessageWriter, { name, elementType, dims, bytes }: OnnxTensor): void {
  for (const size of dims) writer.int(1, size)
  writer.int(2, dataTypeOf[elementType])
  writeText(writer, 8, name)
  writer.bytes(9, bytes)
}

function writeValue(writer: MessageWriter, { name, elementType, shape }: OnnxValue): void {
  writer.text(1, name)
  if (elementType === undefined && shape === undefined) return
  writer.message(2, (type) =>
    type.message(1, (tensor) => {
      if (elementType !== undefined) tensor.int(1, dataTypeOf[elementType])
      if (shape !== undefined)
        tensor.message(2, (inner) => {
          for (const size of shape)
            inner.message(1, (dimension) => {
              if (typeof size === 'number') dimension.int(1, size)
              else writeText(dimension, 2, size)
            })
        })
    }),
  )
}

function writeFunction(writer: MessageWriter, fn: OnnxFunction): void {
  writer.text(1, fn.name)
  for (const input of fn.inputs) writer.text(4, input)
  for (const output of fn.outputs) writer.text(5, output)
  for (const name of fn.attributeNames) writer.text(6, name)
  for (const node of fn.nodes) writer.message(7, (inner) => writeNode(inner, node))
  for (const opset of fn.opsets) writer.message(9, (inner) => writeOpset(inner, opset))
  writer.text(10, fn.domain)
  writeAttributes(writer, 11, fn.defaults)
}
