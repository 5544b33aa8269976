/** What converted statements need of the control functions. */
export { cond } from '../control/cond.ts'
export { separate } from '../control/cond.ts'
import { changesState, traceAsGiven } from '../control/loop.ts'
import { recorderInUse } from '../control/trace-region.ts'
import type { Tensor } from '../tensor.ts'

/** Whether a hybridized call is being recorded: then what a test says is not known yet. */
export const isRecording = (): boolean => recorderInUse() !== undefined

/**
 * A loop whose state is a list of tensors. Undefined, and nothing is recorded, where the condition does more than ask: it draws random numbers, for
 * instance.
 */
export function whileLoop(
  condition: (state: readonly Tensor[]) => Tensor,
  body: (state: readonly Tensor[]) => Tensor[],
  init: Tensor[],
): readonly Tensor[] | undefined {
  const end = traceAsGiven(recorderInUse()!, {
    name: 'whileLoop',
    condition: (state) => condition(state as Tensor[]), // as `init`
    body: (_pass, state) => body(state as Tensor[]), // as `init`
    init,
    checkpoint: false,
  })
  return end === changesState ? undefined : (end as Tensor[]) // as `init`
}
