import type { Dtype } from '../base/dtype.ts'
import type { Layout } from '../base/layout.ts'
import { add, addAffine, affine, constant, fma, load, mul, read, register } from './builder.ts'
import type { Region } from './contraction-tiles.ts'
import { walkDepth } from './depth.ts'
import { type Dimension, placeAt, shifted } from './dimensions.ts'
import type { Epilogue } from './epilogue.ts'
import type { Affine, Buffer, Expr, Lanes, Statement, Variable } from './ir.ts'
import { registerScalar } from './ir.ts'
import type { Lowering } from './lowering.ts'
import type { Producer } from './producer.ts'

/** An operand of a product: its layout over the axes of the result, and its steps along the axes that are summed. */
export interface Factor {
  readonly buffer: Buffer
  readonly layout: Layout
  readonly depthStrides: readonly number[]
  /** Added to every address. */
  readonly base?: Affine
  /** Set where rows are no even steps: where row r lies. */
  readonly rowOffset?: (r: number) => number
  /** Set when packed: the address of a panel of columns, to which its vectors add their lanes, or of a tile, to which its rows are added. */
  readonly panelAddress?: (panel: Affine) => Affine
  /** Set when there is nothing in memory: what computes the elements. Then `buffer` only tells their type, until they are packed. */
  readonly producer?: Producer
}

export interface ContractionPlan {
  /** Batch dimensions, rows, columns. */
  readonly dimensions: readonly Dimension[]
  /** Where the batch loops are. */
  readonly coordinates: readonly Affine[]
  readonly rowFactor: Factor
  readonly columnFactor: Factor
  /** Extents of the axes that are summed. */
  readonly depth: readonly number[]
  readonly dtype: Dtype
  readonly lanes: Lanes
  readonly lowering: Lowering
}

export interface TilePosition {
  readonly row: Affine
  readonly rowCount: number
  readonly column: Affine
  /** The column within its region. */
  readonly panel: Affine
  /** How many tiles of its block lie above it, where rows are packed in blocks. */
  readonly tile?: Affine
}

/** One tile of the product: each element is one accumulator over k in increasing order, then the epilogue. */
export function microKernel(
  plan: ContractionPlan,
  region: Region,
  position: TilePosition,
  epilogue: Epilogue,
  start?: (r: number, v: number) => Expr,
): Statement[] {
  const { depth, dtype, lanes, lowering, rowFactor, columnFactor } = plan
  const { names } = lowering
  const type = register(registerScalar[dtype], lanes)
  const name = (prefix: string): Variable => ({ name: names.next(prefix), type })
  const rows = Array.from({ length: position.rowCount }, (_, r) => r)
  const vectors = Array.from({ length: region.vectors }, (_, v) => v)
  const accumulators = rows.map(() => vectors.map(() => name('c')))
  const statements: Statement[] = accumulators.flatMap((vector, r) =>
    vector.map((variable, v): Statement => ({ kind: 'let', variable, value: start?.(r, v) ?? constant(0, type) })),
  )

  const walk = walkDepth(depth, [rowFactor.depthStrides, columnFactor.depthStrides], names)
  const [alongRow, alongColumn] = [walk.offsets[0]!, walk.offsets[1]!]
  const columnValues = vectors.map((v) => ({
    variable: name('b'),
    value: columnVector(plan, region, position, v, alongColumn),
  }))
  const body: Statement[] = columnValues.map(({ variable, value }) => ({ kind: 'let', variable, value }))
  for (const r of rows) {
    const variable = name('a')
    body.push({ kind: 'let', variable, value: rowElement(plan, position, r, alongRow) })
    for (const v of vectors) {
      const sum = accumulators[r]![v]!
      body.push({
        kind: 'assign',
        variable: sum,
        value: multiplyAdd(read(variable), read(columnValues[v]!.variable), read(sum)),
      })
    }
  }
  statements.push(walk.around(body))
  return [...statements, ...epilogue(plan.coordinates, region, position, accumulators)]
}

export const multiplyAdd = (a: Expr, b: Expr, sum: Expr): Expr =>
  sum.type.scalar === 'i32' ? add(mul(a, b), sum) : fma(a, b, sum)

/** Vector `v` of the panel of the column operand, `along` in the sum. */
export function columnVector(
  { dimensions, coordinates, columnFactor, lanes }: ContractionPlan,
  region: Region,
  { column, panel }: TilePosition,
  v: number,
  along: Affine,
): Expr {
  const { buffer, layout, panelAddress, base } = columnFactor
  const laneDimension = dimensions.length - 1
  if (panelAddress) return load(buffer, { affine: addAffine(shifted(panelAddress(panel), v * lanes), along) }, lanes, 1)
  const valid = v === region.vectors - 1 ? region.lastValid : lanes
  const place = placeAt(dimensions, [...coordinates, undefined, shifted(column, v * lanes)], {
    lanes,
    laneDimension,
    valid,
  })
  return load(
    buffer,
    { affine: addAffine(withBase(place.address(layout), base), along) },
    lanes,
    place.laneStride(layout),
    valid,
  )
}

/** The row operand's element of row `r` at step k, in every lane. */
function rowElement(
  { dimensions, coordinates, rowFactor, lanes }: ContractionPlan,
  { row, tile = affine(0) }: TilePosition,
  r: number,
  along: Affine,
): Expr {
  const { buffer, layout, base, rowOffset, panelAddress } = rowFactor
  if (panelAddress) return load(buffer, { affine: addAffine(shifted(panelAddress(tile), r), along) }, lanes, 0)
  const place = placeAt(dimensions, [...coordinates, shifted(row, r)], { lanes })
  return load(
    buffer,
    { affine: addAffine(withBase(shifted(place.address(layout), rowOffset?.(row.offset + r) ?? 0), base), along) },
    lanes,
    0,
  )
}

const withBase = (address: Affine, base: Affine | undefined): Affine => (base ? addAffine(address, base) : address)
