import { recordOf } from '../ops/registry.ts'
import { elementCount } from '../base/shape.ts'
import type { FusionGroup } from '../ir/fusion-group.ts'
import { floatingPointCount } from '../kernel/floating-point-count.ts'
import type { Kernel } from '../kernel/ir.ts'
import { trafficOf, type Traffic } from '../kernel/traffic.ts'

/** What a kernel has to do in one run. */
export interface KernelWork extends Traffic {
  /** Floating-point operations; undefined where functions of the host do some of them. */
  readonly flops: number | undefined
}

/** Contractions count 2 operations for each product that the mathematics has; everything else, what the kernel carries out. */
export function workOf(kernel: Kernel, group: FusionGroup): KernelWork {
  const { single, multiplyAdds, hostCalls } = floatingPointCount(kernel.body)
  const products = productsOf(group) ?? multiplyAdds
  return { ...trafficOf(kernel), flops: hostCalls > 0 ? undefined : single + 2 * products }
}

function productsOf({ kind, anchor }: FusionGroup): number | undefined {
  if (kind !== 'contraction' || anchor === undefined || recordOf(anchor.op).kind !== 'contraction') return undefined
  const [left, right] = anchor.operands.map(({ type }) => type.shape)
  // Filters have a sum for each output; otherwise the sum is along the left operand's last axis.
  const depth = 'slide' in recordOf(anchor.op) ? elementCount(right!.slice(1)) : left!.at(-1)!
  return elementCount(anchor.type.shape) * depth
}
