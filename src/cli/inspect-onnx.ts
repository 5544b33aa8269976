import { loadBytes } from '../data/files/load-bytes.ts'
import { decodeModel } from '../onnx/decode-model.ts'
import { missingOperators } from '../onnx/import/import-onnx.ts'
import { prepareModel } from '../onnx/import/prepare.ts'
import type { OnnxGraph, OnnxNode, OnnxValue } from '../onnx/model.ts'
import { printModel } from '../onnx/print-model.ts'

/** What an ONNX file holds, line by line. */
export async function describeOnnx(file: string, withCode: boolean): Promise<string[]> {
  const model = decodeModel(await loadBytes('gryph inspect', file, 'decodeModel'), file)
  const { graph, producerName, producerVersion, opsets } = model
  const { inputs, outputs, initializers } = graph
  const stored = new Set(initializers.map(({ name }) => name))
  const weightBytes = initializers.reduce((sum, { bytes }) => sum + bytes.length, 0)
  const counts = new Map<string, number>()
  for (const { opType } of nodesIn(graph)) counts.set(opType, (counts.get(opType) ?? 0) + 1)
  const unsupported = missingOperators(prepareModel(model, file).nodes)
  const ops = [...counts].toSorted(([, a], [, b]) => b - a)
  return [
    `${graph.name}: by ${[producerName, producerVersion].filter(Boolean).join(' ') || 'an unknown program'}, operators: ${opsets
      .map(({ domain, version }) => `${domain === '' ? 'onnx' : domain} ${version}`)
      .join(', ')}`,
    '\ninputs',
    ...inputs.filter(({ name }) => !stored.has(name)).map(valueLine),
    '\noutputs',
    ...outputs.map(valueLine),
    `\nops: ${ops.map(([op, count]) => (count > 1 ? `${count} ${op}` : op)).join(', ')}`,
    unsupported.length === 0 ? 'importOnnx has all of them' : `importOnnx has not:`,
    ...unsupported.map((each) => `  ${each}`),
    `\nweights: ${initializers.length} tensors, ${weightBytes} bytes`,
    ...initializers.map(({ name, elementType, dims }) => `  ${name}  ${elementType} [${dims.join(', ')}]`),
    ...(withCode ? [`\n${printModel(model)}`] : []),
  ]
}

const valueLine = ({ name, elementType, shape }: OnnxValue): string =>
  `  ${name}: ${elementType ?? '?'}${shape ? `[${shape.map((size) => (size === '' ? '?' : size)).join(', ')}]` : ''}`

/** With those of subgraphs. */
function nodesIn({ nodes }: OnnxGraph): OnnxNode[] {
  return nodes.flatMap((node) => [
    node,
    ...[...node.attributes.values()].flatMap((attribute) =>
      attribute.type === 'graph'
        ? nodesIn(attribute.value)
        : attribute.type === 'graphs'
          ? attribute.value.flatMap(nodesIn)
          : [],
    ),
  ])
}
