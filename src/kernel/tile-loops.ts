import type { Names } from './binding.ts'
import { addAffine, affine } from './builder.ts'
import type { Region } from './contraction-tiles.ts'
import { markParallel } from './divide-work.ts'
import { shifted } from './dimensions.ts'
import type { Affine, LoopIndex, Statement } from './ir.ts'
import type { TilePosition } from './micro-kernel.ts'

export interface TileLoops {
  readonly region: Region
  readonly rows: number
  readonly names: Names
  /** Where the rows and columns begin. */
  readonly firstRow?: Affine
  readonly firstColumn?: Affine
  /** Writes every tile of rows out, each at a known row. */
  readonly unrollsRows?: boolean
  /** Whether threads may divide the tiles; then the loops stand at the top of a kernel. */
  readonly parallel?: boolean
  readonly tile: (position: TilePosition) => Statement[]
  /** What all tiles beside each other share, done before them; not where threads divide the columns of a few rows. */
  /** What the tiles below each other share, done before them, given the first column; then panels are outside. */
  readonly sharePanel?: (column: Affine) => Statement[]
  readonly shareRow?: (row: Affine, rowCount: number) => { before: Statement[]; tile: TileLoops['tile'] }
}

/** All tiles of a region: tiles of rows outside, panels of columns inside; the other way round where threads divide that better. */
export function tileLoops(loops: TileLoops): Statement[] {
  const { region, rows, names, firstRow, parallel = false } = loops
  const rowAt = (row: Affine): Affine => (firstRow ? addAffine(firstRow, row) : row)
  if (loops.unrollsRows) {
    // Tiles of about one height, for a low one would wait for its few accumulators.
    const count = Math.ceil(rows / region.rows)
    return Array.from({ length: count }, (_, i): Statement[] => {
      const [from, to] = [Math.floor((rows * i) / count), Math.floor((rows * (i + 1)) / count)]
      return panels(loops, parallel, (panel) => tileAt(loops, rowAt(affine(from)), to - from, panel))
    }).flat()
  }
  const tileRows = (
    tile: (row: Affine, rowCount: number, isLoop: boolean) => Statement[],
    splits: boolean,
  ): Statement[] => {
    const whole = rows - (rows % region.rows)
    const statements: Statement[] = []
    if (whole === region.rows) statements.push(...tile(rowAt(affine(0)), whole, false))
    else if (whole > 0) {
      const index: LoopIndex = { name: names.next('i') }
      const body = tile(rowAt(affine(0, { index, stride: 1 })), region.rows, true)
      statements.push(markParallel({ kind: 'loop', index, extent: whole, step: region.rows, body }, splits))
    }
    return rows > whole ? [...statements, ...tile(rowAt(affine(whole)), rows - whole, false)] : statements
  }
  const { sharePanel } = loops
  if (sharePanel)
    return panels(loops, parallel, (panel) => [
      ...sharePanel(addAffine(affine(region.start), panel)),
      ...tileRows((row, rowCount) => tileAt(loops, row, rowCount, panel), false),
    ])
  if (parallel && idleShare(region.extent / region.width) + 0.05 < idleShare(Math.floor(rows / region.rows)))
    return panels(loops, true, (panel) => tileRows((row, rowCount) => tileAt(loops, row, rowCount, panel), false))
  return tileRows((row, rowCount, isLoop) => {
    const splitsPanels = parallel && !isLoop
    const shared = splitsPanels ? undefined : loops.shareRow?.(row, rowCount)
    const { tile } = shared ?? loops
    return [
      ...(shared?.before ?? []),
      ...panels(loops, splitsPanels, (panel) => tileAt({ ...loops, tile }, row, rowCount, panel)),
    ]
  }, parallel)
}

export interface Blocks {
  /** A multiple of the region's rows. */
  readonly rows: number
  /** What all tiles of a block share, done before them; nothing that threads would have to share too. */
  readonly share?: (row: Affine, rowCount: number) => Statement[]
}

/** All tiles of a region, in blocks of rows that stay in a cache: in each, panels outside, tiles inside. */
export function blockedTileLoops(loops: TileLoops, blocks: Blocks): Statement[] {
  const { rows, names, parallel = false } = loops
  const block = (first: Affine, rowCount: number, splits: boolean): Statement[] => [
    ...(blocks.share?.(first, rowCount) ?? []),
    ...panelsOfTiles(loops, first, rowCount, splits),
  ]
  const count = Math.floor(rows / blocks.rows)
  const rest = rows - count * blocks.rows
  const isLoop = count > 1
  const whole = (index: Affine): Statement[] =>
    block(addAffine(affine(0), index, blocks.rows), blocks.rows, parallel && !isLoop)
  const statements = count > 0 ? forEach(names, 'i', count, whole, parallel) : []
  return rest > 0 ? [...statements, ...block(affine(count * blocks.rows), rest, parallel)] : statements
}

/** The tiles of `rowCount` rows: panels outside, tiles inside. */
export function panelsOfTiles(loops: TileLoops, first: Affine, rowCount: number, splits = false): Statement[] {
  const { region, names } = loops
  const whole = Math.floor(rowCount / region.rows)
  const rest = rowCount - whole * region.rows
  return panels(loops, splits, (panel) => {
    const tile = (at: Affine): Statement[] => tileAt(loops, addAffine(first, at, region.rows), region.rows, panel, at)
    const statements = whole > 0 ? forEach(names, 'i', whole, tile) : []
    const below = shifted(first, whole * region.rows)
    return rest > 0 ? [...statements, ...tileAt(loops, below, rest, panel, affine(whole))] : statements
  })
}

/** The part of two to four threads' time in which one waits for another, when they take `passes` equal pieces of work. */
const idleShare = (passes: number): number =>
  passes < 1 ? 1 : [2, 3, 4].reduce((sum, n) => sum + (1 - passes / (n * Math.ceil(passes / n))) / 3, 0)

function panels({ region, names }: TileLoops, parallel: boolean, tile: (panel: Affine) => Statement[]): Statement[] {
  if (region.extent === region.width) return tile(affine(0))
  const index: LoopIndex = { name: names.next('j') }
  const body = tile(affine(0, { index, stride: 1 }))
  return [markParallel({ kind: 'loop', index, extent: region.extent, step: region.width, body }, parallel)]
}

function tileAt(loops: TileLoops, row: Affine, rowCount: number, panel: Affine, tile?: Affine): Statement[] {
  const { region, firstColumn } = loops
  const inRegion = addAffine(affine(region.start), panel)
  const column = firstColumn ? addAffine(firstColumn, inRegion) : inRegion
  return loops.tile({ row, rowCount, column, panel, ...(tile ? { tile } : {}) })
}

/** `body` at 0, 1, …, count − 1; without a loop for one. Threads may split a `parallel` one. */
export function forEach(
  names: Names,
  prefix: string,
  count: number,
  body: (at: Affine) => Statement[],
  parallel = false,
): Statement[] {
  if (count === 1) return body(affine(0))
  const index: LoopIndex = { name: names.next(prefix) }
  return [
    markParallel(
      { kind: 'loop', index, extent: count, step: 1, body: body(affine(0, { index, stride: 1 })) },
      parallel,
    ),
  ]
}
