import { addAffine, affine, constant, fma, load, mul, add, read, register } from './builder.ts'
import type { Region } from './contraction-tiles.ts'
import { markParallel } from './divide-work.ts'
import { placeAt, shifted, strideAlong } from './dimensions.ts'
import type { Epilogue } from './epilogue.ts'
import type { Affine, Expr, LoopIndex, Statement, Variable } from './ir.ts'
import { registerScalar } from './ir.ts'
import type { ContractionPlan } from './micro-kernel.ts'

/** By rows, the steps along k at once: with a register for each factor, as many as there are. */
const stepsFor = [0, 6, 4] as const
/** Columns whose sums stay in the first cache; with threads four parts of a row, no shorter than some lines of the cache. */
const mostColumns = 1024
const leastColumns = 64

/** Whether the product has so few rows that reading the right operand takes most of the time. */
export function streamsRows({ columnFactor, depth, dimensions, lanes }: ContractionPlan): boolean {
  const [rows, columns] = [dimensions.at(-2)!.extent, dimensions.at(-1)!.extent]
  return (
    lanes > 1 &&
    rows < stepsFor.length &&
    depth.length === 1 &&
    depth[0]! > 2 * stepsFor[rows]! &&
    columns >= 8 * lanes &&
    strideAlong(dimensions.at(-1)!, columnFactor.layout) === 1
  )
}

/**
 * Reads several rows of the right operand at once from front to back, which caches do best, and keeps the sums in memory from one time to the
 * next, which rounds no differently.
 */
export function streamedRows(plan: ContractionPlan, epilogue: Epilogue): Statement[] {
  const { dimensions, coordinates, rowFactor, columnFactor, depth, dtype, lanes, lowering } = plan
  const { names } = lowering
  const [rows, columns] = [dimensions.at(-2)!.extent, dimensions.at(-1)!.extent]
  const steps = stepsFor[rows as 1 | 2] // streamsRows has said so
  const blocks = Math.ceil(depth[0]! / steps) - 1
  const splits = lowering.parallel && coordinates.length === 0
  const part = splits ? Math.max(leastColumns, Math.ceil(columns / 4 / lanes) * lanes) : columns
  const width = Math.min(columns, part, mostColumns)
  const sums = lowering.scratch('sums', dtype, rows * Math.ceil(width / lanes) * lanes)
  const type = register(registerScalar[dtype], lanes)
  const laneDimension = dimensions.length - 1

  /** Adds `count` products to the sums of the columns from `first` on; `finish` takes them. */
  const pass = (
    { first, extent }: { first: Affine; extent: number },
    along: Affine,
    count: number,
    start: 'zero' | 'sums',
    isLast: boolean,
  ): Statement[] => {
    const statements: Statement[] = []
    const k = Array.from({ length: count }, (_, i) => shifted(along, i))
    const factors = Array.from({ length: rows }, (_, r) =>
      k.map((step): Expr => {
        const place = placeAt(dimensions, [...coordinates, affine(r)], { lanes })
        const address = addAffine(place.address(rowFactor.layout), step, rowFactor.depthStrides[0]!)
        const variable: Variable = { name: names.next('a'), type }
        statements.push({ kind: 'let', variable, value: load(rowFactor.buffer, { affine: address }, lanes, 0) })
        return read(variable)
      }),
    )
    const vectorAt = (offset: Affine, valid: number): Statement[] => {
      const body: Statement[] = []
      const column = addAffine(first, offset)
      const place = placeAt(dimensions, [...coordinates, undefined, column], { lanes, laneDimension, valid })
      const values = k.map((step): Expr => {
        const address = addAffine(place.address(columnFactor.layout), step, columnFactor.depthStrides[0]!)
        const variable: Variable = { name: names.next('b'), type }
        body.push({ kind: 'let', variable, value: load(columnFactor.buffer, { affine: address }, lanes, 1, valid) })
        return read(variable)
      })
      const accumulators = factors.map((row, r) => {
        const variable: Variable = { name: names.next('c'), type }
        const at = { affine: shifted(offset, r * (sums.elementCount / rows)) }
        const before = start === 'zero' ? constant(0, type) : load(sums, at, lanes, 1)
        const value = row.reduce((sum, a, i) => multiplyAdd(a, values[i]!, sum), before)
        body.push({ kind: 'let', variable, value })
        if (!isLast) body.push({ kind: 'store', buffer: sums, at, value: read(variable), laneStride: 1 })
        return [variable]
      })
      if (!isLast) return body
      const region: Region = { start: 0, extent: columns, vectors: 1, width: lanes, rows, lastValid: valid }
      const position = { row: affine(0), rowCount: rows, column, panel: column }
      return [...body, ...epilogue(coordinates, region, position, accumulators)]
    }
    const whole = extent - (extent % lanes)
    if (whole > 0) {
      const index: LoopIndex = { name: names.next('j') }
      const body = vectorAt(affine(0, { index, stride: 1 }), lanes)
      statements.push({ kind: 'loop', index, extent: whole, step: lanes, body })
    }
    if (extent > whole) statements.push(...vectorAt(affine(whole), extent - whole))
    return statements
  }
  const chunk = (columnsOfChunk: { first: Affine; extent: number }): Statement[] => {
    const index: LoopIndex = { name: names.next('k') }
    const statements = pass(columnsOfChunk, affine(0), steps, 'zero', false)
    if (blocks > 1)
      statements.push({
        kind: 'loop',
        index,
        extent: (blocks - 1) * steps,
        step: steps,
        body: pass(columnsOfChunk, affine(steps, { index, stride: 1 }), steps, 'sums', false),
      })
    return [...statements, ...pass(columnsOfChunk, affine(blocks * steps), depth[0]! - blocks * steps, 'sums', true)]
  }
  const rest = columns % width
  const statements: Statement[] = []
  const index: LoopIndex = { name: names.next('j') }
  if (columns - rest === width) statements.push(...chunk({ first: affine(0), extent: width }))
  else
    statements.push(
      markParallel(
        {
          kind: 'loop',
          index,
          extent: columns - rest,
          step: width,
          body: chunk({ first: affine(0, { index, stride: 1 }), extent: width }),
        },
        splits,
      ),
    )
  if (rest > 0) statements.push(...chunk({ first: affine(columns - rest), extent: rest }))
  return statements
}

const multiplyAdd = (a: Expr, b: Expr, sum: Expr): Expr =>
  sum.type.scalar === 'i32' ? add(mul(a, b), sum) : fma(a, b, sum)
