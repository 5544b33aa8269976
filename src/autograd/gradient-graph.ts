import { graphInterpreter } from '../ir/builder.ts'
import type { Graph, GraphInput, GraphValue } from '../ir/graph.ts'
import { withInterpreter } from '../ops/interpreter.ts'
import { graphDerivations, trackedOperands } from './graph-derivations.ts'
import { leadsTo } from './leads-to.ts'
import { pullBack } from './pull-back.ts'
import { settledSum } from './sum.ts'

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
  const wanted = leadsTo<GraphValue>(root, new Set(wrt), (value) => trackedOperands(value, untracked))
  const results: GraphValue[] = []
  const resultOf = withInterpreter(graphInterpreter, () => {
    const leaves = pullBack<GraphValue>([{ value: root, cotangent }], {
      derivationOf: graphDerivations(graph, untracked),
      needs: (value) => wanted.has(value),
    })
    return wrt.map((input) => {
      const sum = leaves.get(input)
      if (!sum) return undefined
      results.push(settledSum(sum) as GraphValue) // the graph interpreter makes graph values
      return results.length - 1
    })
  })
  return { graph: { inputs: [...graph.inputs, cotangent], results, writes: [] }, cotangent, resultOf }
}
