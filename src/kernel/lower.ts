import { InternalError } from '../base/errors.ts'
import type { Layout } from '../base/layout.ts'
import type { FusionGroup } from '../ir/fusion-group.ts'
import type { GraphValue } from '../ir/graph.ts'
import { keepsRows, producesOperands } from './contraction.ts'
import { lowerElementwise } from './elementwise.ts'
import type { Kernel, Statement } from './ir.ts'
import { bodyOfSingle, isEmpty, kernelOf } from './lower-single.ts'
import type { LowerOptions, Lowering } from './lowering.ts'
import { reductionNeedsContiguousOperand } from './reduction.ts'
import { blocksRows, lowerRowWise } from './row-wise.ts'

export type { LowerOptions, MicroTile } from './lowering.ts'
export type { Storage } from './evaluation.ts'
export { recomputesCheaply } from './producer.ts'

/** The kernel that computes `group`. */
export const lowerGroup = (group: FusionGroup, name: string, options: LowerOptions): Kernel =>
  kernelOf(group, name, options, bodyOf)

function bodyOf(group: FusionGroup, lowering: Lowering): Statement[] {
  switch (group.kind) {
    case 'row-wise':
      return lowerRowWise(group, lowering)
    case 'updates':
      return group.parts!.flatMap((part) => (isEmpty(part) ? [] : lowerElementwise(part, lowering)))
    case 'control':
      throw new InternalError(`${group.control!.name} is no kernel: the plan runs its regions`)
    default:
      return bodyOfSingle(group, lowering)
  }
}

/**
 * Whether the group cannot be lowered as it is: axes that are reduced together have no common stride in some value it reads. Then a
 * reduction's operand must come from a contiguous buffer: copied by a group of its own, with the nodes before the anchor in that group.
 */
export const needsContiguousOperand = (group: FusionGroup, layoutOf: (value: GraphValue) => Layout): boolean =>
  group.kind === 'row-wise' ? blocksRows(group, layoutOf) : reductionNeedsContiguousOperand(group, layoutOf)

/**
 * Whether what the other nodes of a product read leaves the loops of the kernel as they would be without them, and what they compute for the
 * product is computed once for each element.
 */
export const keepsLoops = (group: FusionGroup, layoutOf: (value: GraphValue) => Layout, simd: boolean): boolean =>
  group.kind !== 'contraction' || (producesOperands(group, layoutOf, simd) && keepsRows(group, layoutOf))
