import type { Dtype } from '../base/dtype.ts'
import { read } from './builder.ts'
import type { Effect } from './binding.ts'
import { type Dimension, type Place, placeAt } from './dimensions.ts'
import type { Affine, Expr, Lanes, Statement, Variable } from './ir.ts'
import type { Lowering } from './lowering.ts'
import { type Combine, combined, identityOf } from './reduction-order.ts'

/** How the operand of a reduction is walked. */
export interface ReductionWalk {
  readonly dimensions: readonly Dimension[]
  /** The reduced dimensions, outermost first. */
  readonly levels: readonly number[]
  /** Whether the innermost level is the last dimension, so that lanes lie along it; otherwise they lie along what is kept. */
  readonly isRow: boolean
  readonly lanes: Lanes
  readonly lowering: Lowering
}

export interface ReductionPlan extends ReductionWalk {
  /** What is reduced in one walk, side by side. */
  readonly parts: readonly ReductionPart[]
  /** Whether threads share out the blocks of the outermost level: everything is reduced, and the statements stand at the top of a kernel. */
  readonly dividesBlocks?: boolean
  /** The elements of the parts' operands at a place of a column, and the checks and stores that go with them. */
  elementsAt(place: Place, column: number): { values: readonly Expr[]; effects: readonly Effect[] }
}

export interface ReductionPart {
  readonly combine: Combine
  readonly dtype: Dtype
}

export type Coordinates = readonly (Affine | undefined)[]
/** Vectors (or scalars) that are reduced side by side: each is a place along the lanes' dimension. */
export interface Column {
  readonly coordinate: Affine | undefined
  readonly valid: number
}
export interface Reduced {
  readonly statements: Statement[]
  /** For each column, one value for each part. */
  readonly values: Expr[]
}

/** The part that the i-th of some accumulators or values belongs to. */
export const partOf = ({ parts }: ReductionPlan, i: number): ReductionPart => parts[i % parts.length]!

/** The elements that a place of each column has, and what goes with them. */
export function elementsAt(
  plan: ReductionPlan,
  coordinates: Coordinates,
  columns: readonly Column[],
): { values: Expr[]; checks: Effect[]; stores: Effect[] } {
  const { dimensions, lanes } = plan
  const laneDimension = dimensions.length - 1
  const values: Expr[] = []
  const effects = columns.flatMap(({ coordinate, valid }, c) => {
    const at = coordinate ? coordinates.with(laneDimension, coordinate) : coordinates
    const elements = plan.elementsAt(placeAt(dimensions, at, { lanes, laneDimension, valid }), c)
    values.push(...elements.values)
    return elements.effects
  })
  return {
    values,
    checks: effects.filter((effect) => effect.kind === 'check'),
    stores: effects.filter((effect) => effect.kind !== 'check'),
  }
}

/** New accumulators for `columns` columns, holding the identity. */
export function accumulators(
  plan: ReductionPlan,
  columns: number,
  lanes: Lanes,
): { variables: Variable[]; lets: Statement[] } {
  const { parts, lowering } = plan
  const values = Array.from({ length: columns }, () =>
    parts.map(({ combine, dtype }) => identityOf(combine, dtype, lanes)),
  ).flat()
  const variables = values.map((value): Variable => ({ name: lowering.names.next('s'), type: value.type }))
  return { variables, lets: variables.map((variable, i) => ({ kind: 'let', variable, value: values[i]! })) }
}

/** Adds to the i-th of some accumulators. */
export const accumulate = (plan: ReductionPlan, i: number, variable: Variable, value: Expr): Effect & Statement => ({
  kind: 'assign',
  variable,
  value: combined(partOf(plan, i).combine, read(variable), value),
})
