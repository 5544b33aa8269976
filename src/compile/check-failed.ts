import { GryphError, InternalError } from '../base/errors.ts'
import type { CheckSite } from '../kernel/ir.ts'
import { controlBlock, slot } from '../plan/control-block.ts'
import { deviceArena } from '../runtime/arena.ts'
import { controlByteOffset } from '../runtime/worker-pool.ts'

/** Where programs leave the value that failed a check. */
let statusOffset = 0
export const statusByteOffset = (): number => (statusOffset ||= deviceArena().allocate(4))

/** Where thread 0 of a threaded program leaves it. */
export const threadedStatusByteOffset = (): number => controlByteOffset() + controlBlock.slots + slot.value

/** Takes over the value that a threaded program left. */
export function takeThreadedStatus(): void {
  const { i32 } = deviceArena().views
  i32[statusByteOffset() >> 2] = i32[threadedStatusByteOffset() >> 2]!
}

/** The coded error of a failed check; compiled functions name themselves and the user's line. */
export function checkFailed(sites: readonly CheckSite[], site: number, functionName?: string): GryphError {
  const failed = sites.find((candidate) => candidate.site === site)
  if (!failed) throw new InternalError(`no check has site ${site}`)
  const value = deviceArena().views.i32[statusByteOffset() >> 2]!
  const where =
    functionName === undefined ? '' : ` In ${functionName}${failed.source === undefined ? '' : ` at ${failed.source}`}.`
  return new GryphError(failed.code, `${failed.describe(value)}${where}`)
}
