import { withParts } from './control.ts'
import { inDependencyOrder, isNode, isResult, type Graph, type GraphInput, type GraphValue } from './graph.ts'
import { copyMarks } from './marks.ts'

/** The value of each of a graph's results where values are given for inputs; parts that depend on none of them stay the same objects. */
export function substitute(
  graph: Graph,
  given: ReadonlyMap<GraphInput, GraphValue>,
): { readonly of: (value: GraphValue) => GraphValue } {
  const replaced = new Map<GraphValue, GraphValue>(given)
  const of = (value: GraphValue): GraphValue => replaced.get(value) ?? value
  for (const value of inDependencyOrder(graph)) {
    if (isNode(value)) {
      const operands = value.operands.map(of)
      if (operands.every((operand, i) => operand === value.operands[i])) continue
      const copy = { ...value, operands }
      copyMarks(value, copy)
      replaced.set(value, copy)
    } else if (isResult(value) && value.index === 0) {
      const { control } = value
      const copy = withParts(control, control.operands.map(of))
      if (copy === control) continue
      control.results.forEach((result, i) => {
        copyMarks(result, copy.results[i]!)
        replaced.set(result, copy.results[i]!)
      })
    }
  }
  return { of }
}
