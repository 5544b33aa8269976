import { addAffine, affine, load, read } from './builder.ts'
import { bindEffects, type Effect, hoistEffects, inFrontOf } from './binding.ts'
import { type Loop, markParallel } from './divide-work.ts'
import { origin, shifted } from './dimensions.ts'
import type { Address, Affine, Expr, LoopIndex, Statement, Variable } from './ir.ts'
import type { Lowering } from './lowering.ts'
import { cutLevel, leafCapacity, rowLeaf } from './reduction-order.ts'
import {
  accumulate,
  accumulators,
  type Column,
  type Coordinates,
  elementsAt,
  type Reduced,
  type ReductionPlan,
  type ReductionWalk,
} from './reduction-plan.ts'
import { rowLeafStatements } from './reduction-row.ts'

/**
 * Loops over everything that is kept, but for the dimension that lanes lie along, around `body`, which takes up to `abreast` neighbours of
 * the innermost of them at once.
 */
export function overKept(
  { dimensions, levels, isRow, lowering }: ReductionWalk,
  abreast: number,
  body: (coordinates: readonly Coordinates[]) => Statement[],
): Statement[] {
  const coordinates: (Affine | undefined)[] = dimensions.map(() => undefined)
  const kept = dimensions.flatMap((_, d) => (levels.includes(d) || (!isRow && d === dimensions.length - 1) ? [] : [d]))
  const inner = kept.pop()
  if (inner === undefined) return body([coordinates])
  const indices = kept.map((d): LoopIndex => {
    const index = { name: lowering.names.next('i') }
    coordinates[d] = affine(0, { index, stride: 1 })
    return index
  })
  const neighbours = (start: Affine, count: number): Statement[] =>
    body(Array.from({ length: count }, (_, i) => coordinates.with(inner, shifted(start, i))))
  const { extent } = dimensions[inner]!
  const whole = extent - (extent % abreast)
  const innermost: Statement[] = []
  if (whole > 0) {
    const index = { name: lowering.names.next('i') }
    const rows = neighbours(affine(0, { index, stride: 1 }), abreast)
    const loop: Loop = { kind: 'loop', index, extent: whole, step: abreast, body: rows }
    innermost.push(markParallel(loop, lowering.parallel && kept.length === 0))
  }
  if (extent > whole) innermost.push(...neighbours(affine(whole), extent - whole))
  return kept.reduceRight<Statement[]>((within, d, i) => {
    const loop: Loop = { kind: 'loop', index: indices[i]!, extent: dimensions[d]!.extent, step: 1, body: within }
    return [markParallel(loop, lowering.parallel && i === 0)]
  }, innermost)
}

/** What happens with the values of one column, one for each part. */
export type Finish = (coordinates: Coordinates, values: readonly Expr[], valid: number) => Statement[]

/** All reduced values at the kept `coordinates`: one when lanes lie along what is reduced, otherwise one for each place along the lanes' dimension. */
export function reduceAt(
  plan: ReductionPlan,
  tileColumns: number,
  coordinates: Coordinates,
  finish: Finish,
): Statement[] {
  const { dimensions, parts } = plan
  return overColumns(plan, tileColumns, (columns) => {
    const { statements, values } = reduceLevel(plan, 0, coordinates, columns)
    const finished = columns.flatMap(({ coordinate, valid }, c) =>
      finish(
        coordinate ? coordinates.with(dimensions.length - 1, coordinate) : coordinates,
        values.slice(c * parts.length, (c + 1) * parts.length),
        valid,
      ),
    )
    return [...statements, ...finished]
  })
}

/**
 * `body` for all columns along the lanes' dimension, of which it takes at most `tileColumns` side by side, so that their accumulators stay in
 * registers; for one column without a place when lanes lie along what is reduced.
 */
export function overColumns(
  { dimensions, levels, isRow, lanes, lowering }: ReductionWalk,
  tileColumns: number,
  body: (columns: readonly Column[]) => Statement[],
): Statement[] {
  const laneDimension = dimensions.length - 1
  if (isRow || laneDimension < 0) return body([{ coordinate: undefined, valid: 1 }])
  const tile = (start: Affine, elements: number): Statement[] => {
    const columns: Column[] = []
    for (let offset = 0; offset < elements; offset += lanes) {
      columns.push({ coordinate: shifted(start, offset), valid: Math.min(lanes, elements - offset) })
    }
    return body(columns)
  }
  const { extent } = dimensions[laneDimension]!
  // Tiles of about one width, for a narrow one would wait for its few accumulators.
  const vectors = Math.ceil(extent / lanes)
  const width = lanes * Math.ceil(vectors / Math.ceil(vectors / tileColumns))
  const whole = extent - (extent % width)
  const tiles = whole > 0 ? loopOver(lowering, whole, width, origin, (start) => tile(start, width)) : []
  // Threads share out columns where there are no rows.
  const parallel = lowering.parallel && dimensions.every((_, d) => levels.includes(d) || d === laneDimension)
  const statements = tiles.map((each) => (each.kind === 'loop' && whole > width ? markParallel(each, parallel) : each))
  return extent > whole ? [...statements, ...tile(affine(whole), extent - whole)] : statements
}

/** A loop over start, start + step, …; just its body when it would run once. */
export function loopOver(
  { names }: Lowering,
  extent: number,
  step: number,
  start: Affine,
  body: (position: Affine) => Statement[],
): Statement[] {
  if (extent === step) return body(start)
  const index: LoopIndex = { name: names.next('i') }
  return [{ kind: 'loop', index, extent, step, body: body(addAffine(start, affine(0, { index, stride: 1 }))) }]
}

