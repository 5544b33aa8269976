import type { Lanes } from './ir.ts'
import type { MicroTile } from './lowering.ts'

/** Columns start … start + extent of a product, in panels of `vectors` vectors, with tiles of `rows` rows. */
export interface Region {
  readonly start: number
  readonly extent: number
  readonly vectors: number
  /** Columns in a panel: vectors · lanes. */
  readonly width: number
  readonly rows: number
  /** Lanes of a panel's last vector that are columns of the product; fewer than all only where the region is one panel. */
  readonly lastValid: number
}

interface Tile {
  readonly vectors: number
  readonly rows: number
}

/**
 * Cuts the columns into regions. The accumulators, one vector of the right operand for each and the left operand's elements of one step
 * along k must fit 15 registers where the engine moves loads to the front ('3x12'), 16 with one element at a time where it does not ('6x8').
 */
export function columnRegions(rows: number, columns: number, lanes: Lanes, microTile: MicroTile): Region[] {
  const vectorCount = Math.ceil(columns / lanes)
  const tiles = lanes === 1 ? wideTiles(4, 1, columns) : tilesFor(rows, vectorCount, microTile)
  const lastValid = columns - (vectorCount - 1) * lanes
  const regions: Region[] = []
  let start = 0
  const add = (tile: Tile, panels: number, valid: number): void => {
    const width = tile.vectors * lanes
    if (panels > 0) regions.push({ start, extent: panels * width, ...tile, width, lastValid: valid })
    start += panels * width
  }
  tiles
    .filter(({ count }) => count > 0)
    .forEach(({ vectors, rows: tileRows, count }, i, used) => {
      const tile = { vectors, rows: Math.min(tileRows, rows) }
      const isPartial = i === used.length - 1 && lastValid < lanes
      add(tile, isPartial ? count - 1 : count, lanes)
      if (isPartial) add(tile, 1, lastValid)
    })
  return regions
}

/** Kinds of tile with how many panels each makes, left to right. */
function tilesFor(rows: number, vectors: number, microTile: MicroTile): (Tile & { count: number })[] {
  if (rows <= 2) return wideTiles(rows === 1 ? 8 : 4, rows, vectors)
  if (microTile === '6x8')
    return [
      { vectors: 2, rows: 6, count: Math.floor(vectors / 2) },
      { vectors: 1, rows: 6, count: vectors % 2 },
    ]
  if (vectors === 1) return [{ vectors: 1, rows: 6, count: 1 }]
  if (microTile === '4x8') {
    const hasTriple = vectors % 2 === 1
    return [
      { vectors: 2, rows: 4, count: hasTriple ? (vectors - 3) / 2 : vectors / 2 },
      { vectors: 3, rows: 2, count: hasTriple ? 1 : 0 },
    ]
  }
  if (vectors % 2 === 0 && vectors <= 8 && vectors % 3 !== 0) return [{ vectors: 2, rows: 4, count: vectors / 2 }]
  // 3q, 3(q − 1) + 2 · 2, or 3q + 2 vectors.
  const pairs = vectors % 3 === 1 ? 2 : vectors % 3 === 2 ? 1 : 0
  return [
    { vectors: 3, rows: 3, count: (vectors - 2 * pairs) / 3 },
    { vectors: 2, rows: 4, count: pairs },
  ]
}

/** Panels of `width` vectors, and one of what is left. */
const wideTiles = (width: number, rows: number, vectors: number): (Tile & { count: number })[] => [
  { vectors: width, rows, count: Math.floor(vectors / width) },
  { vectors: vectors % width, rows, count: vectors % width > 0 ? 1 : 0 },
]
