import * as calls from '../../ops/calls/index.ts'
import type { Operand } from '../../ops/calls/index.ts'
import { Tensor } from '../tensor.ts'
import { isRecording } from './control.ts'
import { comparedAsNumber } from '../errors.ts'
import { known } from './missing.ts'
import { eq, le, stands } from './numbers.ts'
import { noteRead, takesTensor, type Test } from './test.ts'

/** Position of the case that a switch enters; of one that reads a tensor in an eager call. */
type Entered = number | Tensor | ReadPosition
interface ReadPosition {
  readonly position: number
}

/** Which case `switch (value)` enters: its position, that of the default (which has no test), or how many cases there are. */
export function entered(value: unknown, tests: readonly ((() => unknown) | undefined)[]): Entered {
  const isComparable: boolean = stands(value)
  if (value instanceof Tensor && isRecording() && value.dtype !== 'bool' && !isComparable)
    throw comparedAsNumber(value.type)
  const given = known(value)
  const otherwise = tests.indexOf(undefined)
  let position: Operand = otherwise < 0 ? tests.length : otherwise
  const unknown: { readonly same: Tensor; readonly position: number }[] = []
  for (const [i, test] of tests.entries()) {
    const same: Test = test ? eq(given, test()) : false
    if (same === true) {
      position = i
      break
    }
    if (same !== false) unknown.push({ same, position: i })
  }
  for (const each of unknown.reverse()) position = calls.where(each.same, each.position, position)
  if (typeof position !== 'number') return position as Tensor // the eager interpreter only makes tensors
  return takesTensor() ? { position } : position
}

/** Whether the case that is entered is at `last` or before it. */
export function upTo(position: Entered, last: number): Test {
  if (typeof position === 'number') return position <= last
  if (position instanceof Tensor) return le(position as unknown as number, last) // a number of the program
  noteRead()
  return position.position <= last
}
