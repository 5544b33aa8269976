import * as calls from '../../ops/calls/index.ts'
import type { Operand } from '../../ops/calls/index.ts'
import type { Value } from '../../ops/interpreter.ts'
import type { Tensor } from '../tensor.ts'
import { asStrong, asWeak, weakScalar } from './carry.ts'

const { abs, add, div, equal, floor, greaterEqual, isNaN, less, logicalAnd, mul, neg, sub, where } = calls

/** A number as a tensor of float64: where numbers alone choose between numbers, they would be float32. */
const strong = (x: Operand): Value =>
  asStrong(typeof x === 'number' ? weakScalar(x) : (calls.cast(x, 'float64') as Tensor)) // the eager interpreter only makes tensors
const asNumber = (x: Value): Value => asWeak(x as Tensor) // the eager interpreter only makes tensors

/** A number's upper 26 bits, and the rest. */
function split(x: Operand): { high: Value; low: Value } {
  const scaled = mul(x, 2 ** 27 + 1)
  const high = sub(scaled, sub(scaled, x))
  return { high, low: sub(x, high) }
}

/** The remainder of `a` ≥ 0 by `b` > 0 for quotients below 2⁵³: exact, because the quotient's product is taken without rounding. */
function reduced(a: Operand, b: Operand): Value {
  const quotient = floor(div(a, b)) // right, or 1 too much
  const product = mul(quotient, b)
  const [q, d] = [split(quotient), split(b)]
  const error = add(
    add(add(sub(mul(q.high, d.high), product), mul(q.high, d.low)), mul(q.low, d.high)),
    mul(q.low, d.low),
  )
  const rest = sub(sub(a, product), error)
  return where(less(rest, 0), add(rest, b), rest)
}

/** `a % b` of numbers as in JavaScript, exactly; NaN where the quotient is 2¹⁰⁰ or more. */
export function remainder(x: Operand, y: Operand): Value {
  const [a, b] = [strong(x), strong(y)]
  const [dividend, divisor] = [abs(a), abs(b)]
  const coarse = mul(divisor, 2 ** 50)
  const ahead = where(
    logicalAnd(greaterEqual(dividend, coarse), less(coarse, Infinity)),
    reduced(dividend, coarse),
    dividend,
  )
  const isTooFar = greaterEqual(div(dividend, divisor), 2 ** 100)
  const rest = where(isTooFar, Number.NaN, reduced(ahead, divisor))
  const signed = where(equal(rest, 0), mul(a, 0), where(less(a, 0), neg(rest), rest))
  return asNumber(where(less(dividend, divisor), a, signed))
}

/** `a ** b` of numbers as in JavaScript, which has NaN for (±1) ** ±∞ and 1 ** NaN. */
export function power(x: Operand, y: Operand): Value {
  const [a, b] = [strong(x), strong(y)]
  const isUnbounded = isNaN(sub(b, b))
  return asNumber(where(logicalAnd(equal(abs(a), 1), isUnbounded), Number.NaN, calls.pow(a, b)))
}
