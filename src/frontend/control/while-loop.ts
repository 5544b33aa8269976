import { isTrue, requireFunctions, separate, type Test } from './cond.ts'
import { traceLoop } from './loop.ts'
import { loopOptions, type LoopOptions } from './loop-options.ts'
import { recorderInUse } from './trace-region.ts'

/**
 * Repeats `body` as long as `condition` is true of the state, which begins as `init`; returns the last state. A state may be any arrays and
 * objects of tensors and numbers; shapes and dtypes stay. In a hybridized function the condition and the body are traced, and numbers
 * that a pass changes are tensors there, so compute with `add(n, 1)`, not `n + 1`.
 *
 * @throws LOOP_STATE_MISMATCH, CONTROL_STRUCTURE, CONTROL_TEST_INVALID, HOST_READ_IN_REGION, BACKWARD_THROUGH_PASSES
 * @example whileLoop((x) => x.less(100), (x) => x.mul(2), tensor(3)).item() // 192
 */
export function whileLoop<S>(condition: (state: S) => Test, body: (state: S) => S, init: S, options?: LoopOptions): S {
  requireFunctions('whileLoop', condition, body)
  const { checkpoint = false } = loopOptions('whileLoop', options)
  const recorder = recorderInUse()
  if (recorder)
    return traceLoop(recorder, {
      name: 'whileLoop',
      condition: condition as (state: unknown) => Test, // states have the form of `init`
      body: (_pass, state) => body(state as S),
      init,
      checkpoint,
    }) as S // as above
  let state = separate(init)
  while (isTrue('whileLoop', condition(state))) state = separate(body(state))
  return state
}
