import { bindEffects, type Effect } from './binding.ts'
import { addAffine, affine, constant, read, register } from './builder.ts'
import type { Region } from './contraction-tiles.ts'
import { depthCount } from './depth.ts'
import { shifted } from './dimensions.ts'
import { markParallel } from './divide-work.ts'
import type { Affine, Buffer, Expr, LoopIndex, Statement, Variable } from './ir.ts'
import { byteSizeOf, registerScalar } from './ir.ts'
import type { ContractionPlan, Factor } from './micro-kernel.ts'
import { transposed } from './pack.ts'
import { directionOf, type LanesAlong, producedVector } from './producer.ts'
import { bindShared } from './share.ts'

/** In which rows are computed: along them if possible, for so they are kept. */
export const rowDirections: readonly LanesAlong[] = ['depth', 'line']

/** Bytes of computed rows that stay in the second cache beside the other operand. */
const blockBytes = 512 * 1024

/** Rows that are computed together before their tiles: whole tiles of every region. */
export function producedBlockRows(
  { depth, dtype, lanes }: ContractionPlan,
  rows: number,
  regions: readonly Region[],
): number {
  const unit = regions.map((region) => region.rows).reduce(leastCommonMultiple)
  const bytes = unit * rowStep(depthCount(depth), lanes) * byteSizeOf[registerScalar[dtype]]
  const most = Math.max(1, Math.floor(blockBytes / bytes))
  const units = Math.ceil(rows / unit)
  return Math.min(rows, Math.ceil(units / Math.ceil(units / most)) * unit)
}

const leastCommonMultiple = (a: number, b: number): number => {
  let multiple = a
  while (multiple % b !== 0) multiple += a
  return multiple
}

/** From one row to the next: whole vectors. */
const rowStep = (depth: number, lanes: number): number => Math.ceil(depth / lanes) * lanes

/** The rows from `first` on, once they are computed: [row][k]. */
export function producedFactor(
  { rowFactor, depth, dimensions, lanes }: ContractionPlan,
  buffer: Buffer,
  first: Affine,
): Factor {
  const step = rowStep(depthCount(depth), lanes)
  const rowAxis = dimensions.at(-2)!.axes.at(-1)
  return {
    buffer,
    layout: { offset: 0, strides: rowFactor.layout.strides.map((_, axis) => (axis === rowAxis ? step : 0)) },
    depthStrides: [1],
    base: addAffine(affine(0), first, -step),
  }
}

export const producedElements = ({ depth, lanes }: ContractionPlan, rows: number): number =>
  rows * rowStep(depthCount(depth), lanes)

/** Computes `count` rows from `first` on, each element once. Threads may share them out where `parallel` says so. */
export function produceRows(
  plan: ContractionPlan,
  buffer: Buffer,
  first: Affine,
  count: number,
  parallel = false,
): Statement[] {
  const { depth, dimensions, lanes, rowFactor } = plan
  const producer = rowFactor.producer!
  const lanesAlong = directionOf(producer, rowDirections, dimensions.at(-2)!, depthCount(depth), lanes)!
  const step = rowStep(depthCount(depth), lanes)
  const vectorAt = (row: Affine, along: Affine, valid: number): Expr =>
    producedVector(producer, {
      dimensions,
      coordinates: [...plan.coordinates, addAffine(first, row)],
      along,
      lanes,
      valid,
      line: dimensions.at(-2)!,
      lanesAlong,
    })
  const store = (row: Affine, along: Affine, value: Expr): Effect => ({
    kind: 'store',
    buffer,
    at: { affine: addAffine(along, row, step) },
    value,
    laneStride: 1,
  })
  const alongRow = (row: Affine): Statement[] =>
    strips(plan, 'k', depthCount(depth), lanes, (along, valid) =>
      // Lanes past the end of a row are nobody's.
      bindEffects([store(row, along, vectorAt(row, along, valid))], plan.lowering.names, false),
    )
  const downRows = (row: Affine, rowCount: number): Statement[] =>
    strips(plan, 'k', depthCount(depth), lanes, (along, steps) =>
      squareOf(plan, { row, rowCount, along, steps, vectorAt, store }),
    )
  const statements =
    lanesAlong === 'depth' ? strips(plan, 'i', count, 1, alongRow) : strips(plan, 'i', count, lanes, downRows)
  return statements.map((statement) => (statement.kind === 'loop' ? markParallel(statement, parallel) : statement))
}

/** A square of one vector by another, computed down the rows and transposed in registers. */
function squareOf(
  { lanes, dtype, lowering }: ContractionPlan,
  at: {
    readonly row: Affine
    readonly rowCount: number
    readonly along: Affine
    readonly steps: number
    readonly vectorAt: (row: Affine, along: Affine, valid: number) => Expr
    readonly store: (row: Affine, along: Affine, value: Expr) => Effect
  },
): Statement[] {
  const { row, rowCount, along, steps, vectorAt, store } = at
  const type = register(registerScalar[dtype], lanes)
  const computed = Array.from({ length: steps }, (_, k) => vectorAt(row, shifted(along, k), rowCount))
  const { lets, values } = bindShared(computed, { newName: () => lowering.names.next('t'), bindAll: true })
  const statements = [...lets]
  const bind = (prefix: string, value: Expr): Expr => {
    const variable: Variable = { name: lowering.names.next(prefix), type }
    statements.push({ kind: 'let', variable, value })
    return read(variable)
  }
  const columns = Array.from({ length: lanes }, (_, k) => (k < steps ? values[k]! : constant(0, type)))
  const rows = transposed(columns, bind)
  for (const [r, value] of rows.slice(0, rowCount).entries()) statements.push(store(shifted(row, r), along, value))
  return statements
}

/** `body` at 0, step, 2 step, …, and for what is left. */
function strips(
  { lowering }: ContractionPlan,
  prefix: string,
  extent: number,
  step: number,
  body: (at: Affine, valid: number) => Statement[],
): Statement[] {
  const rest = extent % step
  const whole = extent - rest
  const index: LoopIndex = { name: lowering.names.next(prefix) }
  const statements: Statement[] =
    whole === step
      ? body(affine(0), step)
      : whole > 0
        ? [{ kind: 'loop', index, extent: whole, step, body: body(affine(0, { index, stride: 1 }), step) }]
        : []
  return rest > 0 ? [...statements, ...body(affine(whole), rest)] : statements
}
