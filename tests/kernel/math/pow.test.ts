import { expect, test } from 'vitest'
import { functionOf } from './evaluate.ts'
import { fromBits } from './sweep.ts'
import { ulpError } from './ulp.ts'

/** Results of IEEE 754, section 9.2.1; those that are not special are rounded later. */
function powReference(x: number, y: number): number {
  const isOne = x === 1 || (Math.abs(x) === 1 && Math.abs(y) === Infinity)
  return isOne ? 1 : x ** y
}

const specials = [
  0,
  1,
  2,
  3,
  0.5,
  1.5,
  4194303.5,
  8388607,
  16777215,
  16777216,
  16777217,
  33554431,
  1 - 2 ** -24,
  1 + 2 ** -23,
  2 ** -149,
  3e38,
  Infinity,
  NaN,
].flatMap((x) => [Math.fround(x), Math.fround(-x)])

test.for(['f32', 'f64'] as const)('pow of %s has the special cases of IEEE 754', (scalar) => {
  const pow = functionOf('pow', scalar)
  const wrong = specials.flatMap((x) =>
    specials
      .filter((y) => !(ulpError(Math.fround(pow(x, y)), powReference(x, y)) <= 1.3))
      .map((y) => [x, y, pow(x, y)]),
  )
  expect(wrong).toEqual([])
})

test('pow of f32 gives 1 for an exponent of 0 and for a base of 1, whatever the other operand is', () => {
  const pow = functionOf('pow', 'f32')
  for (const x of specials) expect([pow(x, 0), pow(x, -0), pow(1, x)]).toEqual([1, 1, 1])
})

/** A linear congruential generator of 32 bits. */
function* randomBits(count: number): Generator<number> {
  for (let i = 0, state = 12345; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    yield (state ^ (state >>> 15)) >>> 0
  }
}

const fraction = (bits: number): number => bits / 2 ** 32

/** How pairs are drawn from two random words. */
const draws: { readonly [name: string]: (a: number, b: number) => readonly [number, number] } = {
  'any positive base and any exponent': (a, b) => [fromBits(a & 0x7fffffff), fromBits(b)],
  'a base between 0.5 and 2': (a, b) => [fromBits(0x3f000000 + (a & 0xffffff)), fraction(b) * 240 - 120],
  'a base very near 1 and a large exponent': (a, b) => [
    fromBits(0x3f7f0000 + (a & 0x1ffff)),
    fromBits((b & 0x87ffffff) | 0x40000000),
  ],
  'any base, results over the whole range': (a, b) => {
    const x = fromBits(a & 0x7fffffff)
    return [x, ((fraction(b) * 2 - 1) * 152) / Math.log2(x)]
  },
  'a negative base and an integer': (a, b) => [-Math.exp(fraction(a) * 8 - 4), Math.floor(fraction(b) * 60 - 30)],
}

test.for(Object.keys(draws))('pow of f32 is within 1.3 ulp for %s', (name) => {
  const pow = functionOf('pow', 'f32')
  let worst = { error: 0, x: 0, y: 0 }
  const words = randomBits(200_000)
  for (const a of words) {
    const [x, y] = (draws[name]?.(a, words.next().value ?? 0) ?? [0, 0]).map(Math.fround) as [number, number] // two in, two out
    const error = ulpError(pow(x, y), powReference(x, y))
    if (!(error <= worst.error)) worst = { error, x, y }
  }
  expect(worst.error, `at ${worst.x} ** ${worst.y}`).toBeLessThanOrEqual(1.3)
})
