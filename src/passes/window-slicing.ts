import { makeNode } from '../ir/builder.ts'
import { inDependencyOrder, isNode, useCounts, type Graph, type GraphNode, type GraphValue } from '../ir/graph.ts'
import type { Range } from '../ops/record.ts'
import { recordOf } from '../ops/registry.ts'
import { rebuildGraph, withOperands } from '../rewrite/map-graph.ts'
import type { Pass } from './pass.ts'

/**
 * Computes of a product over windows only the part that is read: a slice of its result becomes a slice of its windows. Gradients of padded
 * images are such slices.
 *
 * Before: %0 = conv2d(%x, %w) {…, strides: [1, 1]} : f32[1, 2, 9, 9]        After: %0 = slice(%x) {sizes: [1, 3, 9, 9], …}
 *         %1 = slice(%0) {sizes: [1, 2, 7, 7], starts: [0, 0, 1, 1], …}            %1 = conv2d(%0, %w) {…} : f32[1, 2, 7, 7]
 * Needs nothing. Leaves a slice of padding to the rules. Only where nothing else reads the product. Cost: O(n).
 */
export const windowSlicing: Pass = {
  name: 'window-slicing',
  run(graph) {
    const slices = slicesOfProducts(graph)
    if (slices.size === 0) return graph
    return rebuildGraph(graph, (value, of) => {
      const part = slices.get(value)
      if (part) return partOf(part, of)
      return isNode(value) ? withOperands(value, value.operands.map(of)) : value
    })
  },
}

interface PartOfProduct {
  readonly product: GraphNode
  readonly windows: Range
  readonly attrs: GraphNode['attrs']
}

function slicesOfProducts(graph: Graph): ReadonlyMap<GraphValue, PartOfProduct> {
  const uses = useCounts(graph)
  const slices = new Map<GraphValue, PartOfProduct>()
  for (const value of inDependencyOrder(graph)) {
    const product = isNode(value) ? value.operands[0] : undefined
    if (!isNode(value) || !product || !isNode(product) || uses.get(product) !== 1) continue
    const [view, record] = [recordOf(value.op), recordOf(product.op)]
    if (view.kind !== 'view' || record.kind !== 'contraction' || !record.part) continue
    const range = view.range?.(value.attrs)
    const types = { operands: product.operands.map((operand) => operand.type), result: product.type }
    const part = range && record.part(range, product.attrs, types)
    if (part) slices.set(value, { product, ...part })
  }
  return slices
}

function partOf({ product, windows, attrs }: PartOfProduct, of: (value: GraphValue) => GraphValue): GraphNode {
  const [first, ...rest] = product.operands.map(of)
  const sliced = makeNode('slice', [first!], { ...windows }, product.source)
  return makeNode(product.op, [sliced, ...rest], attrs, product.source)
}
