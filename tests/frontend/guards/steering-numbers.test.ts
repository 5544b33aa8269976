import { describe, expect, test } from 'vitest'
import { hybridize, nn, ones, tensor, type Tensor } from '../../../src/index.ts'
import { SteeringNumbers } from '../../../src/frontend/guards/steering-numbers.ts'

/** Numbers that JavaScript decides by, of which it tells nobody. */

const x = tensor([1, 2])
type AnyFunction = (...args: never[]) => unknown
// Only their text matters here.
const any = (fn: (...args: any[]) => unknown): AnyFunction => fn // eslint-disable-line -- functions under test take anything

describe('The text of a function tells', () => {
  test.each<[string, AnyFunction, (string | number)[]]>([
    ['===', any((_, n) => (n === 2 ? 1 : 2)), [1]],
    ['=== from the left', any((_, n) => (2 === n ? 1 : 2)), [1]],
    ['!==', any((_, n) => (n !== 2 ? 1 : 2)), [1]],
    [
      'if',
      any((_, n) => {
        if (n) return 1
        return 0
      }),
      [1],
    ],
    ['!', any((_, n) => !n), [1]],
    ['?:', any((_, n) => (n ? 1 : 2)), [1]],
    ['||', any((_, n) => n || 2), [1]],
    ['&&', any((n) => n && 2), [0]],
    [
      'while',
      any((_, n) => {
        while (n) return 1
        return 0
      }),
      [1],
    ],
    [
      'switch',
      any((_, n) => {
        switch (n) {
          case 1:
            return 2
        }
        return 0
      }),
      [1],
    ],
    ['typeof', any((_, n) => typeof n), [1]],
    ['instanceof', any((_, n) => n instanceof Object), [1]],
    ['an index', any((list, n) => list[n]), [1]],
    ['a question of Number', any((_, n) => Number.isFinite(n)), [1]],
    ['a place in a list', any((_, n) => [1, 2].includes(n)), [1]],
    ['a default', any((_, n = 2) => n === 2), [1]],
    ['a pattern', any((_, { n }) => n === 2), [1, 'n']],
    ['a renamed part of a pattern', any((_, { n: k = 1 }) => k === 2), [1, 'n']],
    ['an item of a pattern', any((_, [, n]) => n === 2), [1, 1]],
    ['a property', any((_, options) => options.n === 2), [1, 'n']],
    [
      'a part taken in the body',
      any((_, options) => {
        const { n } = options
        return n === 2
      }),
      [1, 'n'],
    ],
    ['a method', any(Object.values({ run: (_: unknown, n: unknown) => n === 2 })[0]!), [1]],
    [
      'a function',
      any(function (_, n) {
        return n === 2
      }),
      [1],
    ],
  ])('%s', (_, fn, path) => expect(new SteeringNumbers(fn).decisionBy(path)).toBeDefined())

  test.each<[string, AnyFunction, (string | number)[]]>([
    ['what is computed with', any((t, n) => t.mul(n).add(n)), [1]],
    ['whether a number was given', any((t, n) => (n === undefined || n === null ? t : t.mul(n ?? 1))), [1]],
    ['another name', any((t, n, m) => (m === 2 ? t : t.mul(n))), [1]],
    ['another property', any((t, o) => (o.m === 2 ? t : t.mul(o.n))), [1, 'n']],
    ['text', any((t, n) => t.mul(n, 'n === 2' /* n === 3 */)), [1]],
    ['an item of an array', any((t, n) => t.reshape([n])), [1]],
    ['its own methods', any((_, n) => (n.isReady ? 1 : 2)), [1]],
    ['the text of a bound function', any(((n: unknown) => n === 2).bind(null)), [0]],
  ])('apart: %s', (_, fn, path) => expect(new SteeringNumbers(fn).decisionBy(path)).toBeUndefined())
})

test('Each value of a number that JavaScript decides by has its own program, and others stay inputs', () => {
  const f = (t: Tensor, n: number, k: number): Tensor => (n === 3 ? t.neg() : t).mul(k)
  const fast = hybridize(f)
  for (const [n, k] of [
    [3, 1],
    [2, 1],
    [3, 5],
    [0, 2],
    [2, 7],
  ] as const)
    expect(fast(x, n, k).toArray()).toEqual(f(x, n, k).toArray())
  expect(fast.stats).toMatchObject({ traces: 3, compiledCalls: 2 })
  expect(fast.explain().steering).toEqual([
    expect.stringMatching(/^argument 1 is part of the form, because JavaScript decides by it: .*n === 3/),
  ])
})

test('A number that only another function decides by has its own program too', () => {
  const calls: number[] = []
  const helper = (t: Tensor, n: number): Tensor => (n === 3 ? t.mul(100) : n ? t.mul(2) : t.mul(1))
  const fast = hybridize(function outer(this: { count: number }, t: Tensor, n: number) {
    this.count++
    calls.push(calls.length)
    return helper(t, n)
  })
  const self = { count: 0 }
  expect(fast.call(self, x, 3).toArray()).toEqual([100, 200])
  expect([self.count, calls.length]).toEqual([1, 2]) // fields are put back before it is recorded again; other variables cannot be
  self.count = 0
  expect(fast.call(self, x, 0).toArray()).toEqual([1, 2])
})

test('A number that nothing uses, or that is returned, is an input', () => {
  const unused = hybridize((t: Tensor, _n: number) => t.mul(2))
  const returned = hybridize((t: Tensor, n: number) => ({ t, n }))
  for (const n of [1, 2, 3]) {
    unused(x, n)
    expect(returned(x, n)).toEqual({ t: x, n })
  }
  expect([unused.stats.traces, returned.stats.traces]).toEqual([1, 1])
})

test('The forward method of a module is looked at', () => {
  class Power extends nn.Module {
    forward(t: Tensor, n: number): Tensor {
      return n === 2 ? t.mul(t) : t
    }
  }
  const power = new Power().hybridize()
  expect([2, 1, 2].map((n) => power.forward(ones([1]).mul(3), n).item())).toEqual([9, 3, 9])
})
