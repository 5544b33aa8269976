import type { Layout } from '../base/layout.ts'
import { elementCount, type Shape } from '../base/shape.ts'
import type { FusionGroup } from '../ir/fusion-group.ts'
import type { GraphNode, GraphValue } from '../ir/graph.ts'
import { locate, type Location } from '../ir/materialize.ts'
import { recordOf } from '../ops/registry.ts'
import { affine, constant, fullLanes, register } from './builder.ts'
import { schedule } from './contraction-schedule.ts'
import { depthCount } from './depth.ts'
import { type Dimension, mergeAxes, strideAlong } from './dimensions.ts'
import { type Loop, markParallel } from './divide-work.ts'
import { lowerElementwise } from './elementwise.ts'
import { groupWithoutAnchor } from './errors.ts'
import { epilogueOf } from './epilogue.ts'
import type { Surroundings } from './evaluation.ts'
import type { Affine, LoopIndex, Statement } from './ir.ts'
import { registerScalar } from './ir.ts'
import type { Lowering } from './lowering.ts'
import type { ContractionPlan, Factor } from './micro-kernel.ts'
import { columnDirections } from './pack.ts'
import { identityPosition, positionThrough } from './position.ts'
import { probeGroup } from './probe.ts'
import { rowDirections } from './produced-rows.ts'
import { directionOf, producerOf, unmade, withLayouts } from './producer.ts'
import { gathersProduced, lowerSliding, operandLayouts, termsOf } from './sliding.ts'

/** Tiles of the product kept in registers; the nodes after the anchor are applied before a tile is stored. */
export function lowerContraction(group: FusionGroup, lowering: Lowering): Statement[] {
  const { anchor } = group
  const record = anchor && recordOf(anchor.op)
  if (!anchor || record?.kind !== 'contraction') throw groupWithoutAnchor(group.kind)
  const a = anchor.operands[0]!
  const { shape, dtype } = anchor.type
  const rank = shape.length
  const terms = termsOf(group, operandLayouts(group, lowering))
  const depth = terms ? depthCount(terms.depth) : a.type.shape[rank - 1]!
  const scalar = registerScalar[dtype]
  if (depth === 0)
    return lowerElementwise(group, lowering, new Map([[anchor, ({ lanes }) => constant(0, register(scalar, lanes))]]))
  if (terms) return lowerSliding(group, lowering)

  const [left, right] = factorsOf(group, lowering)
  const outputLayouts = group.outputs.map((output) => lowering.storageOf(output).layout)
  const probe = probeGroup(group, lowering, { position: identityPosition(rank), rank, roots: group.outputs, anchor })
  const accesses = [...layoutsOf([left, right]), ...outputLayouts, ...probe.accesses]

  // A product whose left operand runs along m is computed as its transpose when that alone fills the lanes.
  const [m, n] = [shape[rank - 2]!, shape[rank - 1]!]
  const lanes = lowering.simd ? fullLanes(scalar) : 1
  const isTransposed =
    n < lanes && m >= lanes && left.layout.strides[rank - 2] === 1 && !left.producer && !right.producer
  const columnAxis = isTransposed ? rank - 2 : rank - 1
  const [rowFactor, columnFactor] = isTransposed ? [right, left] : [left, right]
  const dimensions = dimensionsOf(shape, columnAxis, columnFactor, accesses)

  const coordinates: Affine[] = []
  const batch = dimensions.slice(0, -2)
  const indices = batch.map((): LoopIndex => ({ name: lowering.names.next('i') }))
  for (const index of indices) coordinates.push(affine(0, { index, stride: 1 }))
  const plan: ContractionPlan = {
    dimensions,
    coordinates,
    rowFactor,
    columnFactor,
    depth: [depth],
    dtype,
    lanes,
    lowering,
  }
  const statements = schedule(plan, epilogueOf(group, lowering, { rank, lanes, dimensions, probe }))
  let body = statements.tiles
  for (let d = batch.length - 1; d >= 0; d--) {
    if (d === batch.length - 1 && !statements.packsOnce) body = [...statements.packing, ...body]
    const loop: Loop = { kind: 'loop', index: indices[d]!, extent: batch[d]!.extent, step: 1, body }
    body = [markParallel(loop, lowering.parallel && d === 0)]
  }
  if (!statements.packsOnce || statements.packing.length === 0) return body
  return lowering.parallel ? [...statements.packing, { kind: 'barrier' }, ...body] : [...statements.packing, ...body]
}

function factorsOf(group: FusionGroup, surroundings: Surroundings): [Factor, Factor] {
  const { operands, type } = group.anchor!
  const rank = type.shape.length
  const factor = (operand: GraphValue, depthAxis: number): Factor => {
    const producer = producerOf(group, operand, surroundings, depthAxis)
    const { buffer, layout } = producer
      ? { buffer: unmade(operand), layout: locate(operand, new Map<GraphValue, Location>()).layout }
      : surroundings.storageOf(operand)
    const lines = { buffer, layout: withoutAxis(layout, depthAxis), depthStrides: [layout.strides[depthAxis]!] }
    return producer ? { ...lines, producer } : lines
  }
  return [factor(operands[0]!, rank - 1), factor(operands[1]!, rank - 2)]
}

