import type { Layout } from '../base/layout.ts'
import type { FusionGroup } from '../ir/fusion-group.ts'
import type { GraphNode, GraphValue } from '../ir/graph.ts'
import { locate, type Location } from '../ir/materialize.ts'
import type { SlidingTerms } from '../ops/record.ts'
import { recordOf } from '../ops/registry.ts'
import { Names } from './binding.ts'
import { addAffine, affine, fullLanes } from './builder.ts'
import { columnRegions } from './contraction-tiles.ts'
import type { Dimension } from './dimensions.ts'
import { epilogueOf } from './epilogue.ts'
import type { Surroundings } from './evaluation.ts'
import type { Affine, Statement } from './ir.ts'
import { byteSizeOf, registerScalar } from './ir.ts'
import type { Lowering } from './lowering.ts'
import { type ContractionPlan, type Factor, microKernel } from './micro-kernel.ts'
import { pageBytes } from './pack.ts'
import { identityPosition } from './position.ts'
import { lanesFor, probeGroup } from './probe.ts'
import { producerOf, unmade } from './producer.ts'
import { channelColumns, prefersChannelColumns } from './sliding-channels.ts'
import { correlatePlanes, sumsByColumn } from './sliding-correlation.ts'
import { packedWindows } from './sliding-pack.ts'
import { exampleAxis, heightAxis, outputAxis, type SlidingPlan, widthAxis } from './sliding-plan.ts'
import { planeTiles, prefersPlanes } from './sliding-planes.ts'
import { forEach, tileLoops } from './tile-loops.ts'

/**
 * Products over windows (implicit GEMM). The order of each sum is that of `terms.depth`; schedules differ in what lies along the lanes and in
 * what is packed:
 *  - positions along the lanes, the windows of some rows of positions gathered into a small buffer just before they are used;
 *  - positions along the lanes, read where they lie, if nothing is gained by gathering;
 *  - positions along the lanes, plane by plane, where a group has few channels and outputs, as in a depthwise convolution;
 *  - outputs along the lanes, where there are few positions and long sums, as in the gradient of the weights.
 */
export function lowerSliding(group: FusionGroup, lowering: Lowering): Statement[] {
  const { plan, accesses } = slidingPlan(group, lowering)
  return slidingSchedule(plan, accesses)(plan)
}

/** The terms of the sum of each element of the group's product over windows. */
export function termsOf({ anchor }: FusionGroup, layouts: readonly [Layout, Layout]): SlidingTerms | undefined {
  const { operands, op, attrs, type } = anchor!
  const record = recordOf(op)
  if (record.kind !== 'contraction') return undefined
  return record.slide?.(layouts, attrs, { operands: operands.map((operand) => operand.type), result: type })
}

/** The layouts of the operands, in memory or of what they are views of. */
export function operandLayouts(group: FusionGroup, { storageOf }: Pick<Surroundings, 'storageOf'>): [Layout, Layout] {
  const layoutOf = (operand: GraphValue): Layout => {
    const { base, layout } = locate(operand, new Map<GraphValue, Location>())
    return group.nodes.includes(base as GraphNode) ? layout : storageOf(operand).layout // only compared
  }
  return [layoutOf(group.anchor!.operands[0]!), layoutOf(group.anchor!.operands[1]!)]
}

function slidingPlan(group: FusionGroup, lowering: Lowering): { plan: SlidingPlan; accesses: readonly Layout[] } {
  const anchor = group.anchor!
  const { shape, dtype } = anchor.type
  const [n, outputs, height, width] = shape as [number, number, number, number] // the record's type rule
  const lanes = lowering.simd ? fullLanes(registerScalar[dtype]) : 1
  const probe = probeGroup(group, lowering, { position: identityPosition(4), rank: 4, roots: group.outputs, anchor })
  const accesses = [...group.outputs.map((output) => lowering.storageOf(output).layout), ...probe.accesses]
  const layouts = operandLayouts(group, lowering)
  const terms = termsOf(group, layouts)!
  const { windows, weights } = terms
  const [images, filters] = [anchor.operands[0]!, anchor.operands[1]!]
  const producer = producerOf(group, images, lowering, 1)
  const plan: SlidingPlan = {
    sizes: [n, outputs / terms.groups, height, width],
    terms,
    windows: {
      buffer: producer ? unmade(images) : lowering.storageOf(images).buffer,
      layout: windows.layout,
      depthStrides: windows.depthStrides,
      ...(producer ? { producer } : {}),
    },
    windowsOf: (layout) => termsOf(group, [layout, layouts[1]])!.windows,
    weights: {
      buffer: lowering.storageOf(filters).buffer,
      layout: weights.layout,
      depthStrides: weights.depthStrides,
    },
    // The stride of a dimension is that of its last axis, which must not be one of size 1.
    positions: { axes: width === 1 ? [heightAxis] : [heightAxis, widthAxis], extent: height * width },
    positionsMerge: [windows.layout, ...accesses].every((layout) => merges(layout, height, width)),
    dtype,
    lanes,
    lowering,
    epilogueFor: (dimensions, own = lanes) => epilogueOf(group, lowering, { rank: 4, lanes: own, dimensions, probe }),
  }
  return { plan, accesses }
}

