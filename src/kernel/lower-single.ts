import { InternalError } from '../base/errors.ts'
import { elementCount } from '../base/shape.ts'
import type { FusionGroup } from '../ir/fusion-group.ts'
import { Names } from './binding.ts'
import { lowerContraction } from './contraction.ts'
import { lowerCopy } from './copy.ts'
import { divideWork } from './divide-work.ts'
import { lowerElementwise } from './elementwise.ts'
import type { Buffer, Kernel, Statement } from './ir.ts'
import type { LowerOptions, Lowering } from './lowering.ts'
import { lowerOpaque } from './opaque.ts'
import { lowerReduction } from './reduction.ts'
import { touchedBuffers } from './touched-buffers.ts'

/** The kernel of a group of one op. Eager code has no other groups, and a bundle without hybridize not what they need. */
export const lowerSingle = (group: FusionGroup, name: string, options: LowerOptions): Kernel =>
  kernelOf(group, name, options, bodyOfSingle)

/** The kernel that computes `group`, given how to compute what is not empty of it. */
export function kernelOf(
  group: FusionGroup,
  name: string,
  options: LowerOptions,
  bodyOf: (group: FusionGroup, lowering: Lowering) => Statement[],
): Kernel {
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

export function bodyOfSingle(group: FusionGroup, lowering: Lowering): Statement[] {
  switch (group.kind) {
    case 'elementwise':
      return lowerElementwise(group, lowering)
    case 'reduction':
      return lowerReduction(group, lowering)
    case 'contraction':
      return lowerContraction(group, lowering)
    case 'opaque':
      return lowerOpaque(group, lowering)
    case 'copy':
      return lowerCopy(group, lowering)
    default:
      throw new InternalError(`${group.kind} is no kernel of one op`)
  }
}

export const isEmpty = ({ outputs }: FusionGroup): boolean =>
  outputs.every((output) => elementCount(output.type.shape) === 0)
