import { isNode, type GraphNode, type GraphValue } from '../../src/ir/graph.ts'
import type { FusionGroup } from '../../src/ir/fusion-group.ts'
import type { LowerOptions } from '../../src/kernel/lower.ts'
import type { Pass } from '../../src/passes/pass.ts'
import { mapGraph } from '../../src/rewrite/map-graph.ts'

/** Faults that a test puts into the compiler, to see them found. */

const swapped = (node: GraphNode): GraphNode => ({ ...node, operands: node.operands.toReversed() })

/** A pass that takes a − b for b − a. */
export const swapsSubtraction: Pass = {
  name: 'swaps-subtraction',
  run: (graph) => mapGraph(graph, (value) => (isNode(value) && value.op === 'sub' ? swapped(value) : value)),
}

/** The same fault in what several ops become as one kernel. */
export function withSwappedSubtraction(group: FusionGroup, options: LowerOptions): [FusionGroup, LowerOptions] {
  if (group.nodes.length < 2) return [group, options]
  const [copies, originals] = [new Map<GraphValue, GraphNode>(), new Map<GraphValue, GraphValue>()]
  for (const node of group.nodes) {
    const operands = node.operands.map((operand) => copies.get(operand) ?? operand)
    const copy = node.op === 'sub' ? swapped({ ...node, operands }) : { ...node, operands }
    copies.set(node, copy)
    originals.set(copy, node)
  }
  const copyOf = (node: GraphNode): GraphNode => copies.get(node)!
  const changed = {
    ...group,
    nodes: group.nodes.map(copyOf),
    outputs: group.outputs.map(copyOf),
    ...(group.anchor ? { anchor: copyOf(group.anchor) } : {}),
  }
  return [changed, { ...options, bufferOf: (value) => options.bufferOf(originals.get(value) ?? value) }]
}
