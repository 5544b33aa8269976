import type { FusionGroup } from '../ir/fusion-group.ts'
import type { GraphNode, GraphValue } from '../ir/graph.ts'
import { recordOf } from '../ops/registry.ts'
import { bindEffects, type Effect, hoistEffects, inFrontOf } from './binding.ts'
import { addAffine, affine, load, splat } from './builder.ts'
import { type Place, placeAt, strideAlong } from './dimensions.ts'
import { storeEffect } from './elementwise.ts'
import { evaluateGroup, evaluateInOrder, neededInGroup, type Storage } from './evaluation.ts'
import type { Affine, Expr, LoopIndex, Statement } from './ir.ts'
import { loopNest } from './loop-nest.ts'
import type { Lowering } from './lowering.ts'
import { identityPosition } from './position.ts'
import { reduceLevel } from './reduction-levels.ts'
import type { Combine } from './reduction-order.ts'
import type { Column, Coordinates, ReductionPlan } from './reduction-plan.ts'
import type { RowPass, RowStages } from './row-stages.ts'
import type { RowWalk } from './row-walk.ts'

/** A row-wise group on its way to code. */
export interface RowKernel {
  readonly group: FusionGroup
  readonly lowering: Lowering
  readonly stages: RowStages
  readonly walk: RowWalk
  readonly storageOf: (node: GraphNode) => Storage
}

/** The values at kept shape that are known, for one row or for the rows of a column. */
export type RowValues = Map<GraphValue, Expr>

export interface WalkedPass {
  readonly statements: readonly Statement[]
  /** For each column, one for each reduction. */
  readonly values: readonly Expr[]
  /** Sites of the checks that every element has passed. */
  readonly sites: ReadonlySet<number>
}

/** One pass over the elements of a row, or of rows side by side. Checks that earlier passes made, `checked`, are left out. */
export function lowerPass(
  kernel: RowKernel,
  pass: RowPass,
  coordinates: Coordinates,
  columns: readonly Column[],
  values: readonly RowValues[],
  checked: ReadonlySet<number>,
): WalkedPass {
  const { group, lowering, stages, walk, storageOf } = kernel
  const rank = stages.rows.shape.length
  const position = identityPosition(rank)
  const operands = pass.reductions.map((node) => node.operands[0]!)
  const known = new Set<GraphValue>([...values[0]!.keys(), ...pass.loaded])
  const needed = neededInGroup(group, [...operands, ...pass.stored], known)
  const sites = new Set<number>()
  const isScratch = (node: GraphNode): boolean => stages.scratch.includes(node)

  const elementsAt = (place: Place, column: number): { values: Expr[]; effects: Effect[] } => {
    const given = new Map<GraphValue, Expr>()
    for (const [value, expr] of values[column]!) given.set(value, walk.isRow ? splat(expr, place.lanes) : expr)
    for (const node of pass.loaded) {
      const { buffer, layout } = storageOf(node)
      given.set(
        node,
        load(buffer, { affine: place.address(layout) }, place.lanes, place.laneStride(layout), place.valid),
      )
    }
    const evaluation = evaluateGroup(group, lowering, place, position, rank, given)
    evaluateInOrder(group, evaluation, needed)
    const elements = operands.map((operand) => evaluation.valueOf(operand))
    // Working memory takes whole vectors: a part of one, read back as a whole, would wait for the cache.
    const stores = pass.stored.map((node) =>
      storeEffect(
        storageOf(node),
        evaluation.valueOf(node),
        walk.isRow && isScratch(node) ? { ...place, valid: place.lanes } : place,
      ),
    )
    for (const { site } of evaluation.checks) sites.add(site)
    return { values: elements, effects: [...evaluation.checks.filter(({ site }) => !checked.has(site)), ...stores] }
  }

  if (pass.reductions.length === 0) {
    const statements = walk.isRow
      ? mapRow(kernel, pass, coordinates, (place) => elementsAt(place, 0).effects)
      : mapColumns(kernel, coordinates, columns, (place, c) => elementsAt(place, c).effects)
    return { statements, values: [], sites }
  }
  const plan: ReductionPlan = {
    ...walk,
    lanes: walk.lanesOf.get(pass)!,
    lowering,
    parts: pass.reductions.map((node) => ({ combine: combineOf(node), dtype: node.type.dtype })),
    elementsAt,
  }
  return { ...reduceLevel(plan, 0, coordinates, columns), sites }
}

function combineOf(node: GraphNode): Combine {
  const record = recordOf(node.op)
  return record.kind === 'reduction' ? record.combine : 'add' // passes reduce with reductions only
}

/** All elements of a row, lanes along it. */
function mapRow(
  { lowering: { names }, walk }: RowKernel,
  pass: RowPass,
  coordinates: Coordinates,
  effectsAt: (place: Place) => readonly Effect[],
): Statement[] {
  const { dimensions, levels } = walk
  const kept = [...dimensions.keys()].filter((d) => !levels.includes(d))
  return loopNest({
    dimensions: levels.map((d) => dimensions[d]!),
    lanes: walk.lanesOf.get(pass)!,
    names,
    bindAll: pass.stored.length > 1,
    parallel: false,
    effectsAt: (place) =>
      effectsAt({
        ...place,
        address: (layout) =>
          kept.reduce(
            (address, d) => addAffine(address, coordinates[d]!, strideAlong(dimensions[d]!, layout)),
            place.address(layout),
          ),
      }),
  })
}

/** All elements of rows side by side. */
function mapColumns(
  { lowering: { names }, walk: { dimensions, levels, lanes } }: RowKernel,
  coordinates: Coordinates,
  columns: readonly Column[],
  effectsAt: (place: Place, column: number) => readonly Effect[],
): Statement[] {
  const laneDimension = dimensions.length - 1
  const indices = levels.map((): LoopIndex => ({ name: names.next('i') }))
  const at: (Affine | undefined)[] = [...coordinates]
  levels.forEach((d, i) => (at[d] = affine(0, { index: indices[i]!, stride: 1 })))
  const depths: Effect[][] = [...indices, undefined].map(() => [])
  const body = columns.flatMap(({ coordinate, valid }, c) => {
    const place = placeAt(dimensions, at.with(laneDimension, coordinate), { lanes, laneDimension, valid })
    const placed = hoistEffects(effectsAt(place, c), indices, names)
    placed.slice(0, -1).forEach((effects, depth) => depths[depth]!.push(...effects))
    return bindEffects(placed.at(-1)!, names, true)
  })
  return levels.reduceRight<Statement[]>(
    (inner, d, i) =>
      inFrontOf(
        [{ kind: 'loop', index: indices[i]!, extent: dimensions[d]!.extent, step: 1, body: inner }],
        depths[i]!,
        names,
      ),
    body,
  )
}
