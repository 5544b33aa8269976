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
