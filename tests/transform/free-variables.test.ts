import { expect, test } from 'vitest'
import { hybridize, tensor } from 'gryph'
import * as closures from './programs/closures.ts'

const x = tensor([1, 2])

test('a number outside that changes now and then has a program for each value; one that keeps changing becomes an input', () => {
  const fast = hybridize(closures.scaled)
  for (const rate of [0.5, 0.5, 0.25, 3, 4, 5, 6]) {
    closures.setRate(rate)
    expect(fast(x).toArray()).toEqual([rate, 2 * rate])
  }
  expect(fast.stats.traces).toBe(3)
  closures.setRate(0.25)
  expect(fast(x).toArray()).toEqual([0.25, 0.5])
  expect(fast.stats.traces).toBe(3)
  const guards = fast.explain().specialisations.map((each) => each.guards)
  expect(guards.flat()).toEqual(expect.arrayContaining(['rate is a number', 'rate is 0.25', 'rate is 0.5']))
})

test('strings that steer, and tensors that are replaced, have programs of their own', () => {
  const byMode = hybridize(closures.byMode)
  for (const [mode, result] of [
    ['double', [2, 4]],
    ['negative', [-1, -2]],
    ['double', [2, 4]],
  ] as const) {
    // prettier-ignore
    closures.setMode(mode)
    expect(byMode(x).toArray()).toEqual(result)
  }
  expect(byMode.stats.traces).toBe(2)

  const weighted = hybridize(closures.weighted)
  expect(weighted(x).toArray()).toEqual([1, 4])
  closures.setWeight(tensor([10, 20]))
  expect(weighted(x).toArray()).toEqual([10, 40])
})

test('numbers in settings and fields are watched too', () => {
  const fast = hybridize(closures.configured)
  expect(fast(x).toArray()).toEqual([1, 2])
  closures.config.rate = 2
  expect(fast(x).toArray()).toEqual([4, 8])
  closures.config.depth = 3
  expect(fast(x).toArray()).toEqual([8, 16])
  for (closures.config.rate = 3; closures.config.rate < 7; closures.config.rate++)
    expect(fast(x).toArray()).toEqual([closures.config.rate ** 3, 2 * closures.config.rate ** 3])

  const layer = new closures.Layer()
  // oxlint-disable-next-line typescript/unbound-method -- each call names the instance
  const apply = hybridize(layer.apply)
  for (const rate of [1, 2, 3, 4, 5]) {
    layer.rate = rate
    expect(apply.call(layer, x).toArray()).toEqual([rate, 2 * rate])
  }
})

test('a lifted number steers tests in the program', () => {
  const fast = hybridize(closures.shifted)
  for (const offset of [0, 1, 2, 5, 2.5, 4]) {
    closures.setOffset(offset)
    expect(fast(x).toArray()).toEqual(3 > offset ? [1 - offset, 2 - offset] : [1, 2])
  }
  expect(fast.stats.traces).toBe(3)
})

test('a number that chooses among JavaScript values stays a constant of its programs', () => {
  const fast = hybridize(closures.chosen)
  const xs = [1, 2, 3, 4, 5].map((n) => tensor(n))
  for (const index of [0, 1, 2, 3, 4, 3]) {
    closures.setIndex(index)
    expect(fast(xs).item()).toBe(2 * (index + 1))
  }
})

test('two closures of one function have variables of their own', () => {
  const [a, b] = [closures.counter(), closures.counter()]
  expect([a.fast(x).toArray(), b.fast(x).toArray()]).toEqual([[0, 0], [0, 0]]) // prettier-ignore
  a.next()
  expect([a.fast(x).toArray(), b.fast(x).toArray()]).toEqual([[1, 2], [0, 0]]) // prettier-ignore
  for (let i = 0; i < 4; i++) a.next()
  expect([a.fast(x).toArray(), b.fast(x).toArray()]).toEqual([[5, 10], [0, 0]]) // prettier-ignore
})

test('the gradient of a call uses the number as it was', () => {
  const fast = hybridize(closures.scaled)
  const w = tensor([1, 2], { requiresGrad: true })
  for (const rate of [1, 2, 3, 4]) {
    closures.setRate(rate)
    const loss = fast(w).sum()
    closures.setRate(100)
    w.grad = null
    loss.backward()
    expect(w.grad!.toArray()).toEqual([rate, rate])
  }
})
