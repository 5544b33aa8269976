import { addAffine, affine, load } from './builder.ts'
import type { Region } from './contraction-tiles.ts'
import { walkDepth } from './depth.ts'
import { placeAt, shifted, strideAlong } from './dimensions.ts'
import type { Affine, Buffer, Statement } from './ir.ts'
import type { ContractionPlan } from './micro-kernel.ts'

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
