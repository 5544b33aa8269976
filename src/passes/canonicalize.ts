import { broadcastShapes, sameShape, type Shape } from '../base/shape.ts'
import { makeConstant, makeNode } from '../ir/builder.ts'
import { isConstant, isNode, type GraphConstant, type GraphNode, type GraphValue } from '../ir/graph.ts'
import { recordOf } from '../ops/registry.ts'
import { mapGraph, withOperands } from '../rewrite/map-graph.ts'
import { isSplat } from '../rewrite/pattern.ts'
import type { Pass } from './pass.ts'

/**
 * Gives equal computations equal forms, so that rules and common subexpressions find them: constants with equal elements become one number,
 * constants stand on the right of commutative ops, and elementwise operands are not repeated where the op itself repeats them.
 *
 * Before: %1 = broadcastTo(%x) {shape: [2, 3]} : f32[2, 3]     After: %1 = mul(%y, %x) : f32[2, 3]
 *         %2 = mul(%1, %y) : f32[2, 3]                                %2 = add(%1, %0) : f32[2, 3], %0 a constant of shape []
 *         %3 = add(%0, %2) : f32[2, 3]
 * Needs nothing. Leaves the nodes that became unused out of reach. Cost: O(n).
 */
export const canonicalize: Pass = {
  name: 'canonicalize',
  run: (graph) => mapGraph(graph, (value) => (isNode(value) ? canonicalNode(value) : asOneNumber(value))),
}

function asOneNumber(constant: GraphConstant): GraphConstant {
  const { value, type } = constant
  if (typeof value === 'number' || value.length === 0) return constant
  const first = value[0]!
  return value.every((element) => Object.is(element, first)) ? makeConstant(first, type) : constant
}

function canonicalNode(node: GraphNode): GraphNode {
  const record = recordOf(node.op)
  const ordered = record.commutative ? withOperands(node, constantsRight(node.operands)) : node
  return record.kind === 'elementwise' ? withUnrepeatedOperands(ordered) : ordered
}

const constantsRight = (operands: readonly GraphValue[]): readonly GraphValue[] => {
  const [a, b] = operands
  return a && b && isConstant(a) && !isConstant(b) ? [b, a] : operands
}

/** Each operand as small as it may be while the others still make the shape of the result. */
function withUnrepeatedOperands(node: GraphNode): GraphNode {
  let operands = node.operands
  for (const operand of new Set(node.operands)) {
    const smaller = unrepeated(operand)
    if (smaller === operand) continue
    // One value stays one value: x · x must not become x · broadcastTo(x).
    const candidates = operands.map((other) => (other === operand ? smaller : other))
    if (sameShape(broadcast(candidates.map((candidate) => candidate.type.shape)), node.type.shape))
      operands = candidates
  }
  const changed = withOperands(node, operands)
  return changed === node ? node : makeNode(node.op, operands, node.attrs, node.source)
}

function unrepeated(value: GraphValue): GraphValue {
  if (isSplat(value))
    return value.type.shape.length === 0 ? value : makeConstant(value.value, { ...value.type, shape: [] })
  return value.op === 'broadcastTo' ? value.operands[0]! : value
}

/** The operands are those of a node, so they do broadcast. */
const broadcast = (shapes: readonly Shape[]): Shape => shapes.reduce((joint, shape) => broadcastShapes(joint, shape)!)
