import type { Layout } from '../base/layout.ts'
import { elementCount } from '../base/shape.ts'
import type { FusionGroup } from '../ir/fusion-group.ts'
import type { GraphNode, GraphValue } from '../ir/graph.ts'
import { axesInRows } from '../ir/rows.ts'
import { recordOf } from '../ops/registry.ts'
import { bindEffects } from './binding.ts'
import { type Dimension, mergeAxes, placeAt } from './dimensions.ts'
import { lowerElementwise, outputEffects } from './elementwise.ts'
import { groupWithoutAnchor, reducedAxesDoNotMerge } from './errors.ts'
import { evaluateGroup, evaluateInOrder, neededInGroup, type Surroundings } from './evaluation.ts'
import type { Expr, Lanes, Statement } from './ir.ts'
import type { Lowering } from './lowering.ts'
import { identityPosition, positionAlong } from './position.ts'
import { lanesFor, probeGroup } from './probe.ts'
import { type Combine, identityOf } from './reduction-order.ts'
import { overKept, reduceAt } from './reduction-levels.ts'
import type { Coordinates, ReductionPlan } from './reduction-plan.ts'

/** Everything about a reduction group but its loops. */
interface ReductionParts {
  readonly anchor: GraphNode
  readonly operand: GraphValue
  readonly combine: Combine
  readonly isReduced: readonly boolean[]
  /** The operand's axis that each axis of the result is. */
  readonly axisOf: readonly number[]
  /** Outputs with the operand's shape, stored while it is walked, and those made of the finished value. */
  readonly before: readonly GraphNode[]
  readonly after: readonly GraphNode[]
}

function partsOf(group: FusionGroup): ReductionParts {
  const { anchor, outputs } = group
  const record = anchor && recordOf(anchor.op)
  if (!anchor || record?.kind !== 'reduction') throw groupWithoutAnchor(group.kind)
  const operand = anchor.operands[0]!
  const rank = operand.type.shape.length
  const axes = record.axes(anchor.attrs)
  const isReduced = Array.from({ length: rank }, (_, axis) => axes.includes(axis))
  const axisOf = axesInRows({ shape: operand.type.shape, isReduced }, anchor)
  const inOperand = neededInGroup(group, [operand])
  const before = outputs.filter((output) => inOperand.has(output))
  return {
    anchor,
    operand,
    combine: record.combine,
    isReduced,
    axisOf,
    before,
    after: outputs.filter((output) => !inOperand.has(output)),
  }
}

interface ReductionAccesses {
  readonly dimensions: readonly Dimension[]
  readonly isAffine: boolean
  readonly expressions: readonly Expr[]
  readonly finishExpressions: readonly Expr[]
}

/** The dimensions that walk the operand, and whether each run of reduced axes is one of them. */
function walkOf(group: FusionGroup, parts: ReductionParts, surroundings: Surroundings): ReductionAccesses {
  const { anchor, operand, isReduced, axisOf, before, after } = parts
  const shape = operand.type.shape
  const rank = shape.length
  const elements = probeGroup(group, surroundings, {
    position: identityPosition(rank),
    rank,
    roots: [operand, ...before],
  })
  const finish = probeGroup(group, surroundings, { position: positionAlong(rank, axisOf), rank, roots: after, anchor })
  const storesBefore = before.map((output) => surroundings.storageOf(output).layout)
  const storesAfter = after.map((output) => overOperand(surroundings.storageOf(output).layout, axisOf, rank))
  const accesses = [...elements.accesses, ...finish.accesses, ...storesBefore, ...storesAfter]
  const dimensions = mergeAxes(shape, accesses, (outer, inner) => isReduced[outer] !== isReduced[inner])
  const reducedAt = (dimension: Dimension): boolean => isReduced[dimension.axes[0]!]!
  const isAffine = dimensions.every(
    (dimension, d) => !reducedAt(dimension) || d === 0 || !reducedAt(dimensions[d - 1]!),
  )
  return { dimensions, isAffine, expressions: elements.expressions, finishExpressions: finish.expressions }
}

/** A layout of the result over the axes of the operand. */
export const overOperand = (layout: Layout, axisOf: readonly number[], rank: number): Layout => ({
  offset: layout.offset,
  strides: Array.from({ length: rank }, (_, axis) =>
    axisOf.includes(axis) ? layout.strides[axisOf.indexOf(axis)]! : 0,
  ),
})

