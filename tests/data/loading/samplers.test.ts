import { describe, expect, test } from 'vitest'
import { IndexRandom } from '../../../src/data/loading/index-random.ts'
import { data, manualSeed, rand } from '../../../src/index.ts'

const { batchSampler, randomSampler, sequentialSampler, subsetSampler, weightedSampler } = data
const drawn = (sampler: data.Sampler, seed = 1, epoch = 0): number[] =>
  Array.from(sampler.order(new IndexRandom(seed, epoch)))

test('the numbers of the first epoch are those of rand in float64', () => {
  manualSeed(2 ** 35 + 7)
  const random = new IndexRandom(2 ** 35 + 7, 0)
  expect(Array.from({ length: 50 }, (_, i) => random.uniform(i))).toEqual([...rand([50], { dtype: 'float64' }).data()])
})

test('a sequence is in order', () => {
  expect(drawn(sequentialSampler(4))).toEqual([0, 1, 2, 3])
})

describe('a random sampler', () => {
  test('without replacement gives different examples, fewer if asked for', () => {
    const sampler = randomSampler(10, { sampleCount: 6 })
    expect(new Set(drawn(sampler)).size).toBe(6)
    expect(drawn(sampler, 1, 1)).not.toEqual(drawn(sampler))
    expect(drawn(sampler, 1, 1)).toEqual(drawn(sampler, 1, 1))
  })

  test('with replacement gives as many as asked for, all equally often', () => {
    const order = drawn(randomSampler(5, { replacement: true, sampleCount: 10_000 }))
    for (let i = 0; i < 5; i++) expect(Math.abs(order.filter((each) => each === i).length - 2000)).toBeLessThan(200)
  })
})

test('a subset is in order, or shuffled', () => {
  const indices = [7, 3, 5]
  const [plain, shuffled] = [subsetSampler(indices), subsetSampler(indices, { shuffle: true })]
  indices[0] = 0
  expect(drawn(plain)).toEqual([7, 3, 5])
  const orders = [0, 1, 2, 3, 4, 5].map((epoch) => drawn(shuffled, 1, epoch))
  for (const order of orders) expect(order.toSorted((a, b) => a - b)).toEqual([3, 5, 7])
  expect(new Set(orders.map(String)).size).toBeGreaterThan(1)
})

describe('a weighted sampler', () => {
  const weights = [0, 1, 0, 3, 6, 0]

  test('with replacement draws in proportion to the weights', () => {
    const order = drawn(weightedSampler(weights, 20_000))
    const shares = weights.map((_, i) => order.filter((each) => each === i).length / 2000)
    expect([shares[0], shares[2], shares[5]]).toEqual([0, 0, 0])
    for (const [i, share] of shares.entries()) expect(Math.abs(share - weights[i]!)).toBeLessThan(0.15)
  })

  test('without replacement draws each one once, the first in proportion to the weights', () => {
    const sampler = weightedSampler(weights, 3, { replacement: false })
    const orders = Array.from({ length: 4000 }, (_, epoch) => drawn(sampler, 2, epoch))
    for (const order of orders) expect(order.toSorted((a, b) => a - b)).toEqual([1, 3, 4])
    const first = (i: number): number => orders.filter(([each]) => each === i).length / 400
    expect([1, 3, 4].map((i) => Math.abs(first(i) - weights[i]!) < 0.4)).toEqual([true, true, true])
    // 3 then 4 then 1: 0.3 · 6/7
    const share = orders.filter((order) => String(order) === '3,4,1').length / 4000
    expect(Math.abs(share - (0.3 * 6) / 7)).toBeLessThan(0.03)
  })
})

test('batches of a sampler are its examples a few at a time', () => {
  const batches = batchSampler(sequentialSampler(5), 2)
  expect([batches.length, batches.batches(new IndexRandom(0, 0)).map((batch) => Array.from(batch))]).toEqual([
    3,
    [[0, 1], [2, 3], [4]],
  ])
  expect(batchSampler(sequentialSampler(5), 2, true).length).toBe(2)
})

test.each<[string, string, () => unknown]>([
  [
    'LOADER_OPTION_INVALID',
    '[sequentialSampler] count is -1. Use a whole number of at least 0.',
    () => sequentialSampler(-1),
  ],
  [
    'SAMPLER_INVALID',
    '[randomSampler] 3 of 2 examples cannot be taken without replacement. Ask for at most that many, or use { replacement: true }.',
    () => randomSampler(2, { sampleCount: 3 }),
  ],
  [
    'SAMPLER_INVALID',
    '[weightedSampler] 2 of 1 examples with a weight above 0 cannot be taken without replacement. Ask for at most that many, or use { replacement: true }.',
    () => weightedSampler([0, 1], 2, { replacement: false }),
  ],
  [
    'SAMPLER_INVALID',
    '[weightedSampler] weight 1 is NaN. Use finite weights of at least 0 that are not all 0.',
    () => weightedSampler([1, NaN], 1),
  ],
  [
    'SAMPLER_INVALID',
    '[weightedSampler] no weight is above 0. Use finite weights of at least 0 that are not all 0.',
    () => weightedSampler([0, 0], 1),
  ],
  [
    'LOADER_OPTION_INVALID',
    '[batchSampler] batchSize is 1.5. Use a whole number of at least 1.',
    () => batchSampler(sequentialSampler(2), 1.5),
  ],
])('%s: %s', (code, message, call) => {
  expect(call).toThrow(expect.objectContaining({ code, message }) as Error)
})
