import type { FusionGroup } from '../ir/fusion-group.ts'
import { isNode, type Graph, type GraphNode } from '../ir/graph.ts'
import { recordOf } from '../ops/registry.ts'
import { mapGraph } from '../rewrite/map-graph.ts'

/**
 * Copies the operand of a reduction into row-major order where the reduction could not run over its strides: the order of a
 * reduction is fixed by its logical shape, and a flat run over merged axes needs one stride.
 *
 * Before: %0 = permute(%x) {axes: [1, 0]}; %1 = sum(%0) {axes: [0, 1]}
 * After:  %0 = permute(%x) {axes: [1, 0]}; %1 = copy(%0); %2 = sum(%1) {axes: [0, 1]}
 *
 * Needs views sunk. Leaves the copy's kernel to fusion. O(n).
 */
export function materializeReductionOperands(graph: Graph, isBlocked: (group: FusionGroup) => boolean): Graph {
  return mapGraph(graph, (value) => {
    if (!isNode(value) || recordOf(value.op).kind !== 'reduction') return value
    if (!isBlocked({ kind: 'reduction', nodes: [value], anchor: value, outputs: [value] })) return value
    const operand = value.operands[0]!
    const copy: GraphNode = { op: 'copy', operands: [operand], attrs: {}, type: operand.type }
    return { ...value, operands: [copy] }
  })
}
