import { addAffine, affine } from './builder.ts'
import { columnRegions, type Region } from './contraction-tiles.ts'
import { depthCount } from './depth.ts'
import { strideAlong } from './dimensions.ts'
import type { Epilogue } from './epilogue.ts'
import { byteSizeOf, registerScalar } from './ir.ts'
import type { Affine, Buffer, Statement } from './ir.ts'
import { type ContractionPlan, type Factor, microKernel } from './micro-kernel.ts'
import { packedFactor, packPanel, packStatements, shouldPack } from './pack.ts'
import { packedRows, packedTileNumbers, packRows, shouldPackRows } from './pack-rows.ts'
import { producedBlockRows, producedElements, producedFactor, produceRows } from './produced-rows.ts'
import { streamedRows, streamsRows } from './streamed-rows.ts'
import { blockedTileLoops, forEach, panelsOfTiles, tileLoops, type TileLoops } from './tile-loops.ts'

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

/** Bytes of the left operand that stay in the second cache beside what else is there; fewer where they are a copy, which is memory of the program. */
const blockBytes = 512 * 1024
const packedBlockBytes = 192 * 1024

/** Rows in a block, a multiple of the tile's: blocks of one size, and for threads enough to share out besides the last one, which they divide by columns. */
function blockRowsOf(
  { depth, dtype }: ContractionPlan,
  rows: number,
  region: Region,
  parallel: boolean,
  mostBytes: number,
): number {
  const most = Math.max(1, Math.floor(mostBytes / (depthCount(depth) * byteSizeOf[registerScalar[dtype]])))
  const fewest = Math.ceil(rows / most)
  const count = parallel && fewest > 2 ? Math.ceil((fewest - 1) / 4) * 4 + 1 : fewest
  return Math.ceil(rows / count / region.rows) * region.rows
}

/**
 * Rows in blocks, each computed before its tiles. A block of all rows is followed by the same loops as rows in memory, and so are rows that
 * threads share: they compute all of them, meet, and divide the tiles.
 */
function scheduleOfProducedRows(plan: ContractionPlan, epilogue: Epilogue): Schedule {
  const { dimensions, columnFactor, lowering, lanes, coordinates } = plan
  const { names } = lowering
  const [rows, columns] = [dimensions.at(-2)!.extent, dimensions.at(-1)!.extent]
  const regions = columnRegions(rows, columns, lanes, lowering.microTile)
  const parallel = lowering.parallel && coordinates.length === 0
  const blockRows = parallel ? rows : producedBlockRows(plan, rows, regions)
  const { dtype } = columnFactor.buffer
  const rowBuffer = lowering.scratch('rows', dtype, producedElements(plan, blockRows), parallel ? 'shared' : undefined)
  const withRows = (first: Affine): ContractionPlan => ({ ...plan, rowFactor: producedFactor(plan, rowBuffer, first) })
  if (blockRows === rows) {
    const all = produceRows(plan, rowBuffer, affine(0), rows, parallel)
    const rest = schedule(withRows(affine(0)), epilogue)
    return parallel
      ? { packing: [...all, ...rest.packing], packsOnce: true, tiles: rest.tiles }
      : { ...rest, tiles: [...all, ...rest.tiles] }
  }
  const packs = shouldPack(plan, rows, columns)
  const packsOnce = sharesColumns(plan)
  const packedNumbers = Math.ceil(columns / lanes) * lanes * depthCount(plan.depth)
  const shared = packsOnce ? 'shared' : undefined
  const buffer = packs ? lowering.scratch('packed', dtype, packedNumbers, shared) : undefined
  const block = (first: Affine, count: number): Statement[] => [
    ...produceRows(plan, rowBuffer, first, count),
    ...regions.flatMap((region) => {
      const factor = buffer ? packedFactor(plan, buffer, region) : columnFactor
      const product = { ...withRows(first), columnFactor: factor }
      const tile: TileLoops['tile'] = (position) => microKernel(product, region, position, epilogue)
      const loops: TileLoops = { region, rows: count, names, firstRow: first, tile }
      return buffer ? panelsOfTiles(loops, first, count) : tileLoops(loops)
    }),
  ]
  const whole = Math.floor(rows / blockRows)
  const rest = rows - whole * blockRows
  const tiles = forEach(names, 'i', whole, (index) => block(addAffine(affine(0), index, blockRows), blockRows))
  if (rest > 0) tiles.push(...block(affine(whole * blockRows), rest))
  const packing = buffer ? regions.flatMap((region) => packStatements(plan, buffer, region)) : []
  return { packing, packsOnce, tiles }
}

