import {
  inDependencyOrder,
  isNode,
  mapOutputs,
  outputsOf,
  type Graph,
  type GraphConstant,
  type GraphNode,
  type GraphValue,
} from '../ir/graph.ts'

/**
 * The graph with `transform` applied to every node and constant, operands first; a node reaches `transform` with its new operands.
 * Values stay the same objects, and so does the graph, where nothing changed under them.
 */
export function mapGraph(graph: Graph, transform: (value: GraphNode | GraphConstant) => GraphValue): Graph {
  const mapped = new Map<GraphValue, GraphValue>()
  const of = (value: GraphValue): GraphValue => mapped.get(value) ?? value
  for (const value of inDependencyOrder(graph)) {
    mapped.set(value, transform(isNode(value) ? withOperands(value, value.operands.map(of)) : value))
  }
  if (outputsOf(graph).every((value) => of(value) === value)) return graph
  return mapOutputs(graph, of)
}

/** The node over other operands of the same types; the node itself when they are the same objects. */
export const withOperands = (node: GraphNode, operands: readonly GraphValue[]): GraphNode =>
  operands.every((operand, i) => operand === node.operands[i]) ? node : { ...node, operands }
