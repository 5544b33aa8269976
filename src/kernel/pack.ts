import { bindEffects, type Effect } from './binding.ts'
import { addAffine, affine, constant, load, read, register, select, shuffle } from './builder.ts'
import { markParallel } from './divide-work.ts'
import type { Region } from './contraction-tiles.ts'
import { placeAt, shifted } from './dimensions.ts'
import { depthCount, rowMajorDepth, walkDepth } from './depth.ts'
import { byteSizeOf, registerScalar } from './ir.ts'
import type { Affine, Buffer, Expr, LoopIndex, Statement, Variable } from './ir.ts'
import { type ContractionPlan, columnVector, type Factor } from './micro-kernel.ts'
import { directionOf, type LanesAlong, producedVector, type Producer } from './producer.ts'
import { bindShared } from './share.ts'

/** Rows of a product that make up for packing when only alignment or the cache gain by it, and when packing goes lane by lane too. */
const worthwhileRows = 32
const worthwhileGatheredRows = 8
export const pageBytes = 4096
/** Bytes that stay in the second cache while all rows read them. */
const cachedBytes = 1024 * 1024

/** Whether the column operand is first copied into panels that are read from front to back. */
export function shouldPack(plan: ContractionPlan, rows: number, columns: number): boolean {
  const { columnFactor, depth, dtype, dimensions, lanes } = plan
  if (lanes === 1) return false
  if (columnFactor.producer) return true
  const laneStride = columnFactor.layout.strides[dimensions.at(-1)!.axes[0]!]!
  if (laneStride !== 1 && columns > 1) return rows >= worthwhileGatheredRows || runsAlongDepth(plan)
  if (rows < worthwhileRows) return false
  const strideBytes = columnFactor.depthStrides.at(-1)! * byteSizeOf[registerScalar[dtype]]
  return (
    columns % lanes !== 0 ||
    Math.abs(strideBytes) >= pageBytes ||
    (depthCount(depth) >= 512 && strideBytes % (pageBytes / 2) === 0) ||
    depthCount(depth) * columns * byteSizeOf[registerScalar[dtype]] >= cachedBytes
  )
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
  const to = packedFactor(plan, buffer, region)
  const panel: LoopIndex = { name: plan.lowering.names.next('j') }
  const isLoop = region.extent > region.width
  const offset = isLoop ? affine(0, { index: panel, stride: 1 }) : affine(0)
  const body = packPanel(plan, buffer, region, addAffine(affine(region.start), offset), to.panelAddress!(offset))
  // At the top of a body when all batches share the packed operand, or there is one.
  const parallel = plan.lowering.parallel && buffer.perWorker === undefined
  if (isLoop)
    return [markParallel({ kind: 'loop', index: panel, extent: region.extent, step: region.width, body }, parallel)]
  return body.map((statement) => (statement.kind === 'loop' ? markParallel(statement, parallel) : statement))
}

/** Copies the panel of columns that begins at `column` to `target`. */
export function packPanel(
  plan: ContractionPlan,
  buffer: Buffer,
  region: Region,
  column: Affine,
  target: Affine,
): Statement[] {
  if (runsAlongDepth(plan)) return transposeStatements(plan, buffer, region, column, target)
  const { depth, lanes, dtype, lowering, columnFactor } = plan
  const type = register(registerScalar[dtype], lanes)
  const { producer } = columnFactor
  // A producer has accesses of its own, each with its step.
  const steps = producer ? [1] : columnFactor.depthStrides
  const walk = walkDepth(depth, [steps, rowMajorDepth(depth, region.width)], lowering.names)
  const body = Array.from({ length: region.vectors }, (_, v): Effect => {
    const position = { row: affine(0), rowCount: 0, column, panel: affine(0) }
    const value = producer
      ? producedColumns(plan, region, column, v, walk.offsets[0]!)
      : columnVector(plan, region, position, v, walk.offsets[0]!)
    const isPartial = v === region.vectors - 1 && region.lastValid < lanes
    const mask = { kind: 'laneMask', type: register('bool', lanes), count: region.lastValid } as const
    return {
      kind: 'store',
      buffer,
      at: { affine: addAffine(shifted(target, v * lanes), walk.offsets[1]!) },
      value: isPartial ? select(mask, value, constant(0, type)) : value,
      laneStride: 1,
    }
  })
  return [walk.around(producer ? bindEffects(body, lowering.names, false) : body)]
}

/** Vector `v` of a panel of a column operand that is computed. */
function producedColumns(
  { columnFactor, dimensions, coordinates, lanes }: ContractionPlan,
  region: Region,
  column: Affine,
  v: number,
  along: Affine,
): Expr {
  return producedVector(columnFactor.producer!, {
    dimensions,
    coordinates: [...coordinates, undefined, shifted(column, v * lanes)],
    along,
    lanes,
    valid: v === region.vectors - 1 ? region.lastValid : lanes,
    line: dimensions.at(-1)!,
    lanesAlong: 'line',
  })
}

