import { describe, expect, test } from 'vitest'
import { assign, hybridize, noGrad, ones, tensor, type Tensor, variable } from '../../../src/index.ts'
import { bitsOf } from '../twice.ts'

/** Variables made anew for each call: from the third on one program takes any. */

const leaf = (values: number[]): Tensor => variable(values, { requiresGrad: true })
const sets = [1, 2, 3, 4, 5].map((k) => [k, -k, k / 2])

test('A gradient with respect to fresh leaves needs three programs, whatever the number of calls', () => {
  const w = leaf([1, 2, 3])
  const f = (x: Tensor): Tensor => x.mul(x).mul(w).sum()
  const fast = hybridize(f)
  const gradients = (run: (x: Tensor) => Tensor): unknown =>
    sets.map((values) => {
      w.grad = null
      const x = leaf(values)
      const result = run(x)
      result.backward()
      return bitsOf([result.detach(), x.grad, w.grad])
    })
  expect(gradients(fast)).toEqual(gradients(f))
  expect(gradients(fast)).toEqual(gradients(f))
  expect(fast.stats).toMatchObject({ traces: 3, compiledCalls: 7 })
  expect(fast.explain().specialisations.map(({ signature }) => signature)).toEqual([
    '(variable float32[3])',
    '(variable float32[3])',
    '(any variable float32[3] requiresGrad)',
  ])
})

test('A variable that has a program of its own keeps it', () => {
  const [u, v] = [leaf([1]), leaf([2])]
  const fast = hybridize((x: Tensor) => x.mul(2))
  for (const x of [u, v, leaf([3]), leaf([4]), u, v]) fast(x)
  expect(fast.explain().specialisations.map(({ calls }) => calls)).toEqual([2, 2, 2])
})

test('Only the arguments that differ are taken by value', () => {
  const w = leaf([10])
  const fast = hybridize(({ x, y }: { x: Tensor; y: Tensor }) => x.mul(y).sum())
  for (let i = 1; i < 6; i++) expect(fast({ x: leaf([i]), y: w }).item()).toBe(10 * i)
  expect(fast.explain().specialisations[2]!.signature).toBe(
    '({ x: any variable float32[1] requiresGrad, y: variable float32[1] })',
  )
  assign(w, tensor([100]))
  expect(fast({ x: leaf([2]), y: w }).item()).toBe(200)
})

test('The same leaf twice, and returned, stays what it is', () => {
  const fast = hybridize((x: Tensor, y: Tensor) => ({ sum: x.add(y), x }))
  for (let i = 1; i < 6; i++) {
    const x = leaf([i])
    const result = fast(x, i > 3 ? x : leaf([1]))
    expect([result.x === x, result.sum.item()]).toEqual([true, i > 3 ? 2 * i : i + 1])
  }
})

describe('A function that does more than read the values is bound to each variable:', () => {
  test.each<[string, (x: Tensor) => unknown]>([
    ['it assigns', (x) => assign(x, x.add(1))],
    ['it leaves a gradient', (x) => x.mul(x).sum().backward()],
    ['it reads the gradient', (x) => x.grad?.mul(2)],
    ['it clears the gradient', (x) => void (x.grad = null)],
  ])('%s', (_, f) => {
    const fast = hybridize(f)
    const states = (run: (x: Tensor) => unknown): unknown =>
      sets.map((values) => {
        const x = leaf(values)
        x.mul(3).sum().backward()
        run(x)
        run(x)
        return bitsOf([x, x.grad])
      })
    expect(states(fast)).toEqual(states(f))
    expect(fast.stats.traces).toBeGreaterThanOrEqual(sets.length)
    expect(fast.explain().specialisations.some(({ signature }) => signature.includes('any'))).toBe(false)
  })
})

test('A leaf changed before the backward pass is an error, as in eager mode', () => {
  const f = (x: Tensor): Tensor => x.mul(x).sum()
  const fast = hybridize(f)
  for (let i = 0; i < 5; i++)
    for (const run of [f, fast]) {
      const x = leaf([i])
      const result = run(x)
      assign(x, ones([1]))
      expect(() => result.backward()).toThrow('assigned to after the forward pass')
    }
})

test('Gradient mode and types are told apart', () => {
  const fast = hybridize((x: Tensor) => x.mul(2))
  const calls = (): boolean[] => [
    fast(leaf([1])).requiresGrad,
    noGrad(() => fast(leaf([1]))).requiresGrad,
    fast(variable([1])).requiresGrad,
    fast(leaf([1, 2])).requiresGrad,
  ]
  for (let i = 0; i < 5; i++) expect(calls()).toEqual([true, false, false, true])
  expect(fast.stats.traces).toBe(12)
})
