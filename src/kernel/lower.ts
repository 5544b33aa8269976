import { InternalError } from '../base/errors.ts'
import type { Layout } from '../base/layout.ts'
import { elementCount } from '../base/shape.ts'
import type { FusionGroup } from '../ir/fusion-group.ts'
import type { GraphValue } from '../ir/graph.ts'
import { Names } from './binding.ts'
import { keepsRows, lowerContraction, producesOperands } from './contraction.ts'
import { lowerCopy } from './copy.ts'
import { divideWork } from './divide-work.ts'
import { lowerElementwise } from './elementwise.ts'
import type { Buffer, Kernel, Statement } from './ir.ts'
import type { LowerOptions, Lowering } from './lowering.ts'
import { lowerOpaque } from './opaque.ts'
import { lowerReduction, reductionNeedsContiguousOperand } from './reduction.ts'
import { blocksRows, lowerRowWise } from './row-wise.ts'
import { touchedBuffers } from './touched-buffers.ts'

export type { LowerOptions, MicroTile } from './lowering.ts'
export type { Storage } from './evaluation.ts'
export { recomputesCheaply } from './producer.ts'

/** The kernel that computes `group`. */
export function lowerGroup(group: FusionGroup, name: string, options: LowerOptions): Kernel {
  const scratch: Buffer[] = []
  const sites = new Map<string, number>()
  const lowering: Lowering = {
    simd: options.simd,
    microTile: options.microTile ?? '3x12',
    inlineEpilogues: options.inlineEpilogues ?? true,
    parallel: options.parallel ?? false,
    names: new Names(),
    storageOf: (value) => options.bufferOf(value),
    siteOf: (node, { code, describe }) => {
      const key = `${group.nodes.indexOf(node)} ${code}`
      let site = sites.get(key)
      if (site === undefined)
        sites.set(key, (site = options.nextSite({ op: node.op, code, describe, source: node.source })))
      return site
    },
    scratch: (scratchName, dtype, count, shared) => {
      const name = `${scratchName}${scratch.length}`
      const isPerWorker = lowering.parallel && shared === undefined
      const buffer: Buffer = { name, dtype, elementCount: count, ...(isPerWorker ? { perWorker: true } : {}) }
      scratch.push(buffer)
      return buffer
    },
  }
  const body = isEmpty(group) ? [] : divideWork(bodyOf(group, lowering), lowering.names)
  const sources = group.nodes.flatMap((node) => (node.source === undefined ? [] : [node.source]))
  return { name, ...touchedBuffers(body, scratch), scratch, body, sources: [...new Set(sources)] }
}

function bodyOf(group: FusionGroup, lowering: Lowering): Statement[] {
  switch (group.kind) {
    case 'elementwise':
      return lowerElementwise(group, lowering)
    case 'reduction':
      return lowerReduction(group, lowering)
    case 'row-wise':
      return lowerRowWise(group, lowering)
    case 'contraction':
      return lowerContraction(group, lowering)
    case 'opaque':
      return lowerOpaque(group, lowering)
    case 'copy':
      return lowerCopy(group, lowering)
    case 'updates':
      return group.parts!.flatMap((part) => (isEmpty(part) ? [] : lowerElementwise(part, lowering)))
    case 'control':
      throw new InternalError(`${group.control!.name} is no kernel: the plan runs its regions`)
  }
}

const isEmpty = ({ outputs }: FusionGroup): boolean => outputs.every((output) => elementCount(output.type.shape) === 0)

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
