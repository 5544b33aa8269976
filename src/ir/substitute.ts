import { makeControl, withParts } from './control.ts'
import {
  inDependencyOrder,
  isNode,
  isResult,
  mapOutputs,
  type Graph,
  type GraphInput,
  type GraphResult,
  type GraphValue,
} from './graph.ts'
import { copyMarks, marksOfBody, noteBody } from './marks.ts'

type Of = (value: GraphValue) => GraphValue

/** What becomes of a graph's values where values are given for inputs; those that depend on none of them stay the same objects. */
export function substitute(graph: Graph, given: ReadonlyMap<GraphInput, GraphValue>): Of {
  const replaced = new Map<GraphValue, GraphValue>(given)
  const of: Of = (value) => replaced.get(value) ?? value
  for (const value of inDependencyOrder(graph)) {
    if (isNode(value)) {
      const operands = value.operands.map(of)
      if (operands.some((operand, i) => operand !== value.operands[i]))
        replaced.set(value, marked(value, { ...value, operands }))
    } else if (isResult(value) && value.index === 0) {
      const { control } = value
      replaceResults(control.results, withParts(control, control.operands.map(of)).results, replaced)
    }
  }
  return of
}

/** The same graph of new objects, regions in it included: no two regions of a program share a value. */
export function copyGraph(graph: Graph): Graph {
  const inputs = graph.inputs.map((input): GraphInput => ({ ...input }))
  const replaced = new Map<GraphValue, GraphValue>(graph.inputs.map((input, i) => [input, inputs[i]!]))
  const of: Of = (value) => replaced.get(value) ?? value
  for (const value of inDependencyOrder(graph)) {
    if (isNode(value)) replaced.set(value, marked(value, { ...value, operands: value.operands.map(of) }))
    else if (!isResult(value)) replaced.set(value, { ...value })
    else if (value.index === 0) {
      const { control } = value
      const parts = { ...control, operands: control.operands.map(of), regions: control.regions.map(copyGraph) }
      replaceResults(control.results, makeControl(parts).results, replaced)
    }
  }
  const copy = mapOutputs({ ...graph, inputs }, of)
  noteBody(copy, marksOfBody(graph))
  return copy
}

function replaceResults(
  results: readonly GraphResult[],
  copies: readonly GraphResult[],
  replaced: Map<GraphValue, GraphValue>,
): void {
  results.forEach((result, i) => replaced.set(result, marked(result, copies[i]!)))
}

function marked<V extends GraphValue>(value: GraphValue, copy: V): V {
  if (copy !== value) copyMarks(value, copy)
  return copy
}
