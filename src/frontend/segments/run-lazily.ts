import { GryphError } from '../../base/errors.ts'
import { withContext } from '../context.ts'
import { withoutPrintsSince } from '../debug/print.ts'
import { LazyCall } from './lazy-call.ts'
import type { SegmentCache } from './segment-cache.ts'

/** Makes a call that reads elements: as JavaScript, with its ops in compiled segments. A throw leaves variables and gradients as they were. */
export function runLazily(
  segments: SegmentCache,
  fn: (this: unknown, ...args: unknown[]) => unknown,
  self: unknown,
  args: readonly unknown[],
): unknown {
  const lazyCall = new LazyCall(segments)
  try {
    const result = withContext({ lazyCall }, () => fn.apply(self, [...args]))
    lazyCall.finish(result)
    return result
  } catch (error) {
    lazyCall.drop()
    throw error
  }
}

/**
 * A compiled call has failed and changed nothing. As JavaScript the function may catch the error and go on, with the prints that come before;
 * if it does not, the error is the compiled call's, which names the function and the line.
 */
export function catchAsEager(
  segments: SegmentCache,
  error: GryphError,
  printed: number,
  fn: (this: unknown, ...args: unknown[]) => unknown,
  self: unknown,
  args: readonly unknown[],
): unknown {
  let result: unknown
  try {
    result = withoutPrintsSince(printed, () => runLazily(segments, fn, self, args))
  } catch (again) {
    throw again instanceof GryphError && again.code === error.code ? error : again
  }
  segments.noteRead({ what: `catching ${error.code}`, source: undefined })
  return result
}
