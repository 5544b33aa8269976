import type { Layout } from '../base/layout.ts'
import { elementCount, type Shape } from '../base/shape.ts'
import type { FusionGroup } from '../ir/fusion-group.ts'
import type { GraphNode, GraphValue } from '../ir/graph.ts'
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
import { identityPosition } from './position.ts'
import { probeGroup } from './probe.ts'
import { lowerSliding } from './sliding.ts'

/** Tiles of the product kept in registers; the nodes after the anchor are applied before a tile is stored. */
export function lowerContraction(group: FusionGroup, lowering: Lowering): Statement[] {
  const { anchor } = group
  const record = anchor && recordOf(anchor.op)
  if (!anchor || record?.kind !== 'contraction') throw groupWithoutAnchor(group.kind)
  const [a, b] = [anchor.operands[0]!, anchor.operands[1]!]
  const { shape, dtype } = anchor.type
  const rank = shape.length
  const types = { operands: [a.type, b.type], result: anchor.type }
  const terms = record.slide?.([lowering.storageOf(a).layout, lowering.storageOf(b).layout], anchor.attrs, types)
  const depth = terms ? depthCount(terms.depth) : a.type.shape[rank - 1]!
  const scalar = registerScalar[dtype]
  if (depth === 0)
    return lowerElementwise(group, lowering, new Map([[anchor, ({ lanes }) => constant(0, register(scalar, lanes))]]))
  if (terms) return lowerSliding(group, lowering, terms)

  const [left, right] = factorsOf(anchor, lowering)
  const outputLayouts = group.outputs.map((output) => lowering.storageOf(output).layout)
  const probe = probeGroup(group, lowering, { position: identityPosition(rank), rank, roots: group.outputs, anchor })
  const accesses = [left.layout, right.layout, ...outputLayouts, ...probe.accesses]

  // A product whose left operand runs along m is computed as its transpose when that alone fills the lanes.
  const [m, n] = [shape[rank - 2]!, shape[rank - 1]!]
  const lanes = lowering.simd ? fullLanes(scalar) : 1
  const isTransposed = n < lanes && m >= lanes && left.layout.strides[rank - 2] === 1
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

function factorsOf({ operands, type }: GraphNode, { storageOf }: Pick<Surroundings, 'storageOf'>): [Factor, Factor] {
  const rank = type.shape.length
  const factor = (operand: GraphValue, depthAxis: number): Factor => {
    const { buffer, layout } = storageOf(operand)
    return { buffer, layout: withoutAxis(layout, depthAxis), depthStrides: [layout.strides[depthAxis]!] }
  }
  return [factor(operands[0]!, rank - 1), factor(operands[1]!, rank - 2)]
}

/** Whether rows that share one right operand stay one dimension with the nodes after the anchor, which may read by batches. */
export function keepsRows(group: FusionGroup, layoutOf: (value: GraphValue) => Layout): boolean {
  const anchor = group.anchor!
  const { shape } = anchor.type
  const rank = shape.length
  if (rank < 3 || elementCount(shape) === 0 || hasWindows(anchor)) return true
  const storageOf: Surroundings['storageOf'] = (value) => ({
    buffer: { name: 'operand', dtype: value.type.dtype, elementCount: 0 },
    layout: layoutOf(value),
  })
  const [left, right] = factorsOf(anchor, { storageOf })
  const { accesses } = probeGroup(
    group,
    { storageOf, siteOf: () => 0 },
    { position: identityPosition(rank), rank, roots: group.outputs, anchor },
  )
  const rowsWith = (all: readonly Layout[]): number =>
    dimensionsOf(shape, rank - 1, right, [left.layout, right.layout, ...all]).at(-2)!.extent
  return rowsWith(accesses) === rowsWith([])
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