const merges = ({ strides }: { strides: readonly number[] }, height: number, width: number): boolean =>
  height === 1 || width === 1 || strides[heightAxis] === strides[widthAxis]! * width

function slidingSchedule(plan: SlidingPlan, accesses: readonly Layout[]): (plan: SlidingPlan) => Statement[] {
  const { sizes, terms, windows, dtype, lanes } = plan
  const [, outputs, height, width] = sizes
  const columns = terms.depth[2]!
  const positions = height * width
  if (sumsByColumn({ dtype, groups: terms.groups, outputs, positions, columns })) return correlatePlanes
  if (lanes > 1 && prefersPlanes(plan)) return planeTiles
  if (lanes === 1 || !accesses.every((layout) => merges(layout, height, width))) return positionColumns
  if (prefersChannelColumns(plan)) return channelColumns
  const isEven = windows.layout.strides[plan.positions.axes.at(-1)!] === 1
  const isReadOnce = outputs <= rowsThatReadOnce && width >= leastVectors * lanes
  // Channels half a page apart would meet in few sets of the cache.
  const areaBytes = windows.depthStrides[0]! * byteSizeOf[registerScalar[dtype]]
  const isSpread = terms.depth[0]! < 16 || areaBytes % (pageBytes / 2) !== 0
  return isEven && ((plan.positionsMerge && isSpread) || isReadOnce) ? positionColumns : packedWindows
}

/**
 * Whether windows over images that nodes of the group compute are gathered, in vectors and each element once: where windows overlap, computing
 * elements again takes as long as a kernel that stores them, or longer.
 */
export function gathersProduced(group: FusionGroup, surroundings: Surroundings): boolean {
  const [images, filters] = [group.anchor!.operands[0]!, group.anchor!.operands[1]!]
  const isProduced = (operand: GraphValue): boolean =>
    group.nodes.includes(locate(operand, new Map<GraphValue, Location>()).base as GraphNode) // only compared
  if (isProduced(filters)) return false
  const lowering: Lowering = {
    ...surroundings,
    simd: true,
    microTile: '3x12', // what is packed does not depend on it
    inlineEpilogues: true,
    parallel: false,
    names: new Names(),
    scratch: (name, dtype, elementCount) => ({ name, dtype, elementCount }),
  }
  const { plan, accesses } = slidingPlan(group, lowering)
  if (slidingSchedule(plan, accesses) !== packedWindows) return false
  const producer = plan.windows.producer!
  if (lanesFor(producer.probe.expressions, [], true) < plan.lanes) return false
  const columnStep = plan.windows.layout.strides[widthAxis]!
  const isEven = producer.probe.accesses.every((layout) =>
    [0, 1, columnStep].includes(plan.windowsOf(layout).layout.strides[widthAxis]!),
  )
  const [, , windowRows, windowColumns] = filters.type.shape as [number, number, number, number] // the record's type rule
  const [, , imageRows, imageColumns] = images.type.shape as [number, number, number, number]
  const [, , height, width] = plan.sizes
  return isEven && windowRows * height <= imageRows && windowColumns * width <= imageColumns
}

/** Outputs of a group up to which gathering costs more than it spares. */
const rowsThatReadOnce = 2
/** Vectors in a row of positions that keep the multiply-adds going without those of other rows. */
const leastVectors = 4

/** Positions along the lanes, windows read where they lie. */
function positionColumns(plan: SlidingPlan): Statement[] {
  const { sizes, terms, positions, positionsMerge, dtype, lanes, lowering, weights } = plan
  const [n, outputs, height, width] = sizes
  const { names } = lowering
  const rows: Dimension = { axes: [outputAxis], extent: outputs }
  const examples: Dimension = { axes: [exampleAxis], extent: n }
  const isFlat = positionsMerge && lanes > 1
  const dimensions: Dimension[] = isFlat
    ? [examples, rows, positions]
    : [examples, { axes: [heightAxis], extent: height }, rows, { axes: [widthAxis], extent: width }]
  const epilogue = plan.epilogueFor(dimensions)
  const parallel = lowering.parallel && n === 1 && terms.groups === 1 && (isFlat || height === 1)
  const tilesAt = (part: Affine, coordinates: readonly Affine[]): Statement[] => {
    const columnFactor: Factor = { ...plan.windows, base: addAffine(affine(0), part, terms.windows.groupStride) }
    const product: ContractionPlan = {
      dimensions,
      coordinates,
      rowFactor: weights,
      columnFactor,
      depth: terms.depth,
      dtype,
      lanes,
      lowering,
    }
    const columns = dimensions.at(-1)!.extent
    return columnRegions(outputs, columns, lanes, lowering.microTile).flatMap((region) =>
      tileLoops({
        region,
        rows: outputs,
        names,
        firstRow: addAffine(affine(0), part, outputs),
        parallel,
        tile: (position) => microKernel(product, region, position, epilogue),
      }),
    )
  }
  return forEach(
    names,
    'n',
    n,
    (example) =>
      forEach(names, 'g', terms.groups, (part) =>
        isFlat ? tilesAt(part, [example]) : forEach(names, 'y', height, (y) => tilesAt(part, [example, y])),
      ),
    lowering.parallel,
  )
}