/** Whether steps of the sum lie side by side in the column operand. */
const runsAlongDepth = ({ columnFactor, depth, lanes, dimensions }: ContractionPlan): boolean =>
  columnFactor.producer
    ? directionOf(columnFactor.producer, columnDirections, dimensions.at(-1)!, depthCount(depth), lanes) === 'depth'
    : depthCount(depth) >= lanes &&
      rowMajorDepth(depth, 1).every((stride, axis) => depth[axis] === 1 || columnFactor.depthStrides[axis] === stride)

/** In which a panel is computed: across the columns if possible, for then nothing needs transposing. */
export const columnDirections: readonly LanesAlong[] = ['line', 'depth']

/** Copies a panel in squares of one vector by another, which are transposed in registers. */
function transposeStatements(
  { depth, lanes, dtype, lowering, columnFactor, dimensions, coordinates }: ContractionPlan,
  buffer: Buffer,
  region: Region,
  column: Affine,
  target: Affine,
): Statement[] {
  const type = register(registerScalar[dtype], lanes)
  const base = columnFactor.base ?? affine(0)
  const addressOf = (c: number): Affine =>
    addAffine(placeAt(dimensions, [...coordinates, undefined, shifted(column, c)]).address(columnFactor.layout), base)
  const loadColumn = (c: number, along: Affine, steps: number): Expr =>
    load(columnFactor.buffer, { affine: addAffine(addressOf(c), along) }, lanes, 1, steps)
  const computeColumn = (producer: Producer, c: number, along: Affine, steps: number): Expr =>
    producedVector(producer, {
      dimensions,
      coordinates: [...coordinates, undefined, shifted(column, c)],
      along,
      lanes,
      valid: steps,
      line: dimensions.at(-1)!,
      lanesAlong: 'depth',
    })
  const squares = (along: Affine, steps: number): Statement[] =>
    Array.from({ length: region.vectors }, (_, v): Statement[] => {
      const valid = v === region.vectors - 1 ? region.lastValid : lanes
      const statements: Statement[] = []
      const bind = (prefix: string, value: Expr): Expr => {
        const variable: Variable = { name: lowering.names.next(prefix), type }
        statements.push({ kind: 'let', variable, value })
        return read(variable)
      }
      const { producer } = columnFactor
      const first = Array.from({ length: valid }, (_, c) =>
        producer ? computeColumn(producer, v * lanes + c, along, steps) : loadColumn(v * lanes + c, along, steps),
      )
      const shared = producer && bindShared(first, { newName: () => lowering.names.next('t'), bindAll: false })
      statements.push(...(shared?.lets ?? []))
      const columns = Array.from({ length: lanes }, (_, c) =>
        c < valid ? bind('b', (shared?.values ?? first)[c]!) : constant(0, type),
      )
      const rows = transposed(columns, bind)
      return [
        ...statements,
        ...rows.slice(0, steps).map((value, k): Statement => ({
          kind: 'store',
          buffer,
          at: { affine: addAffine(shifted(target, k * region.width + v * lanes), along, region.width) },
          value,
          laneStride: 1,
        })),
      ]
    }).flat()
  const count = depthCount(depth)
  const whole = count - (count % lanes)
  const index: LoopIndex = { name: lowering.names.next('k') }
  const body = squares(affine(0, { index, stride: 1 }), lanes)
  return [
    { kind: 'loop', index, extent: whole, step: lanes, body },
    ...(count > whole ? squares(affine(whole), count - whole) : []),
  ]
}

/** Rows of the square whose columns are given. */
export function transposed(columns: readonly Expr[], bind: (prefix: string, value: Expr) => Expr): Expr[] {
  const [a, b, c, d] = columns as [Expr, Expr, Expr, Expr] // of two lanes the last two are not there
  if (columns.length === 2) return [shuffle(a, b, 0, 2), shuffle(a, b, 1, 3)]
  const [low, otherLow] = [bind('t', shuffle(a, b, 0, 4, 1, 5)), bind('t', shuffle(c, d, 0, 4, 1, 5))]
  const [high, otherHigh] = [bind('t', shuffle(a, b, 2, 6, 3, 7)), bind('t', shuffle(c, d, 2, 6, 3, 7))]
  return [
    shuffle(low, otherLow, 0, 1, 4, 5),
    shuffle(low, otherLow, 2, 3, 6, 7),
    shuffle(high, otherHigh, 0, 1, 4, 5),
    shuffle(high, otherHigh, 2, 3, 6, 7),
  ]
}
