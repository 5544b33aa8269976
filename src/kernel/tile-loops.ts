import type { Names } from './binding.ts'
import { addAffine, affine } from './builder.ts'
import type { Region } from './contraction-tiles.ts'
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
  readonly tile: (position: TilePosition) => Statement[]
}

/** All tiles of a region: tiles of rows outside, panels of columns inside. */
export function tileLoops(loops: TileLoops): Statement[] {
  const { region, rows, names, firstRow } = loops
  const rowAt = (row: Affine): Affine => (firstRow ? addAffine(firstRow, row) : row)
  if (loops.unrollsRows) {
    // Tiles of about one height, for a low one would wait for its few accumulators.
    const count = Math.ceil(rows / region.rows)
    return Array.from({ length: count }, (_, i): Statement[] => {
      const [from, to] = [Math.floor((rows * i) / count), Math.floor((rows * (i + 1)) / count)]
      return panels(loops, rowAt(affine(from)), to - from)
    }).flat()
  }
  const whole = rows - (rows % region.rows)
  const statements: Statement[] = []
  if (whole === region.rows) statements.push(...panels(loops, rowAt(affine(0)), whole))
  else if (whole > 0) {
    const index: LoopIndex = { name: names.next('i') }
    const body = panels(loops, rowAt(affine(0, { index, stride: 1 })), region.rows)
    statements.push({ kind: 'loop', index, extent: whole, step: region.rows, body })
  }
  return rows > whole ? [...statements, ...panels(loops, rowAt(affine(whole)), rows - whole)] : statements
}

function panels({ region, names, firstColumn, tile }: TileLoops, row: Affine, rowCount: number): Statement[] {
  const columnAt = (panel: Affine): Affine => {
    const column = addAffine(affine(region.start), panel)
    return firstColumn ? addAffine(firstColumn, column) : column
  }
  if (region.extent === region.width) return tile({ row, rowCount, column: columnAt(affine(0)), panel: affine(0) })
  const index: LoopIndex = { name: names.next('j') }
  const panel = affine(0, { index, stride: 1 })
  const body = tile({ row, rowCount, column: columnAt(panel), panel })
  return [{ kind: 'loop', index, extent: region.extent, step: region.width, body }]
}

/** `body` at 0, 1, …, count − 1; without a loop for one. */
export function forEach(names: Names, prefix: string, count: number, body: (at: Affine) => Statement[]): Statement[] {
  if (count === 1) return body(affine(0))
  const index: LoopIndex = { name: names.next(prefix) }
  return [{ kind: 'loop', index, extent: count, step: 1, body: body(affine(0, { index, stride: 1 })) }]
}
