import { elementFormats } from '../data/elements/element-formats.ts'
import { decodeElements } from '../data/elements/decode-elements.ts'
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxTensor, OnnxValue } from './model.ts'

/** A model as text, one line a node: for people, not for programs. */
export function printModel({ graph, opsets }: OnnxModel): string {
  const versions = opsets.map(({ domain, version }) => `${domain === '' ? 'onnx' : domain} ${version}`)
  return [`// operators: ${versions.join(', ')}`, ...graphLines(graph), ''].join('\n')
}

function graphLines(graph: OnnxGraph): string[] {
  const inputs = graph.inputs.map(valueText).join(', ')
  return [
    `graph ${graph.name}(${inputs}) {`,
    ...graph.initializers.map((tensor) => `  ${tensor.name} = ${tensorText(tensor)}`),
    ...graph.nodes.flatMap((node) => nodeLines(node).map((line) => `  ${line}`)),
    `  return ${graph.outputs.map(valueText).join(', ')}`,
    '}',
  ]
}

const typeText = (elementType: string | undefined, shape: readonly (number | string)[] | undefined): string =>
  `${elementType ?? '?'}${shape ? `[${shape.map((size) => (size === '' ? '?' : size)).join(', ')}]` : ''}`

const valueText = ({ name, elementType, shape }: OnnxValue): string =>
  elementType === undefined && shape === undefined ? name : `${name}: ${typeText(elementType, shape)}`

/** Elements of small ones. */
function tensorText({ elementType, dims, bytes }: OnnxTensor): string {
  const { itemBytes } = elementFormats[elementType]
  const type = typeText(elementType, dims)
  const count = bytes.length / itemBytes
  if (count > 8) return type
  return `${type} {${elementTexts({ elementType, bytes }).join(', ')}}`
}

function elementTexts({ elementType, bytes }: Pick<OnnxTensor, 'elementType' | 'bytes'>): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (elementType === 'int64' || elementType === 'uint64')
    return Array.from({ length: bytes.length / 8 }, (_, i) =>
      String(elementType === 'int64' ? view.getBigInt64(8 * i, true) : view.getBigUint64(8 * i, true)),
    )
  if (elementType === 'uint32')
    return Array.from({ length: bytes.length / 4 }, (_, i) => String(view.getUint32(4 * i, true)))
  if (elementType === 'bool') return Array.from(bytes, String) // also what is neither 0 nor 1
  const elements = decodeElements(bytes, elementType, true, { where: 'printModel', what: 'a tensor', byteOffset: 0 })
  return Array.from(elements, (element) => (Object.is(element, -0) ? '-0' : String(element)))
}

function nodeLines({ outputs, opType, domain, inputs, attributes }: OnnxNode): string[] {
  const simple: string[] = []
  const graphs: string[] = []
  for (const [name, attribute] of attributes)
    if (attribute.type === 'graph') graphs.push(...named(name, attribute.value))
    else if (attribute.type === 'graphs') for (const graph of attribute.value) graphs.push(...named(name, graph))
    else simple.push(`${name}: ${attributeText(attribute)}`)
  const operator = domain === '' ? opType : `${domain}.${opType}`
  const options = simple.length > 0 ? ` {${simple.join(', ')}}` : ''
  return [`${outputs.join(', ')} = ${operator}(${inputs.join(', ')})${options}`, ...graphs]
}

const named = (name: string, graph: OnnxGraph): string[] =>
  graphLines(graph).map((line, i) => `  ${i === 0 ? `${name}: ` : ''}${line}`)

function attributeText(attribute: OnnxAttribute): string {
  switch (attribute.type) {
    case 'float':
    case 'int':
      return String(attribute.value)
    case 'string':
      return JSON.stringify(attribute.value)
    case 'tensor':
      return tensorText(attribute.value)
    case 'floats':
    case 'ints':
      return `[${attribute.value.join(', ')}]`
    case 'strings':
      return JSON.stringify(attribute.value)
    case 'tensors':
      return `[${attribute.value.map(tensorText).join(', ')}]`
    case 'reference':
      return `@${attribute.value}`
    default:
      return attribute.type
  }
}
