import { graphInterpreter } from '../ir/builder.ts'
import { isNode, type Graph, type GraphInput, type GraphValue } from '../ir/graph.ts'
import { withInterpreter } from '../ops/interpreter.ts'
import { leadsTo } from './leads-to.ts'
import { deriveBy, pullBack, type Derivation } from './pull-back.ts'

/** A graph that computes cotangents of some inputs of another one, given that of one of its results. */
export interface GradientGraph {
  /** The inputs of the first graph, then `cotangent`; writes no state. */
  readonly graph: Graph
  readonly cotangent: GraphInput
  /** For each wanted input its place among the results; undefined where no cotangent flows. */
  readonly resultOf: readonly (number | undefined)[]
}

/**
 * The reverse-mode derivative of result `position` with respect to `wrt`, by the same rules and in the same order as the eager tape.
 * `untracked` values are constants to it.
 */
export function differentiate(
  graph: Graph,
  position: number,
  wrt: readonly GraphInput[],
  untracked: ReadonlySet<GraphValue> = new Set(),
): GradientGraph {
  const root = graph.results[position]!
  const cotangent: GraphInput = { op: 'input', role: 'argument', name: 'cotangent', type: root.type }
  const wanted = leadsTo<GraphValue>(root, new Set(wrt), (value) =>
    isNode(value) && !untracked.has(value) ? value.operands : [],
  )
  const leaves = withInterpreter(graphInterpreter, () =>
    pullBack<GraphValue>([{ value: root, cotangent }], { derivationOf, needs: (value) => wanted.has(value) }),
  )
  const results: GraphValue[] = []
  const resultOf = wrt.map((input) => {
    const found = leaves.get(input) as GraphValue | undefined // the graph interpreter makes graph values
    if (!found) return undefined
    results.push(found)
    return results.length - 1
  })
  return { graph: { inputs: [...graph.inputs, cotangent], results, writes: [] }, cotangent, resultOf }
}

const derivationOf = (value: GraphValue): Derivation<GraphValue> | undefined =>
  isNode(value) ? deriveBy(value.op, value.operands, value, value.attrs) : undefined
