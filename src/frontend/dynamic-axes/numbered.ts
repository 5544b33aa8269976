import { inDependencyOrder, type ComputedValue, type Graph, type GraphValue } from '../../ir/graph.ts'

/** A recorded graph whose values have numbers: inputs, then the others in order. Graphs alike have the same numbers. */
export interface Numbered {
  readonly order: readonly ComputedValue[]
  readonly numberOf: (value: GraphValue) => number
  /** Results, writes and checks. */
  readonly outputs: readonly number[]
}

export function numbered(graph: Graph): Numbered {
  const { inputs, results, writes, checks = [] } = graph
  const order = inDependencyOrder(graph)
  const numbers = new Map<GraphValue, number>(inputs.map((input, i) => [input, i]))
  order.forEach((value, i) => numbers.set(value, inputs.length + i))
  // A result or write may be an input that nothing lists; then it has no number, and no graph is like this one.
  const numberOf = (value: GraphValue): number => numbers.get(value) ?? NaN
  const written = writes.flatMap(({ state, value }) => [numberOf(state), numberOf(value)])
  return { order, numberOf, outputs: [...results.map(numberOf), -1, ...written, -1, ...checks.map(numberOf)] }
}

export const sameNumbers = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((number, i) => number === b[i])
