import type { TypedArray } from '../base/dtype.ts'
import { elementCount } from '../base/shape.ts'
import { makeConstant, makeNode } from '../ir/builder.ts'
import { isConstant, isNode, type GraphConstant, type GraphNode, type GraphValue } from '../ir/graph.ts'
import { recordOf } from '../ops/registry.ts'
import { mapGraph } from '../rewrite/map-graph.ts'
import { isSplat } from '../rewrite/pattern.ts'
import type { Pass, PassContext } from './pass.ts'

/**
 * Computes nodes whose operands are all constants, by the kernels that would run.
 *
 * Before: %0 = constant(2) : f32[]           After: %0 = constant(1.4142135) : f32[8, 8]
 *         %1 = sqrt(%0) : f32[]
 *         %2 = broadcastTo(%1) {shape: [8, 8]} : f32[8, 8]
 * Needs an evaluator in the context. Leaves alone: random numbers, ops with run-time checks, ops without operands (cheaper to compute than
 * to load), and results with many different elements. Cost: O(n) and the kernels of the folded nodes.
 */
export const constantFolding: Pass = {
  name: 'constant-folding',
  run: (graph, context) => mapGraph(graph, (value) => (isNode(value) ? folded(value, context) : value)),
}

/** More elements than this are not stored in a program, nor made in memory to be reduced. */
const maximumResult = 1024
const maximumOperand = 65536

function folded(node: GraphNode, context: PassContext): GraphValue {
  const { kind, checks } = recordOf(node.op)
  const constants = node.operands.filter(isConstant)
  if (constants.length === 0 || constants.length < node.operands.length || kind === 'random' || checks) return node
  const splats = constants.filter(isSplat)
  if (splats.length === constants.length) {
    // Views only repeat, reorder or leave out elements; the elements of an elementwise result are computed alike.
    if (kind === 'view') return makeConstant(splats[0]!.value, node.type)
    if (kind === 'elementwise') return foldedOnce(node, splats, context)
  }
  const isSmall =
    elementCount(node.type.shape) <= maximumResult &&
    constants.every((constant) => elementCount(constant.type.shape) <= maximumOperand)
  return isSmall ? constantOf(node, context.evaluate(node)) : node
}

/** One element stands for all. */
function foldedOnce(node: GraphNode, splats: readonly GraphConstant[], context: PassContext): GraphValue {
  const scalars = splats.map(({ value, type }) => makeConstant(value, { dtype: type.dtype, shape: [] }))
  const element = context.evaluate(makeNode(node.op, scalars, node.attrs, node.source))
  if (element === undefined) return node
  return makeConstant(typeof element === 'number' ? element : element[0]!, node.type)
}

function constantOf(node: GraphNode, elements: TypedArray | number | undefined): GraphValue {
  if (elements === undefined) return node
  if (typeof elements === 'number' || elements.length === 0) return makeConstant(elements, node.type)
  const first = elements[0]!
  return makeConstant(elements.every((element) => Object.is(element, first)) ? first : elements, node.type)
}
