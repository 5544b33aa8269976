import { elementCount, sameShape, sameType } from '../base/shape.ts'
import { makeNode } from '../ir/builder.ts'
import {
  inDependencyOrder,
  isNode,
  outputsOf,
  useCounts,
  type Graph,
  type GraphNode,
  type GraphValue,
} from '../ir/graph.ts'
import { isView, locate, type Location } from '../ir/materialize.ts'
import { recordOf } from '../ops/registry.ts'
import { rebuildGraph, withOperands } from '../rewrite/map-graph.ts'
import { applyViews, moveViewOf, type ViewForm } from '../rewrite/move-view.ts'
import { rewriteGraph } from '../rewrite/rewrite.ts'
import { viewRules } from '../rewrite/rules/view.ts'
import type { Pass } from './pass.ts'

/**
 * Makes chains of views one view, and moves views from the results of elementwise nodes to their operands, where they become index maps of
 * loads and no longer keep the nodes on both sides out of one kernel.
 *
 * Before: %0 = add(%x, %y) : f32[2, 3]                    After: %0 = permute(%x) {axes: [1, 0]} : f32[3, 2]
 *         %1 = permute(%0) {axes: [1, 0]} : f32[3, 2]            %1 = permute(%y) {axes: [1, 0]} : f32[3, 2]
 *         %2 = relu(%1) : f32[3, 2]                              %2 = add(%0, %1) : f32[3, 2]
 *                                                                %3 = relu(%2) : f32[3, 2]
 * Needs constants of one number, canonical forms. Leaves equal views of one operand to common subexpressions. Never moves a view past a
 * reduction, whose order follows its logical shape, nor where strides cannot say the moved view. A reshape of a product's rows that an
 * elementwise node reads becomes one of its operands, so that the node can follow in the product's kernel. Cost: O(n) a round; a round
 * more for each view met on the way up.
 */
export const viewSinking: Pass = {
  name: 'view-sinking',
  run(graph, { hits }) {
    let before = rewriteGraph(graph, viewRules, hits)
    for (let round = 0; round < maximumRounds; round++) {
      const moved = moveViews(before)
      if (moved === before) break
      before = rewriteGraph(moved, viewRules, hits)
    }
    return before
  },
}

/** Each round moves views past all elementwise nodes up to the next view; more alternations than this are not worth the time. */
const maximumRounds = 8

/** A node that is computed as a view of it, with the views that each operand gets instead. */
interface Move {
  readonly view: ViewForm
  readonly operandViews: readonly (readonly ViewForm[])[]
}

function moveViews(graph: Graph): Graph {
  const moves = plan(graph)
  if (moves.size === 0) return graph
  return rebuildGraph(graph, (value, of) => {
    if (!isNode(value)) return value
    const move = moves.get(value)
    if (move) return movedNode(value, move, moves, of)
    return isView(value) && moves.has(value.operands[0]!)
      ? of(value.operands[0]!)
      : withOperands(value, value.operands.map(of))
  })
}

/** The node over viewed operands. An operand that is moved itself has its one view already. */
function movedNode(
  node: GraphNode,
  move: Move,
  moves: ReadonlyMap<GraphValue, Move>,
  of: (value: GraphValue) => GraphValue,
): GraphNode {
  const operands = node.operands.map((operand, i) =>
    moves.has(operand) ? of(operand) : applyViews(of(operand), move.operandViews[i]!, node.source),
  )
  return makeNode(node.op, operands, node.attrs, node.source)
}

