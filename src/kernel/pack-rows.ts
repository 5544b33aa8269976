import { addAffine, affine, load } from './builder.ts'
import type { Region } from './contraction-tiles.ts'
import { depthCount, walkDepth } from './depth.ts'
import { placeAt, shifted, strideAlong } from './dimensions.ts'
import type { Affine, Buffer, Statement } from './ir.ts'
import type { ContractionPlan, Factor } from './micro-kernel.ts'
import { forEach } from './tile-loops.ts'

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

/** Packed rows: [tile][k][row], the rows of a step in whole vectors. */
export const packedRows = (plan: ContractionPlan, buffer: Buffer, region: Region): Factor => ({
  ...plan.rowFactor,
  buffer,
  depthStrides: [stepOf(plan, region)],
  panelAddress: (tile) => addAffine(affine(0), tile, packedTileNumbers(plan, region)),
})
const stepOf = ({ lanes }: ContractionPlan, { rows }: Region): number => Math.ceil(rows / lanes) * lanes
export const packedTileNumbers = (plan: ContractionPlan, region: Region): number =>
  stepOf(plan, region) * depthCount(plan.depth)

/** Copies `rowCount` rows from `first` on, tile by tile. Vectors past the last row may hold what lies behind it. */
export function packRows(
  plan: ContractionPlan,
  buffer: Buffer,
  region: Region,
  first: Affine,
  rowCount: number,
): Statement[] {
  const { depth, lanes, lowering, rowFactor, dimensions, coordinates } = plan
  const copyTile = (tile: Affine, count: number): Statement[] => {
    const target = addAffine(affine(0), tile, packedTileNumbers(plan, region))
    const row = addAffine(first, tile, region.rows)
    const walk = walkDepth(depth, [rowFactor.depthStrides, [stepOf(plan, region)]], lowering.names)
    const body = Array.from({ length: Math.ceil(count / lanes) }, (_, v): Statement => {
      const place = placeAt(dimensions, [...coordinates, shifted(row, v * lanes)])
      const address = addAffine(place.address(rowFactor.layout), walk.offsets[0]!)
      return {
        kind: 'store',
        buffer,
        at: { affine: addAffine(shifted(target, v * lanes), walk.offsets[1]!) },
        value: load(rowFactor.buffer, { affine: address }, lanes, 1, Math.min(lanes, count - v * lanes)),
        laneStride: 1,
      }
    })
    return [walk.around(body)]
  }
  const whole = Math.floor(rowCount / region.rows)
  const rest = rowCount - whole * region.rows
  const statements = whole > 0 ? forEach(lowering.names, 'i', whole, (tile) => copyTile(tile, region.rows)) : []
  return rest > 0 ? [...statements, ...copyTile(affine(whole), rest)] : statements
}
