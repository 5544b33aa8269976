import {
  controlsOf,
  inDependencyOrder,
  isNode,
  operandsOf,
  outputsOf,
  type Graph,
  type GraphInput,
  type GraphValue,
} from '../ir/graph.ts'
import type { Pass } from './pass.ts'

/**
 * Drops what nothing needs: captured tensors and states that are not used, writes of the value a state has anyway, and checks of values
 * that are computed anyway. A graph is its outputs, so unused nodes are not part of it to begin with. Arguments stay, used or not: callers bind them by position.
 *
 * Before: graph(%x: f32[], state %w: f32[], capture %c: f32[]) {     After: graph(%x: f32[]) {
 *           write %w <- %w                                                    return %x
 *           return %x                                                       }
 *         }
 * Needs nothing. Leaves nothing. Cost: O(n).
 */
export const deadCode: Pass = {
  name: 'dead-code',
  run(graph) {
    const writes = graph.writes.filter(({ state, value }) => state !== value)
    const trimmed: Graph = writes.length === graph.writes.length ? graph : { ...graph, writes }
    const checked = withoutNeededChecks(trimmed)
    const needed = neededInputs(checked)
    const inputs = graph.inputs.filter((input) => input.role === 'argument' || needed.has(input))
    return inputs.length === graph.inputs.length ? checked : { ...checked, inputs }
  },
}

/** What results and writes need runs anyway, and need not be kept for its checks. */
function withoutNeededChecks(graph: Graph): Graph {
  if (!graph.checks) return graph
  const { checks, ...unchecked } = graph
  const needed = new Set<GraphValue>(inDependencyOrder(unchecked))
  const kept = checks.filter((value) => operandsOf(value).length > 0 && !needed.has(value))
  if (kept.length === checks.length) return graph
  return kept.length === 0 ? unchecked : { ...unchecked, checks: kept }
}

function neededInputs(graph: Graph): ReadonlySet<GraphInput> {
  const needed = new Set<GraphInput>(graph.writes.map((write) => write.state))
  const use = (value: GraphValue): void => {
    if (value.op === 'input') needed.add(value)
  }
  for (const value of inDependencyOrder(graph)) if (isNode(value)) value.operands.forEach(use)
  for (const { operands } of controlsOf(graph)) operands.forEach(use)
  outputsOf(graph).forEach(use)
  return needed
}