/** Which nodes to compute as a view of them: users first, so that one round moves a view past a whole chain. */
function plan(graph: Graph): ReadonlyMap<GraphValue, Move> {
  const uses = useCounts(graph)
  const welcome = viewsWorthMoving(graph)
  const moves = new Map<GraphValue, Move>()
  const consider = (value: GraphValue, view: ViewForm, isFollowed: boolean): void => {
    if (!isNode(value) || uses.get(value) !== 1) return
    const { kind } = recordOf(value.op)
    const move =
      kind === 'elementwise'
        ? moveOf(value, view)
        : kind === 'contraction' && isFollowed
          ? contractionMove(value, view)
          : undefined
    if (move) moves.set(value, move)
  }
  for (const value of inDependencyOrder(graph).toReversed()) {
    if (!isNode(value)) continue
    const move = moves.get(value)
    if (move) {
      value.operands.forEach((operand, i) => {
        const [only, ...more] = move.operandViews[i]!
        if (only && more.length === 0) consider(operand, only, sameShape(operand.type.shape, value.type.shape))
      })
    } else if (welcome.has(value)) consider(value.operands[0]!, value, welcome.get(value)!)
  }
  return moves
}

function moveOf(node: GraphNode, view: ViewForm): Move | undefined {
  const moveView = moveViewOf[view.op]
  if (!moveView) return undefined
  const shape = node.type.shape
  const operandViews: (readonly ViewForm[])[] = []
  for (const operand of node.operands) {
    const views = moveView(view, operand.type.shape, shape)
    if (!views || !staysView(operand, views)) return undefined
    operandViews.push(views)
  }
  const result = makeNode(view.op, [node], view.attrs)
  const operands = node.operands.map((operand, i) => applyViews(operand, operandViews[i]!, undefined))
  return sameType(makeNode(node.op, operands, node.attrs).type, result.type) ? { view, operandViews } : undefined
}

/** A product in another shape, where its operands are reshaped without a copy that was not there before, nor for lack of one. */
function contractionMove(node: GraphNode, view: ViewForm): Move | undefined {
  const record = recordOf(node.op)
  if (record.kind !== 'contraction' || view.op !== 'reshape') return undefined
  const result = makeNode(view.op, [node], view.attrs).type
  const types = { operands: node.operands.map((operand) => operand.type), result: node.type }
  const shapes = record.reshaped?.(result.shape, node.attrs, types)
  if (!shapes) return undefined
  const operandViews = node.operands.map((operand, i): ViewForm[] => {
    const shape = shapes[i]!
    return [
      { op: elementCount(shape) === elementCount(operand.type.shape) ? 'reshape' : 'broadcastTo', attrs: { shape } },
    ]
  })
  const isFree = node.operands.every(
    (operand, i) => staysView(operand, operandViews[i]!) && !avoidsCopy(operand, operandViews[i]!),
  )
  return isFree ? { view, operandViews } : undefined
}

/** Whether the operand is a copy, which `views` of what was copied would not need: they lie in uneven steps. */
function avoidsCopy(operand: GraphValue, views: readonly ViewForm[]): boolean {
  const known = new Map<GraphValue, Location>()
  if (!isView(operand) || locate(operand, known).base !== operand) return false
  const view = applyViews(operand.operands[0]!, views, undefined)
  return locate(view, known).base !== view
}

/** Whether strides can say the views, or the operand needs a copy with or without them. */
function staysView(operand: GraphValue, views: readonly ViewForm[]): boolean {
  const known = new Map<GraphValue, Location>()
  const before = locate(operand, known).base
  return views.length === 0 || locate(applyViews(operand, views, undefined), known).base === before
}

/**
 * Views that an elementwise node, a reduction or the caller reads: those kernels can take the nodes before the view in. True for those
 * that an elementwise node of their shape reads.
 */
function viewsWorthMoving(graph: Graph): ReadonlyMap<GraphValue, boolean> {
  const worth = new Map<GraphValue, boolean>(
    outputsOf(graph)
      .filter(isView)
      .map((view) => [view, false]),
  )
  for (const value of inDependencyOrder(graph)) {
    if (!isNode(value)) continue
    const { kind } = recordOf(value.op)
    if (kind !== 'elementwise' && kind !== 'reduction') continue
    for (const view of value.operands.filter(isView)) {
      const isFollowed = kind === 'elementwise' && sameShape(view.type.shape, value.type.shape)
      worth.set(view, isFollowed || worth.get(view) === true)
    }
  }
  return worth
}
