import * as functions from '../../frontend/functions/elementwise.ts'
import { full } from '../../frontend/fill.ts'
import type { Tensor } from '../../frontend/tensor.ts'

/**
 * A plain number, or a float64 scalar tensor: one formula of a schedule serves both. Both round alike, for JavaScript's numbers are float64, and
 * compiled code calls the same functions of `Math`.
 */
export type Real = number | Tensor

type Binary = (a: Real, b: Real) => Real

const either = (a: Real, b: Real, ofNumbers: (a: number, b: number) => number, ofTensors: typeof functions.add): Real =>
  typeof a === 'number' && typeof b === 'number' ? ofNumbers(a, b) : ofTensors(a, b)

export const add: Binary = (a, b) => either(a, b, (x, y) => x + y, functions.add)
export const sub: Binary = (a, b) => either(a, b, (x, y) => x - y, functions.sub)
export const mul: Binary = (a, b) => either(a, b, (x, y) => x * y, functions.mul)
export const div: Binary = (a, b) => either(a, b, (x, y) => x / y, functions.div)
export const pow: Binary = (a, b) => either(a, b, Math.pow, functions.pow)
export const min: Binary = (a, b) => either(a, b, Math.min, functions.minimum)
export const max: Binary = (a, b) => either(a, b, Math.max, functions.maximum)

type Unary = (x: Real) => Real

export const sqrt: Unary = (x) => (typeof x === 'number' ? Math.sqrt(x) : functions.sqrt(x))
export const exp: Unary = (x) => (typeof x === 'number' ? Math.exp(x) : functions.exp(x))
export const log: Unary = (x) => (typeof x === 'number' ? Math.log(x) : functions.log(x))
export const cos: Unary = (x) => (typeof x === 'number' ? Math.cos(x) : functions.cos(x))
export const floor: Unary = (x) => (typeof x === 'number' ? Math.floor(x) : functions.floor(x))

/** How many of `limits` t has reached. */
export const countReached = (t: Real, limits: readonly number[]): Real =>
  typeof t === 'number'
    ? limits.filter((limit) => t >= limit).length
    : limits
        .map((limit) => functions.greaterEqual(t, limit).cast('float64'))
        .reduce((sum, next) => functions.add(sum, next))

/** `before` where t is less than `limit`, else `after`. With a plain number one of the two is computed, with a tensor both. */
export function choose(t: Real, limit: number, before: () => Real, after: () => Real): Real {
  if (typeof t === 'number') return t < limit ? before() : after()
  return functions.where(functions.less(t, limit), asTensor(before()), asTensor(after()))
}

/** Two plain numbers would give float32. */
export const asTensor = (x: Real): Tensor => (typeof x === 'number' ? full([], x, { dtype: 'float64' }) : x)
