import { isFloat } from '../base/dtype.ts'
import { elementCount, sameType } from '../base/shape.ts'
import { makeConstant, makeNode } from '../ir/builder.ts'
import { type GraphNode, type GraphValue, isNode } from '../ir/graph.ts'
import { isView } from '../ir/materialize.ts'
import type { OpTable } from '../ops/table.ts'
import { mapGraph, withOperands } from '../rewrite/map-graph.ts'
import type { Pass } from './pass.ts'

/**
 * A sum of parts of a tensor, each with zeros around it, is the parts side by side, if they fill the tensor: the gradient of a tensor that was
 * taken apart by slices. Of the many tensors of full size none is left. A float part gets + 0, which the zeros did to −0.
 *
 * Before: %0 = pad(%x) {shape: [4], starts: [0], steps: [1], value: 0} : f32[4]    After: %1 = add(%x, %0) : f32[2], %0 the constant 0
 *         %1 = pad(%y) {shape: [4], starts: [2], steps: [1], value: 0} : f32[4]           %2 = add(%y, %0) : f32[2]
 *         %2 = add(%0, %1) : f32[4]                                                       %3 = concat(%1, %2) {axis: 0} : f32[4]
 * Needs nothing; before views are sunk, for it adds below them. Leaves the pads out of reach. Cost: O(n · terms of a sum).
 */
export const joinParts: Pass = {
  name: 'join-parts',
  run: (graph) => {
    const withoutNegativeZero = new Set<GraphValue>()
    return mapGraph(graph, (value) => (isNode(value) ? (joined(value, withoutNegativeZero) ?? value) : value))
  },
}

interface Part {
  readonly value: GraphValue
  readonly start: number
  readonly end: number
}

/** The sum as a concatenation. `withoutNegativeZero` are values known to hold no −0. */
function joined(sum: GraphNode, withoutNegativeZero: Set<GraphValue>): GraphNode | undefined {
  const pads = padsOf(sum)
  const axis = pads && axisOf(pads)
  if (!pads || axis === undefined) return undefined
  const parts = pads.map((pad) => partOf(pad, axis)).sort((a, b) => a.start - b.start)
  const fills = parts.every(({ start }, i) => start === (parts[i - 1]?.end ?? 0))
  if (!fills || parts.at(-1)!.end !== sum.type.shape[axis]) return undefined
  const positive = (value: GraphValue): GraphValue => {
    if (!isFloat(value.type.dtype) || withoutNegativeZero.has(value)) return value
    const below = isView(value) ? value.operands[0]! : undefined
    // Below a view of all elements, so that the addition joins the kernel that makes them.
    if (below && elementCount(below.type.shape) === elementCount(value.type.shape))
      return withOperands(value as GraphNode, [positive(below)]) // views are nodes
    const zero = makeConstant(0, { dtype: value.type.dtype, shape: [] })
    return makeNode('add', [value, zero], {}, sum.source)
  }
  const result = makeNode(
    'concat',
    parts.map(({ value }) => positive(value)),
    { axis },
    sum.source,
  )
  withoutNegativeZero.add(result)
  return result
}

const attrsOf = (pad: GraphNode): OpTable['pad']['attrs'] => pad.attrs as OpTable['pad']['attrs'] // the record has checked them

/** The terms of a tree of additions, if all are padded with 0 and there are several, none of them twice. */
function padsOf(sum: GraphNode): GraphNode[] | undefined {
  if (sum.op !== 'add') return undefined
  const pads: GraphNode[] = []
  const seen = new Set<GraphValue>()
  const stack: GraphValue[] = [sum]
  for (let term = stack.pop(); term; term = stack.pop()) {
    // A part that is added twice does not lie beside itself. Doubled sums have more paths than could be walked.
    if (!isNode(term) || !sameType(term.type, sum.type) || seen.has(term)) return undefined
    seen.add(term)
    if (term.op === 'add') stack.push(...term.operands)
    else if (term.op === 'pad' && Object.is(attrsOf(term).value, 0)) pads.push(term)
    else return undefined
  }
  return pads
}

/** The one axis along which all are padded. */
function axisOf(pads: readonly GraphNode[]): number | undefined {
  const { shape } = pads[0]!.type
  const padded = shape.flatMap((size, axis) =>
    pads.some((pad) => pad.operands[0]!.type.shape[axis] !== size) ? [axis] : [],
  )
  const isDense = pads.every((pad) =>
    attrsOf(pad).steps.every((step, axis) => step === 1 || (axis === padded[0] && lengthAlong(pad, axis) === 1)),
  )
  return padded.length === 1 && isDense ? padded[0] : undefined
}

const lengthAlong = (pad: GraphNode, axis: number): number => pad.operands[0]!.type.shape[axis]!

function partOf(pad: GraphNode, axis: number): Part {
  const start = attrsOf(pad).starts[axis]!
  return { value: pad.operands[0]!, start, end: start + lengthAlong(pad, axis) }
}
