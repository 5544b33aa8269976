import { currentInterpreter, type Value } from '../interpreter.ts'
import { abs, add, mul, sub } from './arithmetic.ts'
import { normalizeAxes, normalizeAxis, type Axes } from './axes.ts'
import { where } from './choice.ts'
import { equal } from './comparison.ts'
import { asFloat, div, exp, log } from './math.ts'
import { applyUnary, type Operand } from './operands.ts'
import { max, sum } from './reduce.ts'
import { reshape } from './reshape.ts'

/** `x` as a constant for differentiation. */
export const stopGradient = (x: Value): Value => currentInterpreter().stopGradient?.(x) ?? x

/** x − max x along an axis: the same softmax, and no exponential overflows. The shift drops out of every derivative. */
const shifted = (x: Value, axis: number): Value => sub(x, max(stopGradient(x), axis, true))

/** The exponentials of what is at most 0 because the largest was subtracted. */
const expOfShifted = (x: Value): Value => applyUnary('exp', x, 'float', { nonPositive: true })

/** eˣ / Σ eˣ along `axis`; one division for all that have a sum in common. */
export function softmax(x: Operand, axis = -1): Value {
  const value = asFloat(x)
  const along = normalizeAxis('softmax', axis, value.type.shape)
  const exponentials = expOfShifted(shifted(value, along))
  return mul(exponentials, div(1, sum(exponentials, along, true)))
}

/** ln softmax x along `axis`, without overflow or loss near 0. */
export function logSoftmax(x: Operand, axis = -1): Value {
  const value = asFloat(x)
  const along = normalizeAxis('logSoftmax', axis, value.type.shape)
  const centered = shifted(value, along)
  return sub(centered, log(sum(expOfShifted(centered), along, true)))
}

/** ln Σ eˣ along `axis` (one, several, or all when left out), without overflow; −∞ where all elements are −∞. */
export function logSumExp(x: Operand, axis?: Axes, keepDims = false): Value {
  const value = asFloat(x)
  const axes = normalizeAxes('logSumExp', axis, value.type.shape)
  if (axes.length === 0) return value
  const largest = max(stopGradient(value), axes, true)
  // ∞ − ∞ is NaN, so an infinite shift is left out.
  const shift = where(equal(abs(largest), Infinity), 0, largest)
  const total = add(log(sum(exp(sub(value, shift)), axes, true)), shift)
  return keepDims
    ? total
    : reshape(
        total,
        value.type.shape.filter((_, i) => !axes.includes(i)),
      )
}
