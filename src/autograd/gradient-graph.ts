import { graphInterpreter } from '../ir/builder.ts'
import { isNode, type Graph, type GraphInput, type GraphValue } from '../ir/graph.ts'
import { withInterpreter } from '../ops/interpreter.ts'
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
  const wanted = dependents(root, new Set<GraphValue>(wrt), untracked)
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

/** Every value on a way from `root` to one of `targets`. */
function dependents(
  root: GraphValue,
  targets: ReadonlySet<GraphValue>,
  untracked: ReadonlySet<GraphValue>,
): Set<GraphValue> {
  const wanted = new Set<GraphValue>()
  const seen = new Set<GraphValue>([root])
  const stack: { value: GraphValue; next: number }[] = [{ value: root, next: 0 }]
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    const operands = isNode(top.value) && !untracked.has(top.value) ? top.value.operands : []
    const operand = operands[top.next++]
    if (operand === undefined) {
      if (targets.has(top.value) || operands.some((source) => wanted.has(source))) wanted.add(top.value)
      stack.pop()
    } else if (!seen.has(operand)) {
      seen.add(operand)
      stack.push({ value: operand, next: 0 })
    }
  }
  return wanted
}
