import { isNode, type Graph, type GraphNode, type GraphValue } from '../ir/graph.ts'
import { isView, locate, liesContiguous, type Location } from '../ir/materialize.ts'

/**
 * Gives every result a row-major place in memory, and every state write a node of its own.
 *
 * Before: %0 = permute(%x) {axes: [1, 0]}; write %w <- %0; return %w, %0
 * After:  %0 = permute(%x) …; %1 = copy(%w); %2 = copy(%0); %3 = copy(%0); write %w <- %2; return %1, %3
 *
 * Needs nothing. Leaves fusing the copies into their producers to fusion. O(n).
 */
export function materializeOutputs(graph: Graph): Graph {
  const known = new Map<GraphValue, Location>()
  const copies = new Map<GraphValue, GraphNode>()
  const copyOf = (value: GraphValue): GraphNode => {
    const copy: GraphNode = {
      op: 'copy',
      operands: [value],
      attrs: {},
      type: value.type,
      ...(isNode(value) && value.source !== undefined ? { source: value.source } : {}),
    }
    copies.set(value, copy)
    return copy
  }
  const results = graph.results.map((value) => {
    const { base } = locate(value, known)
    const readable = isNode(base) && liesContiguous(value, known)
    return readable ? value : (copies.get(value) ?? copyOf(value))
  })
  const written = new Set<GraphValue>()
  const writes = graph.writes.map(({ state, value }) => {
    const own = isNode(value) && !isView(value) && !written.has(value) ? value : copyOf(value)
    written.add(own)
    return { state, value: own }
  })
  return { ...graph, results, writes }
}
