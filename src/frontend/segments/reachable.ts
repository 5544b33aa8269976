import { Tensor } from '../tensor.ts'

/** A result larger than this is most likely something that was there before the call. */
const mostObjects = 1000

/**
 * Calls `visit` with the tensors in what a function returned, and in objects of any class in it. Returns whether it is something that goes on
 * later: a promise or an iterator.
 */
export function keepReachable(returned: unknown, visit: (tensor: Tensor) => void): boolean {
  const seen = new Set<unknown>()
  const queue: unknown[] = [returned]
  for (const part of queue) {
    if (typeof part !== 'object' || part === null || seen.has(part)) continue
    seen.add(part)
    if (part instanceof Tensor) visit(part)
    else if (ArrayBuffer.isView(part)) continue
    else if (queue.length < mostObjects) {
      if (part instanceof Map || part instanceof Set) queue.push(...part.keys(), ...part.values())
      else queue.push(...Object.values(part))
    }
  }
  return typeof returned === 'object' && returned !== null && ('then' in returned || 'next' in returned)
}
