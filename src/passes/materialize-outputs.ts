import { firstCarried, isBranch, withParts } from '../ir/control.ts'
import {
  controlsOf,
  isConstant,
  isNode,
  isResult,
  useCounts,
  type Graph,
  type GraphNode,
  type GraphValue,
} from '../ir/graph.ts'
import { isView, locate, liesContiguous, type Location } from '../ir/materialize.ts'
import { mapGraph } from '../rewrite/map-graph.ts'

/**
 * Gives every result a row-major place in memory, and every state write and every value that a loop begins with a node of its own. What
 * else control ops take is in memory row-major.
 *
 * Before: %0 = permute(%x) {axes: [1, 0]}; write %w <- %0; return %w, %0
 * After:  %0 = permute(%x) …; %1 = copy(%w); %2 = copy(%0); %3 = copy(%0); write %w <- %2; return %1, %3
 *
 * Needs nothing. Leaves fusing the copies into their producers to fusion. O(n).
 */
export function materializeOutputs(graph: Graph): Graph {
  const given = controlsOf(graph).length === 0 ? graph : withMaterializedOperands(graph)
  const known = new Map<GraphValue, Location>()
  const copies = new Map<GraphValue, GraphNode>()
  const copyOnce = (value: GraphValue): GraphNode => {
    const copy = copyOf(value)
    copies.set(value, copy)
    return copy
  }
  const results = given.results.map((value) => {
    const { base } = locate(value, known)
    const readable = (isNode(base) || isResult(base)) && liesContiguous(value, known)
    return readable ? value : (copies.get(value) ?? copyOnce(value))
  })
  const written = new Set<GraphValue>()
  const writes = given.writes.map(({ state, value }) => {
    const own = isNode(value) && !isView(value) && !written.has(value) ? value : copyOnce(value)
    written.add(own)
    return { state, value: own }
  })
  return { ...given, results, writes }
}

function withMaterializedOperands(graph: Graph): Graph {
  const uses = useCounts(graph)
  const known = new Map<GraphValue, Location>()
  return mapGraph(
    graph,
    (value) => value,
    (control, original) => {
      const first = isBranch(control) ? Infinity : firstCarried(control)
      const operands = control.operands.map((value, i) => {
        const isCarried = i >= first && i < first + control.carried
        const isOwn = isNode(value) && !isView(value) && uses.get(original.operands[i]!) === 1
        return (isCarried ? isOwn : isReadable(value, known)) ? value : copyOf(value)
      })
      return withParts(control, operands).results
    },
  )
}

const isReadable = (value: GraphValue, known: Map<GraphValue, Location>): boolean =>
  !isConstant(locate(value, known).base) && liesContiguous(value, known)

const copyOf = (value: GraphValue): GraphNode => ({
  op: 'copy',
  operands: [value],
  attrs: {},
  type: value.type,
  ...(isNode(value) && value.source !== undefined ? { source: value.source } : {}),
})
