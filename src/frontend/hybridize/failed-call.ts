import { dtypeInfo } from '../../base/dtype.ts'
import { GryphError, whereText } from '../../base/errors.ts'
import { checkFailed } from '../../compile/check-failed.ts'
import { FailedOp } from '../../compile/graph-evaluation.ts'
import type { Buffer } from '../../kernel/ir.ts'
import type { ProgramPlan } from '../../plan/program-plan.ts'
import { framesOf } from '../debug/effects.ts'
import { replayEffects } from './replay-effects.ts'
import type { Recording } from './record-call.ts'

/**
 * The error of a compiled call with a failed check: that of the op which fails first in the function, with the lines it was called through.
 * What the function prints before it is printed. No state has changed, so the recorded ops can be carried out once more, one by one.
 */
export function failedCall(
  recording: Recording,
  functionName: string,
  leaves: readonly unknown[],
  { checkSites }: ProgramPlan,
  site: number,
): GryphError {
  const inProgram = checkFailed(checkSites, site, functionName)
  replayCall(recording, functionName, leaves)
  return inProgram
}

/** Prints what a call prints, and throws what it throws, before any of it has been done. */
export function replayCall(recording: Recording, functionName: string, leaves: readonly unknown[]): void {
  try {
    replayEffects(recording, leaves)
  } catch (failure) {
    if (!(failure instanceof FailedOp)) throw failure
    const { error, node } = failure
    throw new GryphError(error.code, `${error.message} ${whereText(functionName, framesOf(node))}`)
  }
}

/** An error of a program's threads or memory, with the function and the lines that it may be about. */
export function inFunction(error: unknown, functionName: string, lines: readonly string[]): unknown {
  if (!(error instanceof GryphError) || (error.code !== 'WORKER_LOST' && error.code !== 'MEMORY_EXHAUSTED'))
    return error
  const shown = lines.length > 3 ? [...lines.slice(0, 3), `${lines.length - 3} more lines`] : lines
  const where = shown.length === 0 ? '' : ` at ${shown.join(', ')}`
  return new GryphError(error.code, `${error.message} In ${functionName}${where}.`)
}

/** Lines of the kernels that several threads share. */
export const linesOfThreads = ({ kernels, threads }: ProgramPlan): string[] => [
  ...new Set(kernels.flatMap((kernel, i) => (threads.steps[i]!.isSplit ? kernel.sources.slice(-1) : []))),
]

/** The line of the kernel that writes the largest buffer. */
export function linesOfLargest({ kernels, lifetimes }: ProgramPlan): readonly string[] {
  const bytesOf = ({ buffer }: { readonly buffer: Buffer }): number =>
    buffer.elementCount * dtypeInfo[buffer.dtype].byteSize
  const [largest] = lifetimes.toSorted((a, b) => bytesOf(b) - bytesOf(a))
  const kernel = largest && kernels.find(({ writes }) => writes.includes(largest.buffer))
  return kernel?.sources.slice(-1) ?? []
}
