import { isNode, type GraphConstant, type GraphNode, type GraphValue } from '../ir/graph.ts'
import { attrsText, numberText, typeText } from '../ir/text.ts'
import { mapGraph } from '../rewrite/map-graph.ts'
import type { Pass } from './pass.ts'

/**
 * Computes once what is computed twice. The first node stays, with its source line.
 *
 * Before: %0 = exp(%x) : f32[4]      After: %0 = exp(%x) : f32[4]
 *         %1 = exp(%x) : f32[4]             %1 = add(%0, %0) : f32[4]
 *         %2 = add(%0, %1) : f32[4]
 * Sound for random numbers too: they are a function of the state they are given. Needs canonical forms to find the most; leaves unused nodes
 * out of reach. Cost: O(n), and the size of constants.
 */
export const commonSubexpressions: Pass = {
  name: 'common-subexpressions',
  run(graph) {
    const first = new Map<string, GraphValue>()
    const ids = new Map<GraphValue, number>()
    const idOf = (value: GraphValue): number => {
      const id = ids.get(value) ?? ids.size
      ids.set(value, id)
      return id
    }
    return mapGraph(graph, (value) => {
      const key = isNode(value) ? nodeKey(value, idOf) : constantKey(value)
      const same = first.get(key)
      if (same) return same
      first.set(key, value)
      return value
    })
  },
}

/** Equal for nodes that compute the same from operands of equal numbers. */
export const nodeKey = ({ op, operands, attrs }: GraphNode, idOf: (value: GraphValue) => number): string =>
  `${op}(${operands.map(idOf).join()})${attrsText(attrs)}`

export const constantKey = ({ value, type }: GraphConstant): string =>
  typeof value === 'number'
    ? `${numberText(value)} ${typeText(type)}`
    : `[${Array.from(value, (element) => numberText(element)).join()}] ${typeText(type)}`
