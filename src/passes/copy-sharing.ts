import { makeNode } from '../ir/builder.ts'
import { isNode, type GraphNode, type GraphValue } from '../ir/graph.ts'
import { isView, locate, type Location } from '../ir/materialize.ts'
import { mapGraph } from '../rewrite/map-graph.ts'
import type { Pass } from './pass.ts'

/**
 * Reshapes that strides cannot say are copies in row-major order. Those of one value become views of the first.
 *
 * Before: %0 = permute(%x) {axes: [1, 0, 2]} : f32[2, 3, 4]      After: %0 = permute(%x) {axes: [1, 0, 2]} : f32[2, 3, 4]
 *         %1 = reshape(%0) {shape: [6, 4]} : f32[6, 4]                  %1 = reshape(%0) {shape: [6, 4]} : f32[6, 4]
 *         %2 = reshape(%0) {shape: [24]} : f32[24]                      %2 = reshape(%1) {shape: [24]} : f32[24]
 * Needs chains of views to be one view; comes last, for rules put such reshapes together again. Cost: O(n).
 */
export const copySharing: Pass = {
  name: 'copy-sharing',
  run(graph) {
    const copies = new Map<GraphValue, GraphNode>()
    const known = new Map<GraphValue, Location>()
    return mapGraph(graph, (value) => {
      if (!isNode(value) || !isView(value) || value.op !== 'reshape' || locate(value, known).base !== value)
        return value
      const copied = value.operands[0]!
      const copy = copies.get(copied)
      if (copy) return makeNode('reshape', [copy], value.attrs, value.source)
      copies.set(copied, value)
      return value
    })
  },
}
