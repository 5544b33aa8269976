import type { Dtype } from '../base/dtype.ts'
import { read } from './builder.ts'
import type { Effect } from './binding.ts'
import { type Dimension, type Place, placeAt } from './dimensions.ts'
import type { Affine, Expr, Lanes, Statement, Variable } from './ir.ts'
import type { Lowering } from './lowering.ts'
import { type Combine, combined, identityOf } from './reduction-order.ts'

export interface ReductionPlan {
  readonly dimensions: readonly Dimension[]
  /** The reduced dimensions, outermost first. */
  readonly levels: readonly number[]
  /** Whether the innermost level is the last dimension, so that lanes lie along it; otherwise they lie along what is kept. */
  readonly isRow: boolean
  readonly lanes: Lanes
  /** Most vectors, or scalars, that lie side by side in one tile, so that their accumulators stay in registers. */
  readonly tileColumns: number
  readonly combine: Combine
  readonly dtype: Dtype
  readonly lowering: Lowering
  /** The operand's element at a place, and the checks and stores that go with it. */
  elementAt(place: Place): { value: Expr; effects: readonly Effect[] }
}

export type Coordinates = readonly (Affine | undefined)[]
/** Vectors (or scalars) that are reduced side by side: each is a place along the lanes' dimension. */
export interface Column {
  readonly coordinate: Affine | undefined
  readonly valid: number
}
export interface Reduced {
  readonly statements: Statement[]
  /** One value for each column. */
  readonly values: Expr[]
}
/** The elements that a place of each column has, and what goes with them. */
export function elementsAt(
  plan: ReductionPlan,
  coordinates: Coordinates,
  columns: readonly Column[],
): { values: Expr[]; checks: Effect[]; stores: Effect[] } {
  const { dimensions, lanes } = plan
  const laneDimension = dimensions.length - 1
  const values: Expr[] = []
  const effects = columns.flatMap(({ coordinate, valid }) => {
    const at = coordinate ? coordinates.with(laneDimension, coordinate) : coordinates
    const element = plan.elementAt(placeAt(dimensions, at, { lanes, laneDimension, valid }))
    values.push(element.value)
    return element.effects
  })
  return {
    values,
    checks: effects.filter((effect) => effect.kind === 'check'),
    stores: effects.filter((effect) => effect.kind !== 'check'),
  }
}

/** `count` new accumulators holding the identity. */
export function accumulators(
  plan: ReductionPlan,
  count: number,
  lanes: Lanes,
): { variables: Variable[]; lets: Statement[] } {
  const { combine, dtype, lowering } = plan
  const value = identityOf(combine, dtype, lanes)
  const variables = Array.from({ length: count }, (): Variable => ({
    name: lowering.names.next('s'),
    type: value.type,
  }))
  return { variables, lets: variables.map((variable) => ({ kind: 'let', variable, value })) }
}

export const accumulate = ({ combine }: ReductionPlan, variable: Variable, value: Expr): Effect & Statement => ({
  kind: 'assign',
  variable,
  value: combined(combine, read(variable), value),
})
