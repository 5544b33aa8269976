import type { Buffer } from '../kernel/ir.ts'
import type { ProgramPlan } from './program-plan.ts'

/** Inputs whose contents outlast the call: no kernel writes them, and no other buffer gets their bytes later. */
export function keptBuffers({ inputs, kernels, lifetimes }: ProgramPlan): ReadonlySet<Buffer> {
  const written = new Set(kernels.flatMap((kernel) => [...kernel.writes, ...kernel.scratch]))
  const isInput = new Set(inputs.values())
  const byOffset = lifetimes.toSorted((a, b) => a.byteOffset - b.byteOffset)
  const kept = new Set<Buffer>()
  let end = 0
  byOffset.forEach(({ buffer, byteOffset, byteLength }, i) => {
    const next = byOffset[i + 1]
    const isAlone = byteOffset >= end && (!next || next.byteOffset >= byteOffset + byteLength)
    if (isAlone && isInput.has(buffer) && !written.has(buffer)) kept.add(buffer)
    end = Math.max(end, byteOffset + byteLength)
  })
  return kept
}
