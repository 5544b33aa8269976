import { describe, expect, test } from 'vitest'
import { dropout, manualSeed, ones, rand, randint, randn, randperm, type Tensor } from '../../src/index.ts'

const seeded = <R>(seed: number, draw: () => R): R => {
  manualSeed(seed)
  return draw()
}
const moments = (t: Tensor): [mean: number, variance: number] => [
  t.cast('float64').mean().item(),
  t.cast('float64').variance().item(),
]

describe('a seed', () => {
  const draws: [string, () => Tensor][] = [
    ['rand', () => rand([5])],
    ['randn', () => randn([5])],
    ['randint', () => randint(-5, 5, [5])],
    ['randperm', () => randperm(5)],
    ['dropout', () => dropout(ones([50]))],
  ]
  test.each(draws)('makes %s repeat, and another seed or call differ', (_, draw) => {
    const [first, again] = [seeded(1, draw), seeded(1, draw)]
    expect(first.toArray()).toEqual(again.toArray())
    expect(seeded(2, draw).toArray()).not.toEqual(first.toArray())
    expect(draw().toArray()).not.toEqual(draw().toArray())
  })
  test('above 2³² counts too', () =>
    expect(seeded(2 ** 40 + 1, () => rand([3])).toArray()).not.toEqual(seeded(1, () => rand([3])).toArray()))
  test('makes one sequence, however it is cut', () => {
    const whole = seeded(3, () => rand([6])).toArray() as number[] // 1-D
    const parts = seeded(3, () => [rand([2]), rand([4])]).flatMap((part) => part.toArray())
    expect(parts).toEqual(whole)
  })
})

describe('numbers from', () => {
  test.each(['float32', 'float64'] as const)('rand are uniform in [0, 1), %s', (dtype) => {
    const t = seeded(1, () => rand([20_000], { dtype }))
    const [mean, variance] = moments(t)
    expect([
      t.dtype,
      mean > 0.49 && mean < 0.51,
      Math.abs(variance - 1 / 12) < 0.002,
      t.min().item() >= 0,
      t.max().item() < 1,
    ]).toEqual([dtype, true, true, true, true])
  })
  test.each(['float32', 'float64'] as const)('randn are normal, %s', (dtype) => {
    const t = seeded(1, () => randn([20_000], { dtype }))
    const [mean, variance] = moments(t)
    const within = t.abs().less(1).cast('float64').mean().item()
    expect([t.dtype, Math.abs(mean) < 0.02, Math.abs(variance - 1) < 0.03, Math.abs(within - 0.6827) < 0.01]).toEqual([
      dtype,
      true,
      true,
      true,
    ])
  })
  test('randint take every value of the range and no other', () => {
    const counts = new Map<number, number>()
    for (const value of seeded(1, () => randint(-2, 3, [5000])).data()) counts.set(value, (counts.get(value) ?? 0) + 1)
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2])
    expect(Math.min(...counts.values())).toBeGreaterThan(900)
    expect(randint(7, 8, [3]).toArray()).toEqual([7, 7, 7])
    expect(randint(-(2 ** 31), 2 ** 31, [2]).dtype).toBe('int32')
  })
  test('randperm are a permutation', () => {
    expect([...seeded(1, () => randperm(1000)).data()].sort((a, b) => a - b)).toEqual([...Array(1000).keys()])
    expect([randperm(0).toArray(), randperm(1).toArray()]).toEqual([[], [0]])
  })
})

describe('dropout', () => {
  test('keeps the expectation', () => {
    const t = seeded(1, () => dropout(ones([20_000]), 0.25))
    expect(new Set(t.data())).toEqual(new Set([0, Math.fround(1 / 0.75)]))
    expect(Math.abs(t.mean().item() - 1)).toBeLessThan(0.01)
    expect(dropout(ones([3]), 0).toArray()).toEqual([1, 1, 1])
  })
  test('passes gradients where it kept elements', () => {
    const x = ones([8], { requiresGrad: true })
    const y = seeded(1, () => dropout(x))
    y.sum().backward()
    expect(x.grad!.toArray()).toEqual(y.toArray())
  })
})

test('random leaves require gradients when asked', () => {
  const w = rand([2], { requiresGrad: true })
  w.sum().backward()
  expect(w.grad!.toArray()).toEqual([1, 1])
})

test('an option that does not exist is an error', () => {
  const misspelt = { dtpye: 'float64' } as never // to check what happens at run time
  expect(() => rand([2], misspelt)).toThrow('dtpye')
  expect(() => randn([2], misspelt)).toThrow('dtpye')
})
