import { dtypes, isFloat, type Dtype } from '../../base/dtype.ts'
import type { Shape } from '../../base/shape.ts'
import { numberDoesNotFit, rangeInvalid, stepZero } from '../errors.ts'
import { currentInterpreter, type Value } from '../interpreter.ts'
import { requireDtype } from '../operand-types.ts'
import { add, mul } from './arithmetic.ts'
import { requireShape, requireSize } from './axes.ts'
import { cast } from './cast.ts'
import { where } from './choice.ts'
import { equal } from './comparison.ts'
import { fits } from './operands.ts'
import { broadcastTo } from './reshape.ts'

/** Every element is `value`. */
export const full = (shape: Shape, value: number, dtype: Dtype = 'float32'): Value =>
  filled('full', shape, value, dtype)

/** Every element is 0. */
export const zeros = (shape: Shape, dtype: Dtype = 'float32'): Value => filled('zeros', shape, 0, dtype)

/** Every element is 1. */
export const ones = (shape: Shape, dtype: Dtype = 'float32'): Value => filled('ones', shape, 1, dtype)

function filled(where: string, shape: Shape, value: number, dtype: Dtype): Value {
  requireDtype(where, 'the dtype', dtype, dtypes)
  if (!isFloat(dtype) && !(Number.isInteger(value) && fits(value, dtype))) throw numberDoesNotFit(where, value, dtype)
  return broadcastTo(currentInterpreter().constant(value, dtype), requireShape(where, shape))
}

/** Position along `axis`, the same along the others. */
export const iota = (shape: Shape, axis = 0, dtype: Dtype = 'int32'): Value =>
  currentInterpreter().apply('iota', [], { shape: requireShape('iota', shape), axis, dtype })

/**
 * start, start + step, … below `stop` (above it when the step is negative), as in NumPy. With one number: 0, 1, … below it.
 *
 * @param dtype int32 when left out and all numbers are whole, else float32; worked out in float64
 */
export function arange(start: number, stop?: number, step = 1, dtype?: Dtype): Value {
  const [from, to] = stop === undefined ? [0, start] : [start, stop]
  for (const [what, value] of [
    ['start', from],
    ['stop', to],
    ['step', step],
  ] as const) {
    if (!Number.isFinite(value)) throw rangeInvalid('arange', `the ${what}`, value)
  }
  if (step === 0) throw stepZero('arange')
  const count = requireSize('arange', 'the number of elements', Math.max(Math.ceil((to - from) / step), 0))
  const isWhole =
    Number.isInteger(from) && Number.isInteger(step) && fits(from, 'int32') && fits(from + count * step, 'int32')
  return ramp(from, step, count, dtype ?? (isWhole ? 'int32' : 'float32'))
}

/** `count` numbers from `start` to `stop`, both included, at equal distances; worked out in float64. */
export function linspace(start: number, stop: number, count: number, dtype: Dtype = 'float32'): Value {
  for (const [what, value] of [
    ['start', start],
    ['stop', stop],
  ] as const) {
    if (!Number.isFinite(value)) throw rangeInvalid('linspace', `the ${what}`, value)
  }
  requireSize('linspace', 'the number of elements', count)
  if (count < 2) return full([count], start, dtype)
  const inner = ramp(start, (stop - start) / (count - 1), count, 'float64')
  return cast(where(equal(iota([count]), count - 1), stop, inner), dtype)
}

const ramp = (start: number, step: number, count: number, dtype: Dtype): Value =>
  cast(add(mul(iota([count], 0, 'float64'), step), start), dtype)

/** 1 on the diagonal and 0 elsewhere: shape [rows, columns]. */
export function eye(rows: number, columns = rows, dtype: Dtype = 'float32'): Value {
  const shape = requireShape('eye', [rows, columns])
  return cast(equal(iota(shape, 0), iota(shape, 1)), dtype)
}
