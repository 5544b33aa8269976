import { add, sub } from '../functions/elementwise.ts'
import { scalarTensor } from '../eager.ts'
import { Tensor } from '../tensor.ts'
import { requireFunctions, separate } from './cond.ts'
import { boundInvalid } from './errors.ts'
import { leafTensor } from './leaves.ts'
import { traceLoop } from './loop.ts'
import { loopOptions, type LoopOptions } from './loop-options.ts'
import { recorderInUse } from './trace-region.ts'

/**
 * Repeats `body` for i = start … end − 1; returns the last state, which begins as `init`. `i` is an int32 scalar. Otherwise like `whileLoop`.
 *
 * @throws LOOP_STATE_MISMATCH, CONTROL_STRUCTURE, LOOP_BOUND_INVALID, HOST_READ_IN_REGION, BACKWARD_THROUGH_PASSES
 * @example forLoop(0, 4, (i, sum) => sum.add(i), tensor(0)).item() // 6
 */
export function forLoop<S>(
  start: number | Tensor,
  end: number | Tensor,
  body: (i: Tensor, state: S) => S,
  init: S,
  options?: LoopOptions,
): S {
  requireFunctions('forLoop', body)
  const { checkpoint = false } = loopOptions('forLoop', options)
  requireBound(start)
  requireBound(end)
  const recorder = recorderInUse()
  if (recorder) {
    const [first, last] = [wholeTensor(start), wholeTensor(end)]
    const isFromZero = start === 0
    return traceLoop(recorder, {
      name: 'forLoop',
      count:
        typeof start === 'number' && typeof end === 'number'
          ? constant(Math.trunc(end) - Math.trunc(start))
          : isFromZero
            ? last
            : sub(last, first),
      body: (pass, state) => body(isFromZero ? pass : add(pass, first), state as S),
      init,
      checkpoint,
    }) as S // states have the form of `init`
  }
  let state = separate(init)
  const [first, last] = [wholeNumber(start), wholeNumber(end)]
  for (let i = first; i < last; i++) state = separate(body(scalarTensor(i, 'int32'), state))
  return state
}

function requireBound(bound: unknown): void {
  const isBound = bound instanceof Tensor ? bound.size === 1 : typeof bound === 'number' && Number.isFinite(bound)
  if (!isBound) throw boundInvalid(bound)
}

const wholeNumber = (bound: number | Tensor): number => Math.trunc(typeof bound === 'number' ? bound : bound.item())

/** A bound as an int32 scalar. */
function wholeTensor(bound: number | Tensor): Tensor {
  if (typeof bound === 'number') return constant(Math.trunc(bound))
  const whole = bound.cast('int32')
  return whole.rank === 0 ? whole : whole.reshape([])
}

const constant = (value: number): Tensor => leafTensor(value, 'int32')
