import { GryphError } from '../../base/errors.ts'
import { differenceText, type Difference } from './difference.ts'
import type { Finding } from './finding.ts'
import type { FrozenValue } from './frozen.ts'

/** Compiled and eager execution gave other bits, or did other things. */
export class VerifyError extends GryphError {
  readonly difference: Difference
  /** What has changed since the call was recorded, if that is why. */
  readonly frozen: FrozenValue | undefined
  readonly #bisect: () => Finding

  constructor(message: string, difference: Difference, frozen: FrozenValue | undefined, bisect: () => Finding) {
    super('VERIFY_FAILED', message)
    this.difference = difference
    this.frozen = frozen
    this.#bisect = bisect
  }

  /** Narrows the difference down to a pass or a kernel, an op and its line, from the inputs of the call that failed. */
  bisect(): Finding {
    return this.#bisect()
  }
}

export function verifyFailed(
  functionName: string,
  difference: Difference,
  { frozen, documented }: { readonly frozen: FrozenValue | undefined; readonly documented: string | undefined },
  bisect: () => Finding,
): VerifyError {
  const at = frozen?.source === undefined ? '' : ` at ${frozen.source}`
  const advice = frozen
    ? `A value is frozen in the recording: ${frozen.description}${at}. ${frozen.remedy ?? 'Pass it as an argument, or keep it in a variable'}.`
    : documented !== undefined
      ? `${documented}. Call bisect() of this error for the branch or loop.`
      : 'Call bisect() of this error for the kernel and the op, and report it.'
  const message = `[verify] ${functionName}, compiled, does not do what it does eagerly: ${differenceText(difference)}. No state has changed. ${advice}`
  return new VerifyError(message, difference, frozen, bisect)
}
