import { inDependencyOrder, isNode, type Graph, type GraphInput } from '../../ir/graph.ts'
import type { FrozenValue } from '../guards/frozen-value.ts'
import { valueText } from '../guards/guard-failure.ts'
import type { Recording } from './record-call.ts'

/** Everything that a program has from the recorded call: tensors and numbers of the enclosing scope, answers of the host, fields. */
export function frozenValues({ graph, frozen }: Recording): FrozenValue[] {
  return [...frozenTensors(graph), ...frozen, ...frozenNumbers(graph)]
}

function frozenTensors(graph: Graph): FrozenValue[] {
  const nodes = inDependencyOrder(graph).filter(isNode)
  const userOf = (input: GraphInput): string | undefined =>
    nodes.find(({ operands }) => operands.includes(input))?.source
  return graph.inputs
    .filter(({ role }) => role === 'capture')
    .map((input) => ({
      kind: 'tensor',
      value: `${input.type.dtype}[${input.type.shape.join(', ')}]`,
      source: userOf(input),
      remedy: 'Pass it as an argument, or make it a variable, where another tensor may come in its place',
    }))
}

/** Numbers that met tensors, by line. A literal and a variable of the enclosing scope look the same here. */
function frozenNumbers(graph: Graph): FrozenValue[] {
  const known = new Map<string, FrozenValue>()
  for (const node of inDependencyOrder(graph).filter(isNode))
    for (const operand of node.operands) {
      if (operand.op !== 'constant') continue
      const value = typeof operand.value === 'number' ? valueText(operand.value) : `${operand.value.length} numbers`
      const remedy = 'Pass it as an argument where it changes'
      known.set(`${value} ${node.source}`, { kind: 'number', value, source: node.source, remedy })
    }
  return [...known.values()]
}
