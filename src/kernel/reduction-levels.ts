import { addAffine, affine, read } from './builder.ts'
import { bindEffects, type Effect, hoistEffects, inFrontOf } from './binding.ts'
import { markParallel } from './divide-work.ts'
import { origin, shifted } from './dimensions.ts'
import type { Affine, Expr, LoopIndex, Statement, Variable } from './ir.ts'
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
} from './reduction-plan.ts'
import { rowLeafStatements } from './reduction-row.ts'

export type Finish = (coordinates: Coordinates, value: Expr, valid: number) => Statement[]

/** All reduced values at the kept `coordinates`: one when lanes lie along what is reduced, otherwise one for each place along the lanes' dimension. */
export function reduceAt(plan: ReductionPlan, coordinates: Coordinates, finish: Finish, parallel: boolean): Statement[] {
  const { dimensions, isRow, lanes, lowering } = plan
  const laneDimension = dimensions.length - 1
  if (isRow || laneDimension < 0) {
    const { statements, values } = reduceLevel(plan, 0, coordinates, [{ coordinate: undefined, valid: 1 }])
    return [...statements, ...finish(coordinates, values[0]!, 1)]
  }
  const tile = (start: Affine, elements: number): Statement[] => {
    const columns: Column[] = []
    for (let offset = 0; offset < elements; offset += lanes) {
      columns.push({ coordinate: shifted(start, offset), valid: Math.min(lanes, elements - offset) })
    }
    const { statements, values } = reduceLevel(plan, 0, coordinates, columns)
    const finished = columns.flatMap(({ coordinate, valid }, c) =>
      finish(coordinates.with(laneDimension, coordinate), values[c]!, valid),
    )
    return [...statements, ...finished]
  }
  const { extent } = dimensions[laneDimension]!
  // Tiles of about one width, for a narrow one would wait for its few accumulators.
  const vectors = Math.ceil(extent / lanes)
  const width = lanes * Math.ceil(vectors / Math.ceil(vectors / plan.tileColumns))
  const whole = extent - (extent % width)
  const tiles = whole > 0 ? loopOver(lowering, whole, width, origin, (start) => tile(start, width)) : []
  const statements = tiles.map((each) => (each.kind === 'loop' && whole > width ? markParallel(each, parallel) : each))
  return extent > whole ? [...statements, ...tile(affine(whole), extent - whole)] : statements
}

/** A loop over start, start + step, …; just its body when it would run once. */
function loopOver(
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
function reduceLevel(
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
    const lets = values.map((value, c): Effect => ({ kind: 'let', variable: variables[c]!, value }))
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
    const block = (at: Affine, length: number): Statement[] => {
      const { statements, values } = range(at, length)
      return [...statements, ...totals.variables.map((total, c) => accumulate(plan, total, values[c]!))]
    }
    const statements = [...totals.lets, ...loopOver(lowering, whole, capacity, start, (at) => block(at, capacity))]
    if (rest > 0) statements.push(...block(shifted(start, whole), rest))
    return { statements, values: totals.variables.map(read) }
  }
  return range(origin, dimensions[level]!.extent)
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
    const assigns = variables.map((variable, c) => accumulate(plan, variable, values[c]!))
    const [before, inside] = hoistEffects([...checks, ...assigns, ...stores], [index], names, new Set(variables))
    hoisted.push(...before!)
    body = bindEffects(inside!, names, stores.length > 0)
  } else {
    const inner = reduceLevel(plan, depth + 1, at, columns)
    body = [...inner.statements, ...variables.map((variable, c) => accumulate(plan, variable, inner.values[c]!))]
  }
  const loop: Statement[] = count > 1 ? [{ kind: 'loop', index, extent: count, step: 1, body }] : body
  return { statements: [...lets, ...inFrontOf(loop, hoisted, names)], values: variables.map(read) }
}
