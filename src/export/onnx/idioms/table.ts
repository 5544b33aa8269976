import { inDependencyOrder, isNode, isResult, useCounts, type Graph, type GraphValue } from '../../../ir/graph.ts'
import type { Idiom, Recognizer } from './idiom.ts'
import { convolutionWithFrame, gemm } from './products.ts'
import { logSoftmax, softmax } from './softmax.ts'
import { averagePool, maxPool } from './windows.ts'

const recognizers: readonly Recognizer[] = [softmax, logSoftmax, gemm, convolutionWithFrame, maxPool, averagePool]

/** The idioms in a graph by their results, and all that has to be written: operands of idioms, but not what is in between. */
export function idiomsIn(graph: Graph): {
  readonly idioms: ReadonlyMap<GraphValue, Idiom>
  readonly needed: ReadonlySet<GraphValue>
} {
  const uses = useCounts(graph)
  const isUsedOnce = (value: GraphValue): boolean => uses.get(value) === 1
  const idioms = new Map<GraphValue, Idiom>()
  const needed = new Set<GraphValue>(graph.results)
  for (const value of inDependencyOrder(graph).toReversed()) {
    if (isResult(value)) {
      // The results of a control op are written together.
      for (const operand of value.control.operands) needed.add(operand)
      continue
    }
    if (!isNode(value) || !needed.has(value)) continue
    let idiom: Idiom | undefined
    for (const recognize of recognizers) idiom ??= recognize(value, isUsedOnce)
    if (idiom) idioms.set(value, idiom)
    for (const operand of idiom?.operands ?? value.operands) needed.add(operand)
  }
  return { idioms, needed }
}
