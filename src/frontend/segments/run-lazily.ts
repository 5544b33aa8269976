import { GryphError } from '../../base/errors.ts'
import { withContext } from '../context.ts'
import { LazyCall } from './lazy-call.ts'
import type { SegmentCache } from './segment-cache.ts'

/** Makes a call that reads elements: as JavaScript, with its ops in compiled segments. A throw leaves variables and gradients as they were. */
export function runLazily<R>(segments: SegmentCache, call: () => R): R {
  const lazyCall = new LazyCall(segments)
  try {
    const result = withContext({ lazyCall }, call)
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
export function catchAsEager<R>(segments: SegmentCache, error: GryphError, call: () => R): R {
  let result: R
  try {
    result = runLazily(segments, call)
  } catch (again) {
    throw again instanceof GryphError && again.code === error.code ? error : again
  }
  segments.noteRead({ what: `catching ${error.code}`, source: undefined })
  return result
}