/** The values of level `depth` at `coordinates`, which say where the levels outside it are. */
export function reduceLevel(
  plan: ReductionPlan,
  depth: number,
  coordinates: Coordinates,
  columns: readonly Column[],
): Reduced {
  const { lowering, levels, dimensions } = plan
  const level = levels[depth]
  if (level === undefined) {
    const { values, checks, stores } = elementsAt(plan, coordinates, columns)
    const variables = values.map((value): Variable => ({ name: lowering.names.next('x'), type: value.type }))
    const lets = values.map((value, i): Effect => ({ kind: 'let', variable: variables[i]!, value }))
    return {
      statements: bindEffects([...checks, ...lets, ...stores], lowering.names, stores.length > 1),
      values: variables.map(read),
    }
  }
  const isRowLeaf = plan.isRow && depth === levels.length - 1
  const leaf = isRowLeaf ? rowLeaf : leafCapacity

  const range = (start: Affine, count: number): Reduced => {
    if (count <= leaf)
      return isRowLeaf
        ? rowLeafStatements(plan, level, coordinates, start, count)
        : columnLeaf(plan, depth, coordinates, columns, start, count)
    const { capacity, blocks, rest } = cutLevel(count, leaf)
    const totals = accumulators(plan, columns.length, plan.isRow ? 1 : plan.lanes)
    const whole = blocks * capacity
    if (plan.dividesBlocks && count === dimensions[level]!.extent && blocks > 1) {
      const { making, meeting } = dividedBlocks(plan, blocks, totals.variables, (index) =>
        range(affine(0, { index, stride: capacity }), capacity),
      )
      const left = rest > 0 ? range(affine(whole), rest) : undefined
      const last = left
        ? [...left.statements, ...left.values.map((value, i) => accumulate(plan, i, totals.variables[i]!, value))]
        : []
      return { statements: [...making, ...totals.lets, ...meeting, ...last], values: totals.variables.map(read) }
    }
    const block = (at: Affine, length: number): Statement[] => {
      const { statements, values } = range(at, length)
      return [...statements, ...totals.variables.map((total, i) => accumulate(plan, i, total, values[i]!))]
    }
    const statements = [...totals.lets, ...loopOver(lowering, whole, capacity, start, (at) => block(at, capacity))]
    if (rest > 0) statements.push(...block(shifted(start, whole), rest))
    return { statements, values: totals.variables.map(read) }
  }
  return range(origin, dimensions[level]!.extent)
}

/** Threads leave the values of their blocks in memory, where one combines them in order. */
function dividedBlocks(
  plan: ReductionPlan,
  blocks: number,
  totals: readonly Variable[],
  valuesOf: (block: LoopIndex) => Reduced,
): { making: Statement[]; meeting: Statement[] } {
  const { lowering } = plan
  const { names } = lowering
  const [made, met]: [LoopIndex, LoopIndex] = [{ name: names.next('i') }, { name: names.next('i') }]
  const buffers = plan.parts.map(({ dtype }) => lowering.scratch('blocks', dtype, blocks, 'shared'))
  const placeOf = (index: LoopIndex): Address => ({ affine: affine(0, { index, stride: 1 }) })
  const { statements, values } = valuesOf(made)
  const stores = buffers.map((buffer, i): Statement => {
    return { kind: 'store', buffer, at: placeOf(made), value: values[i]!, laneStride: 0 }
  })
  const making: Loop = { kind: 'loop', index: made, extent: blocks, step: 1, body: [...statements, ...stores] }
  const combining = buffers.flatMap((buffer, i): Statement[] => {
    const value = load(buffer, placeOf(met), 1, 0)
    const variable: Variable = { name: names.next('x'), type: value.type }
    return [{ kind: 'let', variable, value }, accumulate(plan, i, totals[i]!, read(variable))]
  })
  return {
    making: [markParallel(making, true), { kind: 'barrier' }],
    meeting: [{ kind: 'loop', index: met, extent: blocks, step: 1, body: combining }],
  }
}

/** Up to `leafCapacity` items of a level, one after the other into one accumulator for each column. */
function columnLeaf(
  plan: ReductionPlan,
  depth: number,
  coordinates: Coordinates,
  columns: readonly Column[],
  start: Affine,
  count: number,
): Reduced {
  const { names } = plan.lowering
  const level = plan.levels[depth]!
  const { variables, lets } = accumulators(plan, columns.length, plan.isRow ? 1 : plan.lanes)
  const index: LoopIndex = { name: names.next('i') }
  const at = coordinates.with(level, count > 1 ? addAffine(start, affine(0, { index, stride: 1 })) : start)
  const hoisted: Effect[] = []
  let body: Statement[]
  if (depth === plan.levels.length - 1) {
    const { values, checks, stores } = elementsAt(plan, at, columns)
    const assigns = variables.map((variable, i) => accumulate(plan, i, variable, values[i]!))
    const [before, inside] = hoistEffects([...checks, ...assigns, ...stores], [index], names, new Set(variables))
    hoisted.push(...before!)
    body = bindEffects(inside!, names, stores.length > 0)
  } else {
    const inner = reduceLevel(plan, depth + 1, at, columns)
    body = [...inner.statements, ...variables.map((variable, i) => accumulate(plan, i, variable, inner.values[i]!))]
  }
  const loop: Statement[] = count > 1 ? [{ kind: 'loop', index, extent: count, step: 1, body }] : body
  return { statements: [...lets, ...inFrontOf(loop, hoisted, names)], values: variables.map(read) }
}