/** How the operands are walked along the axes of the result, and what they are computed from. */
const layoutsOf = (factors: readonly Factor[]): Layout[] =>
  factors.flatMap(({ layout, producer }) => [
    layout,
    ...(producer?.probe.accesses ?? []).map((access) => withoutAxis(access, producer!.depthAxis)),
  ])

/** Whether rows that share one right operand stay one dimension with the other nodes, which may read by batches. */
export function keepsRows(group: FusionGroup, layoutOf: (value: GraphValue) => Layout): boolean {
  const anchor = group.anchor!
  const { shape } = anchor.type
  const rank = shape.length
  if (rank < 3 || elementCount(shape) === 0 || hasWindows(anchor)) return true
  const surroundings = withLayouts(layoutOf)
  const [left, right] = factorsOf(group, surroundings)
  const { accesses } = probeGroup(group, surroundings, {
    position: identityPosition(rank),
    rank,
    roots: group.outputs,
    anchor,
  })
  const rowsWith = (all: readonly Layout[]): number => dimensionsOf(shape, rank - 1, right, all).at(-2)!.extent
  return rowsWith([...layoutsOf([left, right]), ...accesses]) === rowsWith([left.layout, right.layout])
}

/** Rows of a product for which computing the other operand while it is packed pays, as packing does, and rows worth a block of their own. */
const leastRowsForColumns = 32
const leastRows = 8

/** Whether operands that nodes of the group compute are computed once for each element, in vectors. */
export function producesOperands(group: FusionGroup, layoutOf: (value: GraphValue) => Layout, simd: boolean): boolean {
  const anchor = group.anchor!
  const { shape, dtype } = anchor.type
  const rank = shape.length
  const [a, b] = [anchor.operands[0]!, anchor.operands[1]!]
  const views = [a, b].map((operand) => {
    const { base, layout } = locate(operand, new Map<GraphValue, Location>())
    return group.nodes.includes(base as GraphNode) ? { base, layout, operand } : undefined // only compared
  })
  if (views.every((view) => view === undefined)) return true
  const depth = a.type.shape[rank - 1]!
  if (!simd || elementCount(shape) === 0 || depth === 0) return false
  for (const view of views)
    if (view && !positionThrough(view.layout, view.operand.type.shape, view.base.type.shape)) return false
  if (hasWindows(anchor)) return elementCount(b.type.shape) > 0 && gathersProduced(group, withLayouts(layoutOf))
  const factors = factorsOf(group, withLayouts(layoutOf))
  const [left, right] = factors
  const dimensions = dimensionsOf(shape, rank - 1, right, layoutsOf(factors))
  const [rows, columns] = [dimensions.at(-2)!, dimensions.at(-1)!]
  const batches = dimensions.slice(0, -2)
  const lanes = fullLanes(registerScalar[dtype])
  if (left.producer) {
    const isRepeated = a.type.shape.some((size, axis) => size > 1 && views[0]!.layout.strides[axis] === 0)
    if (isRepeated || rows.extent < leastRows) return false
    if (!directionOf(left.producer, rowDirections, rows, depth, lanes)) return false
  }
  if (right.producer) {
    // One that all batches share is packed before them.
    const repeats = batches.filter((dimension) => strideAlong(dimension, right.layout) === 0).length
    if ((repeats > 0 && repeats < batches.length) || rows.extent < leastRowsForColumns) return false
    if (!directionOf(right.producer, columnDirections, columns, depth, lanes)) return false
  }
  return true
}

const hasWindows = ({ op }: GraphNode): boolean => {
  const record = recordOf(op)
  return record.kind === 'contraction' && record.slide !== undefined
}

/** Batch dimensions, then the rows, which share one right operand, then the columns. */
function dimensionsOf(
  shape: Shape,
  columnAxis: number,
  columnFactor: Factor,
  accesses: readonly Layout[],
): Dimension[] {
  const rowAxis = 2 * shape.length - 3 - columnAxis
  const outer = mergeAxes(
    shape.map((size, axis) => (axis === columnAxis ? 1 : size)),
    accesses,
  )
  const last = outer.at(-1)
  const sharesColumns = last !== undefined && strideAlong(last, columnFactor.layout) === 0
  return [
    ...outer,
    ...(sharesColumns ? [] : [{ axes: [rowAxis], extent: 1 }]),
    { axes: [columnAxis], extent: shape[columnAxis]! },
  ]
}

const withoutAxis = ({ offset, strides }: Layout, axis: number): Layout => ({
  offset,
  strides: strides.map((stride, i) => (i === axis ? 0 : stride)),
})
