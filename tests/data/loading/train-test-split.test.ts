import { expect, test } from 'vitest'
import { arange, data, type Tensor } from '../../../src/index.ts'

const { trainTestSplit } = data
const elements = (x: Tensor): number[] => Array.from(x.data())

test('every row is on one side, with what belongs to it', () => {
  const [x, y] = [arange(10), arange(10).mul(2)]
  const { train, test: held } = trainTestSplit([x, y], { testSize: 0.25, seed: 4 })
  expect([train[0].shape, held[0].shape]).toEqual([[7], [3]]) // 2.5 rounded up
  expect(elements(train[0].mul(2))).toEqual(elements(train[1]))
  expect(elements(held[0].mul(2))).toEqual(elements(held[1]))
  expect([...elements(train[0]), ...elements(held[0])].toSorted((a, b) => a - b)).toEqual(elements(x))
})

test('the same seed makes the same split, of tensors and of data sets', () => {
  const x = arange(20)
  const [a, b] = [trainTestSplit([x], { seed: 1 }), trainTestSplit([x], { seed: 1 })]
  expect(elements(a.test[0])).toEqual(elements(b.test[0]))
  expect(elements(trainTestSplit([x], { seed: 2 }).test[0])).not.toEqual(elements(a.test[0]))
  const { test: held, train } = trainTestSplit({ length: 20, get: (i: number) => i }, { seed: 1 })
  expect([held.length, train.length]).toEqual([5, 15])
  expect(Array.from({ length: 5 }, (_, i) => held.get(i))).toEqual(elements(a.test[0]))
})

test('without shuffling the last rows are for testing', () => {
  const { train, test: held } = trainTestSplit([arange(5)], { testSize: 2, shuffle: false })
  expect([train[0].toArray(), held[0].toArray()]).toEqual([
    [0, 1, 2],
    [3, 4],
  ])
})

test.each([0, 5, -1, 1.5, NaN])('a test size of %d of 5 is refused', (testSize) => {
  expect(() => trainTestSplit([arange(5)], { testSize })).toThrow(
    expect.objectContaining({
      code: 'SPLIT_INVALID',
      message: `[trainTestSplit] testSize is ${testSize}, of 5 examples. Use a share between 0 and 1 or a number of examples, which leaves some on both sides.`,
    }) as Error,
  )
})
