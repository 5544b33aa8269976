import { describe, expect, test } from 'vitest'
import { concat, forLoop, gather, randn, randperm, tensor, variable, type Tensor } from '../../../src/index.ts'
import { reasons, sameAtSizes, sharedSizes } from './sizes.ts'

describe('A size has a program of its own, and explain says why, where', () => {
  const grown = variable(tensor(Array<number>(64).fill(0)))

  test.each<[string, (x: Tensor) => unknown, RegExp]>([
    [
      'elements depend on how many there are',
      (x) => gather(x, randperm(x.shape[0]!)),
      /permutation at .*: every element depends/,
    ],
    [
      'two parts that grow are joined',
      (x) => concat([x, x], 0),
      /concat at .*: what is joined after the axis that changes/,
    ],
    ['the last rows are taken', (x) => x.slice([[-2, null]]), /slice at .*: where it begins changes with the size/],
    ['the axis is turned around', (x) => x.slice([[null, null, -1]]), /slice at .*: where it begins/],
    ['a sum goes through an axis within', (x) => x.transpose().sum(), /sum at .*: its order of additions changes/],
    ['elements move', (x) => x.transpose().reshape([-1]), /reshape at .*: it moves elements/],
    [
      'positions count from the end',
      (x) => gather(x, tensor([0, -1], { dtype: 'int32' })),
      /gather at .*: the axis that it takes from/,
    ],
    [
      'a loop is given rows',
      (x) => forLoop(0, 3, (_, y) => y.mul(2), x),
      /forLoop.*: what it is given changes its size/,
    ],
    [
      'as many ops as rows are carried out',
      (x) => x.shape.slice(0, 1).reduce((y, n) => Array.from({ length: n }).reduce<Tensor>((z) => z.add(1), y), x),
      /does something else/,
    ],
    [
      'rows are written to a variable',
      (x) => grown.at([0, x.shape[0]!]).set_(x.sum(1)).sum(),
      /setSlice at .*: what it writes changes its size/,
    ],
  ])('%s', (_, fn, reason) => {
    const fast = sameAtSizes(
      () => ({ fn }),
      (n) => [randn([n, 4])],
      [6, 8, 5, 3],
      { dynamicAxes: { 0: [0] } },
    )
    expect(sharedSizes(fast)).toEqual([])
    expect(reasons(fast).join()).toMatch(reason)
    expect(String(fast.explain())).toMatch(/one size alone: /)
  })

  test('JavaScript decides by the size', () => {
    const fn = (x: Tensor): Tensor => (x.shape[0]! % 2 === 0 ? x.mul(2) : x.add(1).relu())
    const fast = sameAtSizes(
      () => ({ fn }),
      (n) => [randn([n])],
      [6, 8, 4, 5, 10],
      { dynamicAxes: { 0: [0] } },
    )
    expect(sharedSizes(fast)).toEqual([4, 8, 10])
    expect(reasons(fast)).toEqual(['the function does something else at another size'])
  })

  test('two sizes change at once', () => {
    const fast = sameAtSizes(
      () => ({ fn: (x: Tensor, y: Tensor) => [x.mul(2), y.mul(2)] }),
      (n) => [randn([n]), randn([2 * n])],
      [6, 8, 5],
    )
    expect(fast.stats.compiles).toBe(3)
  })

  test('one row broadcasts', () => {
    const fast = sameAtSizes(
      () => ({ fn: (x: Tensor) => x.add(x.sum(0, true)).sum(0) }),
      (n) => [randn([n, 3])],
      [6, 8, 5, 1, 2],
    )
    expect(sharedSizes(fast)).toEqual([2, 5])
    expect(reasons(fast)).toEqual([expect.stringMatching(/^sum at .*: its order of additions changes with the size$/)])
  })
})
