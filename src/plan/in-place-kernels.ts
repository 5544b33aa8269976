import type { Buffer, Kernel } from '../kernel/ir.ts'
import { withoutSelfCopies } from '../kernel/self-copies.ts'

/**
 * The kernels as they are once it is known where buffers lie: one whose result takes the place of an operand copies none of it to itself, so
 * that an update in place costs what it changes.
 */
export function inPlaceKernels(kernels: readonly Kernel[], isSamePlace: (a: Buffer, b: Buffer) => boolean): Kernel[] {
  const changed = new Map(kernels.map((kernel) => [kernel, withoutSelfCopies(kernel, isSamePlace)]))
  return kernels.map((kernel) => {
    const own = changed.get(kernel)!
    if (!own.copyOf || changed.get(own.copyOf.original) === own.copyOf.original) return own
    const { copyOf: _, ...alone } = own // the original is no longer what this one is a copy of
    return alone
  })
}
