import type { Dtype } from '../base/dtype.ts'
import type { Layout } from '../base/layout.ts'
import { add, addAffine, affine, constant, fma, load, mul, read, register } from './builder.ts'
import type { Region } from './contraction-tiles.ts'
import { type Dimension, placeAt, shifted } from './dimensions.ts'
import type { Epilogue } from './epilogue.ts'
import type { Affine, Buffer, Expr, Lanes, LoopIndex, Statement, Variable } from './ir.ts'
import { registerScalar } from './ir.ts'
import type { Lowering } from './lowering.ts'

/** An operand of a product: its layout over the axes of the result, and its step along k. */
export interface Factor {
  readonly buffer: Buffer
  readonly layout: Layout
  readonly depthStride: number
  /** Set when packed: the address of a panel, to which its vectors add their lanes. */
  readonly panelAddress?: (panel: Affine) => Affine
}

export interface ContractionPlan {
  /** Batch dimensions, rows, columns. */
  readonly dimensions: readonly Dimension[]
  /** Where the batch loops are. */
  readonly coordinates: readonly Affine[]
  readonly rowFactor: Factor
  readonly columnFactor: Factor
  /** Extent of k. */
  readonly depth: number
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
}

/** One tile of the product: each element is one accumulator over k in increasing order, then the epilogue. */
export function microKernel(
  plan: ContractionPlan,
  region: Region,
  position: TilePosition,
  epilogue: Epilogue,
): Statement[] {
  const { depth, dtype, lanes, lowering } = plan
  const { names } = lowering
  const type = register(registerScalar[dtype], lanes)
  const name = (prefix: string): Variable => ({ name: names.next(prefix), type })
  const rows = Array.from({ length: position.rowCount }, (_, r) => r)
  const vectors = Array.from({ length: region.vectors }, (_, v) => v)
  const accumulators = rows.map(() => vectors.map(() => name('c')))
  const statements: Statement[] = accumulators
    .flat()
    .map((variable) => ({ kind: 'let', variable, value: constant(0, type) }))

  const index: LoopIndex = { name: names.next('k') }
  const along = affine(0, { index, stride: 1 })
  const columnValues = vectors.map((v) => ({
    variable: name('b'),
    value: columnVector(plan, region, position, v, along),
  }))
  const body: Statement[] = columnValues.map(({ variable, value }) => ({ kind: 'let', variable, value }))
  for (const r of rows) {
    const variable = name('a')
    body.push({ kind: 'let', variable, value: rowElement(plan, position, r, along) })
    for (const v of vectors) {
      const sum = accumulators[r]![v]!
      body.push({
        kind: 'assign',
        variable: sum,
        value: multiplyAdd(read(variable), read(columnValues[v]!.variable), read(sum)),
      })
    }
  }
  statements.push({ kind: 'loop', index, extent: depth, step: 1, body })
  return [...statements, ...epilogue(plan.coordinates, region, position, accumulators)]
}

const multiplyAdd = (a: Expr, b: Expr, sum: Expr): Expr =>
  sum.type.scalar === 'i32' ? add(mul(a, b), sum) : fma(a, b, sum)

/** Vector `v` of the panel at step k of the column operand. */
export function columnVector(
  { dimensions, coordinates, columnFactor, lanes }: ContractionPlan,
  region: Region,
  { column, panel }: TilePosition,
  v: number,
  k: Affine,
): Expr {
  const { buffer, layout, depthStride, panelAddress } = columnFactor
  const laneDimension = dimensions.length - 1
  if (panelAddress)
    return load(buffer, { affine: addAffine(shifted(panelAddress(panel), v * lanes), k, depthStride) }, lanes, 1)
  const valid = v === region.vectors - 1 ? region.lastValid : lanes
  const place = placeAt(dimensions, [...coordinates, undefined, shifted(column, v * lanes)], {
    lanes,
    laneDimension,
    valid,
  })
  return load(
    buffer,
    { affine: addAffine(place.address(layout), k, depthStride) },
    lanes,
    place.laneStride(layout),
    valid,
  )
}

/** The row operand's element of row `r` at step k, in every lane. */
function rowElement(
  { dimensions, coordinates, rowFactor, lanes }: ContractionPlan,
  { row }: TilePosition,
  r: number,
  k: Affine,
): Expr {
  const place = placeAt(dimensions, [...coordinates, shifted(row, r)], { lanes })
  return load(
    rowFactor.buffer,
    { affine: addAffine(place.address(rowFactor.layout), k, rowFactor.depthStride) },
    lanes,
    0,
  )
}
