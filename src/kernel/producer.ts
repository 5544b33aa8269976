import { dtypeInfo } from '../base/dtype.ts'
import type { Layout } from '../base/layout.ts'
import { elementCount } from '../base/shape.ts'
import type { FusionGroup } from '../ir/fusion-group.ts'
import type { GraphNode, GraphValue } from '../ir/graph.ts'
import { locate, type Location } from '../ir/materialize.ts'
import { addAffine } from './builder.ts'
import { type Dimension, type Place, placeAt, strideAlong } from './dimensions.ts'
import { evaluateGroup, evaluateInOrder, neededInGroup, type Surroundings } from './evaluation.ts'
import type { Affine, Buffer, Expr, Lanes } from './ir.ts'
import { identityPosition, positionThrough } from './position.ts'
import { allExpressions, lanesFor, type Probe, probeGroup } from './probe.ts'

/** An operand of a product that is computed where it would be loaded. Its accesses are over the operand's own axes. */
export interface Producer {
  readonly probe: Probe
  /** Which axis of the operand is summed. */
  readonly depthAxis: number
  readonly valueAt: (place: Place) => Expr
}

/** The nodes of the group that compute `operand`, a view of one of them; undefined where it lies in memory. */
export function producerOf(
  group: FusionGroup,
  operand: GraphValue,
  surroundings: Surroundings,
  depthAxis: number,
): Producer | undefined {
  const { base, layout } = locate(operand, new Map<GraphValue, Location>())
  if (!group.nodes.includes(base as GraphNode)) return undefined // only compared
  const rank = operand.type.shape.length
  // The fusion pass asks before (producesOperands).
  const position = positionThrough(layout, operand.type.shape, base.type.shape)!
  const needed = neededInGroup(group, [base])
  return {
    probe: probeGroup(group, surroundings, { position, rank, roots: [base] }),
    depthAxis,
    valueAt: (place) => {
      const evaluation = evaluateGroup(group, surroundings, place, position, rank)
      evaluateInOrder(group, evaluation, needed)
      return evaluation.valueOf(base)
    },
  }
}

/** What a produced operand's elements lie along when several are computed at once. */
export type LanesAlong = 'depth' | 'line'

/**
 * The first of the given directions in which vectors of `lanes` load side by side all that they are computed from; undefined where there is
 * none, nor code for such vectors.
 */
export function directionOf(
  { probe, depthAxis }: Producer,
  directions: readonly LanesAlong[],
  line: Dimension,
  depth: number,
  lanes: Lanes,
): LanesAlong | undefined {
  if (lanesFor(probe.expressions, [], true) < lanes) return undefined
  const [size, strideOf] = [
    { depth, line: line.extent },
    { depth: ({ strides }: Layout) => strides[depthAxis]!, line: (layout: Layout) => strideAlong(line, layout) },
  ]
  return directions.find(
    (direction) =>
      size[direction] >= lanes && probe.accesses.every((layout) => [0, 1].includes(strideOf[direction](layout))),
  )
}

/** A vector of a produced operand: `coordinates` over `dimensions`, where `along` says how far it is in the sum. */
export function producedVector(
  { valueAt, depthAxis }: Producer,
  at: {
    readonly dimensions: readonly Dimension[]
    readonly coordinates: readonly (Affine | undefined)[]
    readonly along: Affine
    readonly lanes: Lanes
    readonly valid: number
    readonly line: Dimension
    readonly lanesAlong: LanesAlong
  },
): Expr {
  const { dimensions, coordinates, along, lanes, valid, line, lanesAlong } = at
  const place = placeAt(dimensions, coordinates)
  const stepOf = ({ strides }: Layout): number => strides[depthAxis]!
  return valueAt({
    lanes,
    valid,
    address: (layout) => addAffine(place.address(layout), along, stepOf(layout)),
    laneStride: (layout) => (lanesAlong === 'depth' ? stepOf(layout) : strideAlong(line, layout)),
  })
}

/** Operations up to which a value is rather computed for each product than kept in memory, and what a division counts as. */
const cheapOperations = 4
const divisionOperations = 8
/** Of the bytes that go through memory otherwise. With more, what is saved does not make up for larger kernels. */
const worthwhileShare = 2 / 3

/** Whether `times` products that compute the value of the last of `nodes` take less time than one kernel that stores it and products that load it. */
export function recomputesCheaply(
  nodes: readonly GraphNode[],
  times: number,
  layoutOf: (value: GraphValue) => Layout,
): boolean {
  const root = nodes.at(-1)!
  const { shape, dtype } = root.type
  const rank = shape.length
  const group: FusionGroup = { kind: 'elementwise', nodes, outputs: [root] }
  const probe = probeGroup(group, withLayouts(layoutOf), { position: identityPosition(rank), rank, roots: [root] })
  let operations = 0
  for (const expr of allExpressions(probe.expressions))
    if (expr.kind === 'binary' && expr.op === 'div') operations += divisionOperations
    else if (expr.kind !== 'load' && expr.kind !== 'constant' && expr.kind !== 'read') operations++
  const members = new Set<GraphValue>(nodes)
  const loaded = new Set(nodes.flatMap(({ operands }) => operands.filter((operand) => !members.has(operand))))
  const elements = elementCount(shape)
  let bytes = 0
  for (const operand of loaded) {
    const { strides } = layoutOf(operand)
    // What is repeated along an axis stays in the first cache.
    const distinct = elementCount(operand.type.shape.filter((_, axis) => strides[axis] !== 0))
    bytes += (distinct / elements) * dtypeInfo[operand.type.dtype].byteSize
  }
  const moved = bytes + dtypeInfo[dtype].byteSize * (times + 1)
  return operations <= cheapOperations && bytes * times <= worthwhileShare * moved
}

/** Stands for the memory of a value that has none. */
export const unmade = ({ type: { dtype } }: GraphValue): Buffer => ({ name: 'operand', dtype, elementCount: 0 })

/** Surroundings in which code is only looked at. */
export const withLayouts = (layoutOf: (value: GraphValue) => Layout): Surroundings => ({
  storageOf: (value) => ({ buffer: unmade(value), layout: layoutOf(value) }),
  siteOf: () => 0,
})
