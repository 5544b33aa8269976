import type { Layout } from '../base/layout.ts'
import type { FusionGroup } from '../ir/fusion-group.ts'
import type { GraphNode, GraphValue } from '../ir/graph.ts'
import { axesInRows, isFull } from '../ir/rows.ts'
import { load, read, register } from './builder.ts'
import { type Dimension, mergeAxes, origin } from './dimensions.ts'
import type { Storage, Surroundings } from './evaluation.ts'
import { type Expr, type Lanes, registerScalar } from './ir.ts'
import { identityPosition, type Position, positionAlong } from './position.ts'
import { lanesFor, type Probe, probeGroup } from './probe.ts'
import { overOperand } from './reduction.ts'
import type { RowPass, RowStages } from './row-stages.ts'

/** How a row-wise kernel goes over its elements. */
export interface RowWalk {
  readonly dimensions: readonly Dimension[]
  /** The reduced dimensions, outermost first. */
  readonly levels: readonly number[]
  /** Whether each run of reduced axes is one dimension. */
  readonly isAffine: boolean
  /** Whether lanes lie along a row; otherwise they lie along the last kept dimension, rows side by side. */
  readonly isRow: boolean
  /** Lanes of rows side by side. */
  readonly lanes: Lanes
  /** Lanes of each pass: a row's passes need not agree. */
  readonly lanesOf: ReadonlyMap<RowPass, Lanes>
  readonly keptAxes: (node: GraphValue) => readonly number[]
}

/** Where a value at kept shape is in its row. */
export const keptPosition = (walk: RowWalk, node: GraphNode, rank: number): Position =>
  positionAlong(rank, walk.keptAxes(node))

export function walkRows(
  group: FusionGroup,
  stages: RowStages,
  surroundings: Surroundings,
  storageOf: (node: GraphNode) => Storage,
  simd: boolean,
): RowWalk {
  const { rows, passes } = stages
  const { shape, isReduced } = rows
  const rank = shape.length
  const keptAxes = (node: GraphValue): readonly number[] => axesInRows(rows, node)
  const kept = keptValues(group, stages)
  const probes = passes.map((pass): Probe => {
    const known = new Map(kept)
    for (const node of pass.loaded) known.set(node, load(storageOf(node).buffer, { affine: origin }, 1, 0))
    const roots = [...pass.reductions.map(({ operands }) => operands[0]!), ...pass.stored]
    return probeGroup(group, surroundings, { position: identityPosition(rank), rank, roots, known })
  })
  const keptProbes = stages.kept.flat().map((node) => {
    const known = new Map([...kept].filter(([value]) => value !== node))
    return probeGroup(group, surroundings, {
      position: positionAlong(rank, keptAxes(node)),
      rank,
      roots: [node],
      known,
    })
  })
  const isKeptOutput = (node: GraphNode): boolean => !isFull(rows, node)
  const stores: Layout[] = [...new Set(passes.flatMap(({ stored }) => stored))].map((node) => storageOf(node).layout)
  for (const node of group.outputs.filter(isKeptOutput))
    stores.push(overOperand(storageOf(node).layout, keptAxes(node), rank))
  const accesses = [...[...probes, ...keptProbes].flatMap((probe) => probe.accesses), ...stores]
  const dimensions = mergeAxes(shape, accesses, (outer, inner) => isReduced[outer] !== isReduced[inner])
  const isReducedAt = (d: number): boolean => isReduced[dimensions[d]!.axes[0]!]!
  const levels = [...dimensions.keys()].filter(isReducedAt)
  const isRow = levels.at(-1) === dimensions.length - 1

  const ownLanes = passes.map(({ reductions, stored }, i) =>
    lanesFor(
      probes[i]!.expressions,
      [...reductions, ...stored].map(({ type }) => type.dtype),
      simd,
    ),
  )
  const keptLanes = keptProbes.map(({ expressions }) => lanesFor(expressions, [], simd))
  const all = new Set(isRow ? [] : [...ownLanes, ...keptLanes])
  const keptDtypes = [...kept.keys()].map(({ type }) => type.dtype)
  const common =
    all.size === 1
      ? lanesFor(
          [...probes, ...keptProbes].flatMap(({ expressions }) => expressions),
          keptDtypes,
          simd,
        )
      : 1
  return {
    dimensions,
    levels,
    isAffine: levels.every((d) => d === 0 || !isReducedAt(d - 1)),
    isRow,
    lanes: common,
    lanesOf: new Map(passes.map((pass, i) => [pass, isRow ? ownLanes[i]! : common])),
    keptAxes,
  }
}

/** Stand-ins for all values at kept shape. */
function keptValues(group: FusionGroup, { rows, aliases }: RowStages): Map<GraphValue, Expr> {
  const values = new Map<GraphValue, Expr>()
  const standIn = (node: GraphNode): Expr => read({ name: 'kept', type: register(registerScalar[node.type.dtype], 1) })
  for (const node of group.nodes) if (!isFull(rows, node)) values.set(node, standIn(node))
  for (const [alias, node] of aliases) values.set(alias, standIn(node))
  return values
}
