import { affine } from './builder.ts'
import { columnRegions, type Region } from './contraction-tiles.ts'
import { depthCount } from './depth.ts'
import { strideAlong } from './dimensions.ts'
import type { Epilogue } from './epilogue.ts'
import type { Affine, Buffer, Statement } from './ir.ts'
import { type ContractionPlan, type Factor, microKernel } from './micro-kernel.ts'
import { packedFactor, packPanel, packStatements, shouldPack } from './pack.ts'
import { packedRowStep, packRowStatements, shouldPackRows } from './pack-rows.ts'
import { streamedRows, streamsRows } from './streamed-rows.ts'
import { tileLoops, type TileLoops } from './tile-loops.ts'

export interface Schedule {
  readonly packing: Statement[]
  /** Whether packing is the same for every batch. */
  readonly packsOnce: boolean
  readonly tiles: Statement[]
}

/** How many rows make a packed panel worth keeping until all others are packed: fewer are done with it while it is in the first caches. */
const manyRows = 64

/** Panels that threads can share out; with fewer they share the rows. */
const leastPanelsForThreads = 4

/** Regions of columns one after the other; in each, tiles of rows outside, panels of columns inside, or the other way round for few rows. */
export function schedule(plan: ContractionPlan, epilogue: Epilogue): Schedule {
  if (streamsRows(plan)) return { packing: [], packsOnce: false, tiles: streamedRows(plan, epilogue) }
  const { dimensions, columnFactor, lowering, lanes } = plan
  const [rows, columns] = [dimensions.at(-2)!.extent, dimensions.at(-1)!.extent]
  const regions = columnRegions(rows, columns, lanes, lowering.microTile)
  const packs = shouldPack(plan, rows, columns)
  const batches = dimensions.slice(0, -2)
  const sharesColumns = batches.every((dimension) => strideAlong(dimension, columnFactor.layout) === 0)
  const parallel = lowering.parallel && plan.coordinates.length === 0
  const panelCount = regions.reduce((count, { extent, width }) => count + extent / width, 0)
  const packsPanels =
    packs &&
    rows < manyRows &&
    (batches.length === 0 || !sharesColumns) &&
    (!parallel || panelCount >= leastPanelsForThreads)
  const packsOnce = !packsPanels && sharesColumns
  const scratchOf = (name: string, vectors: number, shared: boolean): Buffer =>
    lowering.scratch(
      name,
      columnFactor.buffer.dtype,
      vectors * lanes * depthCount(plan.depth),
      shared ? 'shared' : undefined,
    )
  const buffer = packs && !packsPanels ? scratchOf('packed', Math.ceil(columns / lanes), packsOnce) : undefined
  const packing = buffer ? regions.flatMap((region) => packStatements(plan, buffer, region)) : []
  const panelBuffer = packsPanels
    ? scratchOf('panel', Math.max(...regions.map(({ vectors }) => vectors)), false)
    : undefined
  let rowBuffer: Buffer | undefined

  const loopsOf = (region: Region): TileLoops => {
    const tileOf =
      (factors: { columnFactor?: Factor; rowFactor?: Factor }): TileLoops['tile'] =>
      (position) =>
        microKernel({ ...plan, ...factors }, region, position, epilogue)
    const loops = { region, rows, names: lowering.names, parallel }
    if (panelBuffer) {
      const packed: Factor = { ...packedFactor(plan, panelBuffer, region), panelAddress: () => affine(0) }
      const sharePanel = (column: Affine): Statement[] => packPanel(plan, panelBuffer, region, column, affine(0))
      return { ...loops, tile: tileOf({ columnFactor: packed }), sharePanel }
    }
    const ready = buffer ? packedFactor(plan, buffer, region) : columnFactor
    const tile = tileOf({ columnFactor: ready })
    if (!shouldPackRows(plan, region)) return { ...loops, tile }
    const shareRow: TileLoops['shareRow'] = (row, rowCount) => {
      const step = packedRowStep(rowCount, lanes)
      // The tile of most rows comes first.
      rowBuffer ??= lowering.scratch('rows', plan.dtype, step * depthCount(plan.depth))
      const rowFactor: Factor = { ...plan.rowFactor, buffer: rowBuffer, depthStrides: [step], panelAddress: (r) => r }
      return {
        before: packRowStatements(plan, rowBuffer, row, rowCount),
        tile: tileOf({ columnFactor: ready, rowFactor }),
      }
    }
    return { ...loops, tile, shareRow }
  }
  return { packing, packsOnce, tiles: regions.flatMap((region) => tileLoops(loopsOf(region))) }
}
