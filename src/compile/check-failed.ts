import { GryphError, InternalError } from '../base/errors.ts'
import type { CheckSite } from '../kernel/ir.ts'
import { deviceArena } from '../runtime/arena.ts'

/** Where programs leave the value that failed a check. */
let statusOffset = 0
export const statusByteOffset = (): number => (statusOffset ||= deviceArena().allocate(4))

/** The coded error of a failed check; compiled functions name themselves and the user's line. */
export function checkFailed(sites: readonly CheckSite[], site: number, functionName?: string): GryphError {
  const failed = sites.find((candidate) => candidate.site === site)
  if (!failed) throw new InternalError(`no check has site ${site}`)
  const value = deviceArena().views.i32[statusByteOffset() >> 2]!
  const where = functionName === undefined ? '' : ` In ${functionName}${failed.source === undefined ? '' : ` at ${failed.source}`}.`
  return new GryphError(failed.code, `${failed.describe(value)}${where}`)
}
