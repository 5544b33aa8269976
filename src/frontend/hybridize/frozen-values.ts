import {
  controlsOf,
  inDependencyOrder,
  operandsOf,
  type Graph,
  type GraphInput,
  type GraphValue,
} from '../../ir/graph.ts'
import type { FrozenValue } from '../guards/frozen-value.ts'
import { valueText } from '../guards/guard-failure.ts'
import type { Recording } from './record-call.ts'

/** Everything that a program has from the recorded call: tensors and numbers of the enclosing scope, answers of the host, fields. */
export function frozenValues({ graph, frozen }: Recording): FrozenValue[] {
  return [...frozenTensors(graph), ...frozen, ...frozenNumbers(graph)]
}

/** What takes operands, in the order of the graph; regions of control ops come with the op. */
function usesIn(graph: Graph): { readonly operand: GraphValue; readonly source: string | undefined }[] {
  const nodes = inDependencyOrder(graph).flatMap((value) => {
    const source = value.op === 'result' ? value.control.source : 'source' in value ? value.source : undefined
    return operandsOf(value).map((operand) => ({ operand, source }))
  })
  return [...nodes, ...controlsOf(graph).flatMap(({ regions }) => regions.flatMap(usesIn))]
}

function frozenTensors(graph: Graph): FrozenValue[] {
  const uses = usesIn(graph)
  const sourceOf = (input: GraphInput): string | undefined => uses.find(({ operand }) => operand === input)?.source
  return graph.inputs
    .filter(({ role }) => role === 'capture')
    .map((input) => ({
      kind: 'tensor',
      value: `${input.type.dtype}[${input.type.shape.join(', ')}]`,
      source: sourceOf(input),
      remedy: 'Pass it as an argument, or make it a variable, where another tensor may come in its place',
    }))
}

/** Numbers that met tensors, by line. A literal and a variable of the enclosing scope look the same here. */
function frozenNumbers(graph: Graph): FrozenValue[] {
  const known = new Map<string, FrozenValue>()
  for (const { operand, source } of usesIn(graph)) {
    if (operand.op !== 'constant') continue
    const value = typeof operand.value === 'number' ? valueText(operand.value) : `${operand.value.length} numbers`
    known.set(`${value} ${source}`, {
      kind: 'number',
      value,
      source,
      remedy: 'Pass it as an argument where it changes',
    })
  }
  return [...known.values()]
}
