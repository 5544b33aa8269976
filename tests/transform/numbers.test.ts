import * as gryph from 'gryph'
import { hybridize } from 'gryph'
import { expect, test } from 'vitest'
import { transformedText, valueIn } from './run-transformed.ts'

const special = [
  0, -0, 1, -1, 2, 0.5, -0.5, 3, -7, 0.1, 0.3, 1 / 3, 12345.678, 2 ** 53, 1e20, 1e-310, 5e-324, 1e300, Infinity, -Infinity, NaN,
] // prettier-ignore

test('% and ** of numbers of the program are those of JavaScript in every bit', () => {
  const text = "function program(a, b) { 'use hybrid'; let x = a, y = b; return [x % y, x ** y] }"
  const program = valueIn(transformedText(text), 'program', gryph as never) as (a: number, b: number) => number[] // as the text says
  const fast = hybridize(program)
  const pairs = special.flatMap((a) => special.map((b) => [a, b] as const))
  let seed = 1
  const random = (): number => (seed = (seed * 48271) % 2147483647) / 2147483647
  for (let i = 0; i < 2000; i++) {
    const b = (random() - 0.5) * 10 ** Math.floor(random() * 20 - 10)
    // Multiples and their neighbours are where a rounded quotient is 1 too much.
    const factor = i % 3 === 0 ? random() * 1e20 : Math.floor(random() * 1e15) * (1 + (i % 2) * 2 ** -52)
    pairs.push([b * factor, b])
  }
  const isWithin = ([a, b]: readonly [number, number]): boolean => !(Math.abs(a / b) >= 2 ** 100)
  const wrong = pairs.filter((pair) => isWithin(pair)).filter(([a, b]) => !Object.is(fast(a, b)[0], a % b))
  expect(wrong).toEqual([])
  expect(pairs.filter(([a, b]) => !Object.is(fast(a, b)[1], a ** b))).toEqual([])
  expect(fast(1e300, 3)[0]).toBe(NaN) // a quotient that long is not computed
  expect(fast.stats.traces).toBe(1)
})