/** Whether axes that are reduced together have no common stride in some value the group reads. */
export function reductionNeedsContiguousOperand(group: FusionGroup, layoutOf: (value: GraphValue) => Layout): boolean {
  if (group.kind !== 'reduction') return false
  const parts = partsOf(group)
  if (elementCount(parts.operand.type.shape) === 0) return false
  const storageOf = (value: GraphValue): ReturnType<Surroundings['storageOf']> => ({
    buffer: { name: 'operand', dtype: value.type.dtype, elementCount: 0 },
    layout: layoutOf(value),
  })
  return !walkOf(group, parts, { storageOf, siteOf: () => 0 }).isAffine
}

/** Loops over what is kept around the levels of what is reduced; the nodes after the anchor are applied to the finished values. */
export function lowerReduction(group: FusionGroup, lowering: Lowering): Statement[] {
  const parts = partsOf(group)
  const { anchor, operand, combine, isReduced, axisOf, before, after } = parts
  const { names } = lowering
  const dtype = anchor.type.dtype
  const shape = operand.type.shape
  const rank = shape.length
  if (elementCount(shape) === 0) {
    return lowerElementwise(
      { ...group, outputs: after },
      lowering,
      new Map([[anchor, ({ lanes }) => identityOf(combine, dtype, lanes)]]),
    )
  }
  const walk = walkOf(group, parts, lowering)
  if (!walk.isAffine) throw reducedAxesDoNotMerge(anchor.op)
  const { dimensions } = walk
  const levels = dimensions.flatMap((dimension, d) => (isReduced[dimension.axes[0]!] ? [d] : []))
  const isRow = levels.length > 0 && levels.at(-1) === dimensions.length - 1
  const laneDimension = dimensions.length - 1
  const storedDtypes = (nodes: readonly GraphNode[]) => nodes.map((node) => node.type.dtype)
  const elementLanes = lanesFor(walk.expressions, [dtype, ...storedDtypes(before)], lowering.simd)
  const finishLanes = lanesFor(walk.finishExpressions, [dtype, ...storedDtypes(after)], lowering.simd)
  const isVector = dimensions.length > 0 && elementLanes > 1 && (isRow || finishLanes === elementLanes)
  const lanes: Lanes = isVector ? elementLanes : 1
  const isPlain = walk.expressions.every((expr) => expr.kind === 'load')
  const stores = after.map((output) => {
    const { buffer, layout } = lowering.storageOf(output)
    return { buffer, layout: overOperand(layout, axisOf, rank) }
  })

  const elementPosition = identityPosition(rank)
  const neededElements = neededInGroup(group, [operand, ...before])
  const plan: ReductionPlan = {
    dimensions,
    levels,
    isRow,
    lanes,
    parts: [{ combine, dtype }],
    dividesBlocks: lowering.parallel && isRow && dimensions.length === 1,
    lowering,
    elementsAt: (place) => {
      const evaluation = evaluateGroup(group, lowering, place, elementPosition, rank)
      evaluateInOrder(group, evaluation, neededElements)
      return {
        values: [evaluation.valueOf(operand)],
        effects: outputEffects(
          before,
          evaluation,
          before.map((output) => lowering.storageOf(output)),
          place,
        ),
      }
    },
  }
  const finishPosition = positionAlong(rank, axisOf)
  const neededAfter = neededInGroup(group, after, new Set([anchor]))
  const finish = (coordinates: Coordinates, [value]: readonly Expr[], valid: number): Statement[] => {
    const place = placeAt(dimensions, coordinates, isRow ? {} : { lanes, laneDimension, valid })
    const evaluation = evaluateGroup(group, lowering, place, finishPosition, rank, new Map([[anchor, value!]]))
    evaluateInOrder(group, evaluation, neededAfter)
    return bindEffects(outputEffects(after, evaluation, stores, place), names, after.length > 1)
  }

  // Work on the elements needs registers too.
  const tileColumns = lanes > 1 && isPlain ? 8 : 4
  return overKept(plan, 1, ([coordinates]) => reduceAt(plan, tileColumns, coordinates!, finish))
}
