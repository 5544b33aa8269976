import type { FusionGroup } from '../ir/fusion-group.ts'
import type { GraphNode, GraphValue } from '../ir/graph.ts'
import type { Effect } from './binding.ts'
import { mergeAxes, type Place } from './dimensions.ts'
import { evaluateGroup, evaluateInOrder, type Evaluation, neededInGroup, type Storage } from './evaluation.ts'
import type { Expr, Statement } from './ir.ts'
import { loopNest } from './loop-nest.ts'
import type { Lowering } from './lowering.ts'
import { identityPosition } from './position.ts'
import { lanesFor, probeGroup } from './probe.ts'

/** One loop nest that computes every output of the group, element by element. `known` values hold the same in every element. */
export function lowerElementwise(
  group: FusionGroup,
  lowering: Lowering,
  known: ReadonlyMap<GraphValue, (place: Place) => Expr> = new Map(),
): Statement[] {
  const { outputs } = group
  const shape = outputs[0]!.type.shape
  const rank = shape.length
  const position = identityPosition(rank)
  const anchor = [...known.keys()][0]
  const probe = probeGroup(group, lowering, { position, rank, roots: outputs, ...(anchor ? { anchor } : {}) })
  const stores = outputs.map((output) => lowering.storageOf(output))
  const needed = neededInGroup(group, outputs, new Set(known.keys()))
  return loopNest({
    dimensions: mergeAxes(shape, [...probe.accesses, ...stores.map(({ layout }) => layout)]),
    lanes: lanesFor(
      probe.expressions,
      outputs.map((output) => output.type.dtype),
      lowering.simd,
    ),
    names: lowering.names,
    parallel: lowering.parallel,
    // An output may lie where an operand does: all elements are read before the first is written.
    bindAll: outputs.length > 1,
    effectsAt: (place) => {
      const values = new Map([...known].map(([value, exprAt]) => [value, exprAt(place)] as const))
      const evaluation = evaluateGroup(group, lowering, place, position, rank, values)
      evaluateInOrder(group, evaluation, needed)
      return outputEffects(outputs, evaluation, stores, place)
    },
  })
}

/** The checks that `outputs` need and their stores, at `place`. */
export function outputEffects(
  outputs: readonly GraphNode[],
  evaluation: Evaluation,
  stores: readonly Storage[],
  place: Place,
): Effect[] {
  const values = outputs.map((output) => evaluation.valueOf(output))
  return [...evaluation.checks, ...outputs.map((_, i) => storeEffect(stores[i]!, values[i]!, place))]
}

/** Stores the valid lanes of `value`. */
export const storeEffect = ({ buffer, layout }: Storage, value: Expr, place: Place): Effect => ({
  kind: 'store',
  buffer,
  at: { affine: place.address(layout) },
  value,
  laneStride: place.laneStride(layout),
  ...(place.valid < place.lanes ? { count: place.valid } : {}),
})
