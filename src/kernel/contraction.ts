import type { Layout } from '../base/layout.ts'
import type { Shape } from '../base/shape.ts'
import type { FusionGroup } from '../ir/fusion-group.ts'
import { recordOf } from '../ops/registry.ts'
import { affine, constant, fullLanes, register } from './builder.ts'
import { columnRegions, type Region } from './contraction-tiles.ts'
import { type Dimension, mergeAxes, origin, shifted, strideAlong } from './dimensions.ts'
import { type Loop, markParallel } from './divide-work.ts'
import { lowerElementwise } from './elementwise.ts'
import { groupWithoutAnchor } from './errors.ts'
import { type Epilogue, epilogueOf } from './epilogue.ts'
import type { Affine, LoopIndex, Statement } from './ir.ts'
import { registerScalar } from './ir.ts'
import type { Lowering } from './lowering.ts'
import { type ContractionPlan, type Factor, microKernel } from './micro-kernel.ts'
import { packedFactor, packStatements, shouldPack } from './pack.ts'
import { identityPosition } from './position.ts'
import { probeGroup } from './probe.ts'

/** Tiles of the product kept in registers; the nodes after the anchor are applied before a tile is stored. */
export function lowerContraction(group: FusionGroup, lowering: Lowering): Statement[] {
  const { anchor } = group
  if (!anchor || recordOf(anchor.op).kind !== 'contraction') throw groupWithoutAnchor(group.kind)
  const [a, b] = [anchor.operands[0]!, anchor.operands[1]!]
  const { shape, dtype } = anchor.type
  const rank = shape.length
  const depth = a.type.shape[rank - 1]!
  const scalar = registerScalar[dtype]
  if (depth === 0)
    return lowerElementwise(group, lowering, new Map([[anchor, ({ lanes }) => constant(0, register(scalar, lanes))]]))

  const [storedA, storedB] = [lowering.storageOf(a), lowering.storageOf(b)]
  const left: Factor = {
    buffer: storedA.buffer,
    layout: withoutAxis(storedA.layout, rank - 1),
    depthStride: storedA.layout.strides[rank - 1]!,
  }
  const right: Factor = {
    buffer: storedB.buffer,
    layout: withoutAxis(storedB.layout, rank - 2),
    depthStride: storedB.layout.strides[rank - 2]!,
  }
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
  const plan: ContractionPlan = { dimensions, coordinates, rowFactor, columnFactor, depth, dtype, lanes, lowering }
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

interface Schedule {
  readonly packing: Statement[]
  /** Whether packing is the same for every batch. */
  readonly packsOnce: boolean
  readonly tiles: Statement[]
}

/** Regions of columns one after the other; in each, tiles of rows outside, panels of columns inside. */
function schedule(plan: ContractionPlan, epilogue: Epilogue): Schedule {
  const { dimensions, columnFactor, lowering, lanes } = plan
  const [rows, columns] = [dimensions.at(-2)!.extent, dimensions.at(-1)!.extent]
  const regions = columnRegions(rows, columns, lanes, lowering.microTile)
  const packs = shouldPack(plan, rows, columns)
  const packsOnce = dimensions.slice(0, -2).every((dimension) => strideAlong(dimension, columnFactor.layout) === 0)
  const shared = packsOnce ? 'shared' : undefined
  const elements = Math.ceil(columns / lanes) * lanes * plan.depth
  const buffer = packs ? lowering.scratch('packed', columnFactor.buffer.dtype, elements, shared) : undefined
  const packing = buffer ? regions.flatMap((region) => packStatements(plan, buffer, region)) : []
  const tiles = regions.flatMap((region) => {
    const factor = buffer ? packedFactor(plan, buffer, region) : columnFactor
    return regionStatements({ ...plan, columnFactor: factor }, region, rows, epilogue)
  })
  return { packing, packsOnce, tiles }
}

function regionStatements(plan: ContractionPlan, region: Region, rows: number, epilogue: Epilogue): Statement[] {
  const isOutermost = plan.lowering.parallel && plan.coordinates.length === 0
  const tile = (row: Affine, rowCount: number, panel: Affine): Statement[] =>
    microKernel(plan, region, { row, rowCount, column: shifted(panel, region.start), panel }, epilogue)
  if (isOutermost && idleShare(region.extent / region.width) + 0.05 < idleShare(Math.floor(rows / region.rows)))
    return overPanels(plan, region, true, (panel) =>
      overRows(plan, region, rows, false, (row, rowCount) => tile(row, rowCount, panel)),
    )
  return overRows(plan, region, rows, isOutermost, (row, rowCount, isLoop) =>
    overPanels(plan, region, isOutermost && !isLoop, (panel) => tile(row, rowCount, panel)),
  )
}

/** The part of two to four threads' time in which one waits for another, when they take `passes` equal pieces of work. */
const idleShare = (passes: number): number =>
  passes < 1 ? 1 : [2, 3, 4].reduce((sum, n) => sum + (1 - passes / (n * Math.ceil(passes / n))) / 3, 0)

function overPanels(
  { lowering: { names } }: ContractionPlan,
  { extent, width }: Region,
  parallel: boolean,
  body: (panel: Affine) => Statement[],
): Statement[] {
  if (extent === width) return body(origin)
  const index: LoopIndex = { name: names.next('j') }
  const loop: Loop = { kind: 'loop', index, extent, step: width, body: body(affine(0, { index, stride: 1 })) }
  return [markParallel(loop, parallel)]
}

/** Tiles of rows, then the rows that are left. */
function overRows(
  { lowering: { names } }: ContractionPlan,
  { rows: step }: Region,
  rows: number,
  parallel: boolean,
  body: (row: Affine, rowCount: number, isLoop: boolean) => Statement[],
): Statement[] {
  const whole = rows - (rows % step)
  const statements: Statement[] = []
  if (whole === step) statements.push(...body(origin, whole, false))
  else if (whole > 0) {
    const index: LoopIndex = { name: names.next('i') }
    const loop: Loop = { kind: 'loop', index, extent: whole, step, body: body(affine(0, { index, stride: 1 }), step, true) }
    statements.push(markParallel(loop, parallel))
  }
  return rows > whole ? [...statements, ...body(affine(whole), rows - whole, false)] : statements
}
