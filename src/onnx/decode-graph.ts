import { decodeTensor } from './decode-tensor.ts'
import { elementTypeOf } from './element-types.ts'
import { onnxSparse, onnxTooLarge } from './errors.ts'
import type { MessageReader } from './message-reader.ts'
import type { OnnxAttribute, OnnxGraph, OnnxNode, OnnxTensor, OnnxValue } from './model.ts'

/** Graphs in attributes of nodes of graphs. */
const deepestGraph = 32

/** Reads a GraphProto that lies in `depth` others. */
export function decodeGraph(reader: MessageReader, depth: number): OnnxGraph {
  const { source, start } = reader
  if (depth > deepestGraph) throw onnxTooLarge(source.name, start, `more than ${deepestGraph} graphs in each other`)
  let name = ''
  const nodes: OnnxNode[] = []
  const [inputs, outputs, values]: [OnnxValue[], OnnxValue[], OnnxValue[]] = [[], [], []]
  const initializers: OnnxTensor[] = []
  while (reader.next())
    switch (reader.field) {
      case 1:
        nodes.push(decodeNode(reader.message(), depth))
        break
      case 2:
        name = reader.text()
        break
      case 5:
        initializers.push(decodeTensor(reader.message()))
        break
      case 11:
        inputs.push(decodeValue(reader.message()))
        break
      case 12:
        outputs.push(decodeValue(reader.message()))
        break
      case 13:
        values.push(decodeValue(reader.message()))
        break
      case 15:
        throw onnxSparse(source.name, start)
    }
  return { name, nodes, inputs, outputs, initializers, values }
}

/** Reads a NodeProto. */
export function decodeNode(reader: MessageReader, depth: number): OnnxNode {
  let [name, opType, domain] = ['', '', '']
  const inputs: string[] = []
  const outputs: string[] = []
  const attributes = new Map<string, OnnxAttribute>()
  while (reader.next())
    switch (reader.field) {
      case 1:
        reader.count()
        inputs.push(reader.text())
        break
      case 2:
        reader.count()
        outputs.push(reader.text())
        break
      case 3:
        name = reader.text()
        break
      case 4:
        opType = reader.text()
        break
      case 5: {
        const [key, attribute] = decodeAttribute(reader.message(), depth)
        attributes.set(key, attribute)
        break
      }
      case 7:
        domain = reader.text()
    }
  if (opType === '') throw reader.damaged('a node has no operator', reader.start)
  // The domain of ONNX itself has two names.
  return { name, opType, domain: domain === 'ai.onnx' ? '' : domain, inputs, outputs, attributes }
}

/** AttributeProto.type by number. */
const attributeTypes = [
  undefined,
  'float',
  'int',
  'string',
  'tensor',
  'graph',
  'floats',
  'ints',
  'strings',
  'tensors',
  'graphs',
] as const
/** Which is meant where the file does not say: by the field that has the value. */
const typeOfField: Readonly<Record<number, (typeof attributeTypes)[number]>> = {
  2: 'float',
  3: 'int',
  4: 'string',
  5: 'tensor',
  6: 'graph',
  7: 'floats',
  8: 'ints',
  9: 'strings',
  10: 'tensors',
  11: 'graphs',
}

/** Reads an AttributeProto. */
export function decodeAttribute(reader: MessageReader, depth: number): [string, OnnxAttribute] {
  let [name, reference] = ['', '']
  let typeNumber = 0
  let lastField = 0
  const value = {
    float: 0,
    int: 0,
    string: '',
    tensor: undefined as OnnxTensor | undefined, // none so far
    graph: undefined as OnnxGraph | undefined, // none so far
    floats: [] as number[], // filled below
    ints: [] as number[], // filled below
    strings: [] as string[], // filled below
    tensors: [] as OnnxTensor[], // filled below
    graphs: [] as OnnxGraph[], // filled below
  }
  while (reader.next()) {
    if (reader.field in typeOfField) lastField = reader.field
    switch (reader.field) {
      case 1:
        name = reader.text()
        break
      case 2:
        value.float = reader.float()
        break
      case 3:
        value.int = reader.int()
        break
      case 4:
        value.string = reader.text()
        break
      case 5:
        value.tensor = decodeTensor(reader.message())
        break
      case 6:
        value.graph = decodeGraph(reader.message(), depth + 1)
        break
      case 7:
        reader.eachFixed(4, (at) => {
          reader.count()
          value.floats.push(reader.source.view.getFloat32(at, true))
        })
        break
      case 8:
        reader.eachInt((int) => {
          reader.count()
          value.ints.push(int)
        })
        break
      case 9:
        reader.count()
        value.strings.push(reader.text())
        break
      case 10:
        value.tensors.push(decodeTensor(reader.message()))
        break
      case 11:
        value.graphs.push(decodeGraph(reader.message(), depth + 1))
        break
      case 20:
        typeNumber = reader.int()
        break
      case 21:
        reference = reader.text()
    }
  }
  if (name === '') throw reader.damaged('an attribute has no name', reader.start)
  if (reference !== '') return [name, { type: 'reference', value: reference }]
  const type = typeNumber === 0 ? typeOfField[lastField] : attributeTypes[typeNumber]
  if (type === undefined) return [name, { type: 'other' }]
  const content = value[type]
  if (content === undefined) throw reader.damaged(`the attribute has no ${type}`, reader.start)
  return [name, { type, value: content } as OnnxAttribute] // the keys of `value` are the types
}

/** Reads a ValueInfoProto. */
function decodeValue(reader: MessageReader): OnnxValue {
  let name = ''
  let type: Pick<OnnxValue, 'elementType' | 'shape'> = {}
  while (reader.next())
    if (reader.field === 1) name = reader.text()
    else if (reader.field === 2) type = decodeType(reader.message())
  return { name, ...type }
}

/** Reads a TypeProto: only a tensor's says something. */
function decodeType(reader: MessageReader): Pick<OnnxValue, 'elementType' | 'shape'> {
  let type: Pick<OnnxValue, 'elementType' | 'shape'> = {}
  while (reader.next()) {
    if (reader.field !== 1) continue
    const tensor = reader.message()
    while (tensor.next())
      if (tensor.field === 1) {
        const elementType = elementTypeOf(tensor.int())
        if (elementType) type = { ...type, elementType }
      } else if (tensor.field === 2) type = { ...type, shape: decodeShape(tensor.message()) }
  }
  return type
}

/** Reads a TensorShapeProto. */
function decodeShape(reader: MessageReader): (number | string)[] {
  const shape: (number | string)[] = []
  while (reader.next()) {
    if (reader.field !== 1) continue
    const dimension = reader.message()
    let size: number | string = ''
    while (dimension.next())
      if (dimension.field === 1) size = dimension.int()
      else if (dimension.field === 2) size = dimension.text()
    shape.push(size)
  }
  return shape
}
