import { context } from '../context.ts'
import { notATensor } from '../errors.ts'
import { Tensor } from '../tensor.ts'

/**
 * Stops here, if `when` holds: a boolean, or a tensor whose elements are all true. Eager code stops in the debugger that is attached, and goes
 * on if there is none. Of a compiled function `debug.step` stops here; its ordinary calls do not.
 */
export function breakpoint(when: Tensor | boolean = true): void {
  if (!(when instanceof Tensor) && typeof when !== 'boolean') throw notATensor('debug.breakpoint', when)
  const { recorder, deferral } = context
  if (when instanceof Tensor) when.ensureUsable()
  if (recorder && !recorder.isVoid && when !== false)
    recorder.scope.effects.push({
      kind: 'breakpoint',
      condition: when instanceof Tensor ? recorder.valueOf(when) : undefined,
      after: recorder.effects.latest,
      frames: recorder.effects.frames(),
    })
  if (recorder?.scope.parent) return // nothing has a value there
  if (when instanceof Tensor) deferral?.computeNow([when])
  const stops = when instanceof Tensor ? when.copyElements().every((element) => element !== 0) : when
  // The caller's frame is the next one up: this is the whole point of the function.
  // oxlint-disable-next-line no-debugger
  if (stops) debugger
}
