import { Digest } from './digest.ts'
import { inDependencyOrder, isNode, isResult, type Graph, type GraphControl, type GraphValue } from './graph.ts'
import { attrsText, typeText } from './text.ts'

/**
 * A name for what a graph computes: equal for graphs with the same inputs (order, roles, types), ops, attributes, bits of constants,
 * results and writes. Names of inputs and source lines do not count.
 */
export function hashGraph(graph: Graph): string {
  const digest = new Digest()
  addGraph(digest, graph)
  return digest.finish()
}

function addGraph(digest: Digest, graph: Graph): void {
  const ids = new Map<GraphValue, number>()
  digest.word(graph.inputs.length)
  for (const input of graph.inputs) {
    ids.set(input, ids.size)
    digest.text(`${input.role}${input.weak ? ' weak' : ''} ${typeText(input.type)}`)
  }
  for (const value of inDependencyOrder(graph)) {
    digest.text(`${value.op}${typeText(value.type)}`)
    if (isNode(value)) {
      digest.text(attrsText(value.attrs))
      digest.word(value.operands.length)
      for (const operand of value.operands) digest.word(ids.get(operand) ?? -1)
    } else if (isResult(value)) {
      if (value.index === 0) addControl(digest, value.control, ids)
    } else if (typeof value.value === 'number') digest.number(value.value)
    else digest.bytes(new Uint8Array(value.value.buffer, value.value.byteOffset, value.value.byteLength))
    ids.set(value, ids.size)
  }
  digest.word(graph.results.length)
  for (const result of graph.results) digest.word(ids.get(result) ?? -1)
  for (const { state, value } of graph.writes) {
    digest.word(ids.get(state) ?? -1)
    digest.word(ids.get(value) ?? -1)
  }
  for (const check of graph.checks ?? []) digest.word(ids.get(check) ?? -1)
}

function addControl(digest: Digest, control: GraphControl, ids: ReadonlyMap<GraphValue, number>): void {
  digest.text(`${control.name} ${control.carried} ${control.counted}`)
  digest.word(control.operands.length)
  for (const operand of control.operands) digest.word(ids.get(operand) ?? -1)
  digest.word(control.regions.length)
  for (const region of control.regions) addGraph(digest, region)
}