const sharesColumns = ({ dimensions, columnFactor }: ContractionPlan): boolean =>
  dimensions.slice(0, -2).every((dimension) => strideAlong(dimension, columnFactor.layout) === 0)

/** Regions of columns one after the other; in each, tiles of rows outside, panels of columns inside, or the other way round for few rows. */
export function schedule(plan: ContractionPlan, epilogue: Epilogue): Schedule {
  if (plan.rowFactor.producer) return scheduleOfProducedRows(plan, epilogue)
  if (streamsRows(plan)) return { packing: [], packsOnce: false, tiles: streamedRows(plan, epilogue) }
  const { dimensions, columnFactor, lowering, lanes } = plan
  const [rows, columns] = [dimensions.at(-2)!.extent, dimensions.at(-1)!.extent]
  const regions = columnRegions(rows, columns, lanes, lowering.microTile)
  const packs = shouldPack(plan, rows, columns)
  const batches = dimensions.slice(0, -2)
  const isShared = sharesColumns(plan)
  const parallel = lowering.parallel && plan.coordinates.length === 0
  const panelCount = regions.reduce((count, { extent, width }) => count + extent / width, 0)
  const packsPanels =
    packs &&
    rows < manyRows &&
    (batches.length === 0 || !isShared) &&
    (!parallel || panelCount >= leastPanelsForThreads)
  const packsOnce = !packsPanels && isShared
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

  const tilesOf = (region: Region): Statement[] => {
    const rowScratch = (tiles: number): Buffer =>
      lowering.scratch('rows', plan.rowFactor.buffer.dtype, tiles * packedTileNumbers(plan, region))
    const tileOf =
      (factors: { columnFactor?: Factor; rowFactor?: Factor }): TileLoops['tile'] =>
      (position) =>
        microKernel({ ...plan, ...factors }, region, position, epilogue)
    const loops = { region, rows, names: lowering.names, parallel }
    if (panelBuffer) {
      const packed: Factor = { ...packedFactor(plan, panelBuffer, region), panelAddress: () => affine(0) }
      const sharePanel = (column: Affine): Statement[] => packPanel(plan, panelBuffer, region, column, affine(0))
      return tileLoops({ ...loops, tile: tileOf({ columnFactor: packed }), sharePanel })
    }
    const ready = buffer ? packedFactor(plan, buffer, region) : columnFactor
    const tile = tileOf({ columnFactor: ready })
    const packsRows = shouldPackRows(plan, region)
    const rowTileOf = (rowBuffer: Buffer): TileLoops['tile'] =>
      tileOf({ columnFactor: ready, rowFactor: packedRows(plan, rowBuffer, region) })
    // Threads that divide the panels of a block could not share its packed rows.
    if (buffer && region.extent > region.width && !(packsRows && parallel)) {
      const blockRows = blockRowsOf(plan, rows, region, parallel, packsRows ? packedBlockBytes : blockBytes)
      if (!packsRows) return blockedTileLoops({ ...loops, tile }, { rows: blockRows })
      const rowBuffer = rowScratch(blockRows / region.rows)
      const share = (first: Affine, count: number): Statement[] => packRows(plan, rowBuffer, region, first, count)
      return blockedTileLoops({ ...loops, tile: rowTileOf(rowBuffer) }, { rows: blockRows, share })
    }
    if (!packsRows) return tileLoops({ ...loops, tile })
    const rowBuffer = rowScratch(1)
    const shareRow: TileLoops['shareRow'] = (first, count) => ({
      before: packRows(plan, rowBuffer, region, first, count),
      tile: rowTileOf(rowBuffer),
    })
    return tileLoops({ ...loops, tile, shareRow })
  }
  return { packing, packsOnce, tiles: regions.flatMap(tilesOf) }
}
