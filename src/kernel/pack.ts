import { addAffine, affine, constant, load, register, select } from './builder.ts'
import { markParallel } from './divide-work.ts'
import type { Region } from './contraction-tiles.ts'
import { placeAt, shifted, strideAlong } from './dimensions.ts'
import { depthCount, rowMajorDepth, walkDepth } from './depth.ts'
import { byteSizeOf, registerScalar } from './ir.ts'
import type { Affine, Buffer, LoopIndex, Statement } from './ir.ts'
import { type ContractionPlan, columnVector, type Factor } from './micro-kernel.ts'

/** Rows of a product that make up for packing when only alignment or the cache gain by it, and when unpacked loads go lane by lane. */
const worthwhileRows = 32
const worthwhileTransposedRows = 8
export const pageBytes = 4096

/** Whether the column operand is first copied into panels that are read from front to back. */
export function shouldPack(
  { columnFactor, depth, dtype, dimensions, lanes }: ContractionPlan,
  rows: number,
  columns: number,
): boolean {
  if (lanes === 1) return false
  const laneStride = columnFactor.layout.strides[dimensions.at(-1)!.axes[0]!]!
  if (laneStride !== 1 && columns > 1) return rows >= worthwhileTransposedRows
  if (rows < worthwhileRows) return false
  const strideBytes = columnFactor.depthStrides.at(-1)! * byteSizeOf[registerScalar[dtype]]
  return (
    columns % lanes !== 0 ||
    Math.abs(strideBytes) >= pageBytes ||
    (depthCount(depth) >= 512 && strideBytes % (pageBytes / 2) === 0)
  )
}

/** Terms of a sum and panels of columns from which on a tile's rows are packed first. */
const leastPackedRowDepth = 96
const leastSharingPanels = 3

/**
 * Whether the rows of a tile are first copied side by side: where they lie so in memory already, a line of the cache for every step of the
 * sum, which few of the cache's sets can hold when the steps are a power of two.
 */
export function shouldPackRows({ rowFactor, depth, dimensions, lanes }: ContractionPlan, region: Region): boolean {
  const rowStride = strideAlong(dimensions.at(-2)!, rowFactor.layout)
  return (
    lanes > 1 &&
    rowStride === 1 &&
    depth.length === 1 &&
    depth[0]! >= leastPackedRowDepth &&
    region.extent >= leastSharingPanels * region.width
  )
}

/** Numbers from one step of packed rows to the next. */
export const packedRowStep = (rows: number, lanes: number): number => Math.ceil(rows / lanes) * lanes

/** Copies the rows of a tile into `buffer`: [k][row]. Vectors past the last row may hold what lies behind it. */
export function packRowStatements(plan: ContractionPlan, buffer: Buffer, row: Affine, rowCount: number): Statement[] {
  const { depth, lanes, lowering, rowFactor, dimensions, coordinates } = plan
  const step = packedRowStep(rowCount, lanes)
  const walk = walkDepth(depth, [rowFactor.depthStrides, [step]], lowering.names)
  const body = Array.from({ length: step / lanes }, (_, v): Statement => {
    const valid = Math.min(lanes, rowCount - v * lanes)
    const place = placeAt(dimensions, [...coordinates, shifted(row, v * lanes)])
    const address = addAffine(place.address(rowFactor.layout), walk.offsets[0]!)
    return {
      kind: 'store',
      buffer,
      at: { affine: addAffine(affine(v * lanes), walk.offsets[1]!) },
      value: load(rowFactor.buffer, { affine: address }, lanes, 1, valid),
      laneStride: 1,
    }
  })
  return [walk.around(body)]
}

/** The packed operand: [panel][k][column of the panel], the regions one after the other. */
export const packedFactor = ({ columnFactor, depth }: ContractionPlan, buffer: Buffer, region: Region): Factor => ({
  layout: columnFactor.layout,
  buffer,
  depthStrides: rowMajorDepth(depth, region.width),
  // A panel has a row of `width` for each product of the sum, and panel p begins at column p · width.
  panelAddress: (panel) => addAffine(affine(region.start * depthCount(depth)), panel, depthCount(depth)),
})

/** Copies the columns of `region` into `buffer`; columns beyond the product are zeros. */
export function packStatements(plan: ContractionPlan, buffer: Buffer, region: Region): Statement[] {
  const { depth, lanes, dtype, lowering, columnFactor } = plan
  const type = register(registerScalar[dtype], lanes)
  const panel: LoopIndex = { name: lowering.names.next('j') }
  const isLoop = region.extent > region.width
  const offset = isLoop ? affine(0, { index: panel, stride: 1 }) : affine(0)
  const column = addAffine(affine(region.start), offset)
  const to = packedFactor(plan, buffer, region)
  const walk = walkDepth(depth, [columnFactor.depthStrides, to.depthStrides], lowering.names)
  const body = Array.from({ length: region.vectors }, (_, v): Statement => {
    const value = columnVector(
      plan,
      region,
      { row: affine(0), rowCount: 0, column, panel: offset },
      v,
      walk.offsets[0]!,
    )
    const isPartial = v === region.vectors - 1 && region.lastValid < lanes
    const mask = { kind: 'laneMask', type: register('bool', lanes), count: region.lastValid } as const
    return {
      kind: 'store',
      buffer,
      at: { affine: addAffine(addAffine(to.panelAddress!(offset), affine(v * lanes)), walk.offsets[1]!) },
      value: isPartial ? select(mask, value, constant(0, type)) : value,
      laneStride: 1,
    }
  })
  // At the top of a body when all batches share the packed operand, or there is one.
  const parallel = lowering.parallel && buffer.perWorker === undefined
  const inner = walk.around(body)
  if (!isLoop) return [inner.kind === 'loop' ? markParallel(inner, parallel) : inner]
  return [
    markParallel({ kind: 'loop', index: panel, extent: region.extent, step: region.width, body: [inner] }, parallel),
  ]
}
