import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { data, hybridize, manualSeed, rand, randperm, tensor, variable, type Tensor } from '../../../src/index.ts'

const { dataLoader } = data
/** Rows [0, 10], [1, 11], … and their numbers. */
const rowsOf = (count: number): [Tensor, Tensor] => [
  tensor(Array.from({ length: count }, (_, i) => [i, i + 10])),
  tensor(Int32Array.from({ length: count }, (_, i) => i)),
]
const numbers = (count: number, delays: (i: number) => number = () => 0): data.Dataset<number> => ({
  length: count,
  get: (i) => new Promise((resolve) => setTimeout(() => resolve(i), delays(i))),
})
const listed = <T extends { toArray(): unknown }>(batches: Iterable<T>): unknown[] =>
  Array.from(batches, (batch) => batch.toArray())
const orderOf = (loader: Iterable<readonly [Tensor, Tensor]>): number[] =>
  Array.from(loader).flatMap(([, at]) => Array.from(at.data()))
async function inTurn<T>(batches: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const batch of batches) all.push(batch)
  return all
}

describe('batches of tensors', () => {
  test('are rows in order, with a smaller last one', () => {
    const loader = dataLoader(rowsOf(5), { batchSize: 2 })
    expect(loader.length).toBe(3)
    expect(Array.from(loader, ([x, i]) => [x.toArray(), i.toArray(), x.dtype, i.dtype])).toEqual([
      [
        [
          [0, 10],
          [1, 11],
        ],
        [0, 1],
        'float32',
        'int32',
      ],
      [
        [
          [2, 12],
          [3, 13],
        ],
        [2, 3],
        'float32',
        'int32',
      ],
      [[[4, 14]], [4], 'float32', 'int32'],
    ])
  })

  test('without a smaller last one, if asked for', () => {
    const loader = dataLoader(rowsOf(5), { batchSize: 2, dropLast: true })
    expect([loader.length, orderOf(loader)]).toEqual([2, [0, 1, 2, 3]])
  })

  test('keep the rows together in random order, for rows of any length', () => {
    for (const width of [1, 2, 47, 48, 200]) {
      const x = tensor(Float64Array.from({ length: 7 * width }, (_, i) => i)).reshape([7, width])
      for (const [rows, at] of dataLoader([x, rowsOf(7)[1]], { batchSize: 3, shuffle: true }))
        expect(rows.toArray()).toEqual(
          Array.from(at.data(), (row) => Array.from({ length: width }, (_, i) => row * width + i)),
        )
    }
  })

  test('are fresh: changing one changes no other and not the data', () => {
    const x = variable([1, 2, 3])
    const loader = dataLoader([x], { batchSize: 3 })
    const [[first]] = [...loader] as [[Tensor]] // one batch
    x.fill_(7)
    expect([first.toArray(), listed(Array.from(loader, ([batch]) => batch))]).toEqual([[1, 2, 3], [[1, 2, 3]]])
  })

  test('may be views, scalars per row, and empty', () => {
    const view = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]).transpose()
    expect(listed(Array.from(dataLoader([view], { batchSize: 2 }), ([x]) => x))).toEqual([
      [
        [1, 4],
        [2, 5],
      ],
      [[3, 6]],
    ])
    expect([...dataLoader([tensor(new Float32Array(0))], { shuffle: true })]).toEqual([])
  })

  test('run through a compiled step, all sizes', () => {
    const sum = hybridize((x: Tensor) => x.sum())
    expect(Array.from(dataLoader(rowsOf(5), { batchSize: 2 }), ([x]) => sum(x).item())).toEqual([22, 30, 18])
  })
})

describe('in a hybridized function', () => {
  const [x, at] = rowsOf(9)
  const weights = [3, 1, 2].map((value) => tensor(value))
  const epochOf = (loader: data.DataLoader<[Tensor, Tensor]>, factor: Tensor): Tensor => {
    let total = tensor(0)
    let i = 0
    for (const [rows] of loader) total = total.add(rows.sum().mul(weights[i++]!))
    return total.mul(factor)
  }

  test('a loop gets new batches at every call, as in eager code', () => {
    const [one, other] = [0, 1].map(() => dataLoader([x, at], { batchSize: 3, shuffle: true, seed: 2 })) as [
      data.DataLoader<[Tensor, Tensor]>,
      data.DataLoader<[Tensor, Tensor]>,
    ] // two
    const fast = hybridize((factor: Tensor) => epochOf(one, factor))
    const factor = tensor(2)
    const found = Array.from({ length: 5 }, () => fast(factor).item())
    expect(found).toEqual(Array.from({ length: 5 }, () => epochOf(other, factor).item()))
    expect(new Set(found).size).toBeGreaterThan(1)
  })

  test('rows of an argument are those of each call', () => {
    const fast = hybridize((given: Tensor) => {
      let last = tensor([0, 0])
      for (const [rows] of dataLoader([given], { batchSize: 1 })) last = rows.sum(0).mul(2)
      return last
    })
    for (const factor of [1, 2, 3]) expect(fast(x.mul(factor)).toArray()).toEqual([16 * factor, 36 * factor])
  })

  test('a loop is no part of a full graph', () => {
    const whole = hybridize((factor: Tensor) => epochOf(dataLoader([x, at], { batchSize: 3 }), factor), {
      fullGraph: true,
    })
    expect(() => whole(tensor(1))).toThrow(/a loop over a data loader/)
  })
})

describe('the order', () => {
  const options = { batchSize: 3, shuffle: true, seed: 5 }

  test('of the first epoch is that of randperm with the seed', () => {
    manualSeed(5)
    expect(orderOf(dataLoader(rowsOf(100), options))).toEqual(Array.from(randperm(100).data()))
    const seed = 2 ** 40 + 123
    manualSeed(seed)
    expect(orderOf(dataLoader(rowsOf(10), { ...options, seed }))).toEqual(Array.from(randperm(10).data()))
  })

  test('is another one in each epoch, and the same for the same seed, eagerly and asynchronously', async () => {
    const [a, b, c] = [
      dataLoader(rowsOf(20), options),
      dataLoader(rowsOf(20), options),
      dataLoader(rowsOf(20), options),
    ]
    const epochs = [orderOf(a), orderOf(a), orderOf(a)]
    expect(new Set(epochs.map(String)).size).toBe(3)
    expect([orderOf(b), orderOf(b), orderOf(b)]).toEqual(epochs)
    for (const epoch of epochs) {
      expect(epoch.toSorted((x, y) => x - y)).toEqual(Array.from({ length: 20 }, (_, i) => i))
      expect(orderOf(await inTurn(c))).toEqual(epoch)
    }
    expect(orderOf(dataLoader(rowsOf(20), { ...options, seed: 6 }))).not.toEqual(epochs[0])
  })

  test('leaves the generator of the program alone', () => {
    manualSeed(1)
    const expected = rand([3]).toArray()
    manualSeed(1)
    orderOf(dataLoader(rowsOf(50), { shuffle: true }))
    data.trainTestSplit(rowsOf(8))
    expect(rand([3]).toArray()).toEqual(expected)
  })

  test('is every one of six about equally often', () => {
    const counts = new Map<string, number>()
    const loader = dataLoader(rowsOf(3), { batchSize: 3, shuffle: true, seed: 9 })
    for (let epoch = 0; epoch < 1200; epoch++) {
      const order = orderOf(loader).join('')
      counts.set(order, (counts.get(order) ?? 0) + 1)
    }
    expect(counts.size).toBe(6)
    for (const count of counts.values()) expect(Math.abs(count - 200)).toBeLessThan(60)
  })
})

describe('other data sets', () => {
  test('are stacked in the structure of an example', () => {
    const dataset = {
      length: 3,
      get: (i: number) => ({
        image: tensor([i, i]),
        sizes: [i, new Uint8Array([i])] as [number, Uint8Array],
        isEven: i % 2 === 0,
        name: `n${i}`,
      }),
    }
    const [batch, last] = dataLoader(dataset, { batchSize: 2 })
    expect(batch!.image.toArray()).toEqual([
      [0, 0],
      [1, 1],
    ])
    expect([batch!.sizes[0].toArray(), batch!.sizes[1].toArray(), batch!.sizes[1].dtype]).toEqual([
      [0, 1],
      [[0], [1]],
      'uint8',
    ])
    expect([batch!.isEven.toArray(), batch!.name, last!.name]).toEqual([[true, false], ['n0', 'n1'], ['n2']])
  })

  test('are put together by collate, if given', () => {
    const loader = dataLoader(
      { length: 4, get: (i: number) => 'ab'.repeat(i) },
      { batchSize: 2, collate: (texts) => texts.join('|') },
    )
    expect([...loader]).toEqual(['|ab', 'abab|ababab'])
  })

  test('may make batches on their own', () => {
    const dataset: data.Dataset<number, string> = {
      length: 3,
      get: (i) => i,
      getBatch: (indices) => Array.from(indices).join('+'),
    }
    expect([...dataLoader(dataset, { batchSize: 2 })]).toEqual(['0+1', '2'])
  })

  test('of arrays are subsets too', () => {
    expect(
      orderOf(dataLoader(data.subset(rowsOf(9), [8, 0, 8]) as data.Dataset<[Tensor, Tensor], [Tensor, Tensor]>)),
    ).toEqual([8, 0, 8])
  })
})

describe('a loader that is stopped', () => {
  const options = { batchSize: 2, shuffle: true, seed: 3 }

  test('at any batch and goes on elsewhere gives the same batches', async () => {
    const whole = dataLoader(rowsOf(7), options)
    const epochs = [0, 1, 2].map(() => Array.from(whole, ([, at]) => at.toArray()))
    for (let epoch = 0; epoch < 2; epoch++)
      for (let position = 0; position <= 4; position++) {
        const stopped = dataLoader(rowsOf(7), options)
        for (let i = 0; i < epoch; i++) for (const _ of stopped);
        let taken = 0
        if (position > 0) for (const _ of stopped) if (++taken === position) break
        const state = JSON.parse(JSON.stringify(stopped.stateDict())) as data.LoaderState
        expect(state).toEqual({ seed: 3, epoch, position })
        const [resumed, resumedLater] = [
          dataLoader(rowsOf(7), { ...options, seed: 99 }),
          dataLoader(rowsOf(7), options),
        ]
        resumed.loadStateDict(state)
        resumedLater.loadStateDict(state)
        const rest = Array.from(resumed, ([, at]) => at.toArray())
        expect(rest).toEqual(epochs[epoch]!.slice(position))
        expect((await inTurn(resumedLater)).map(([, at]) => at.toArray())).toEqual(rest)
        expect(Array.from(resumed, ([, at]) => at.toArray())).toEqual(epochs[epoch + 1])
      }
  })

  test('begins a new epoch in the next loop', () => {
    const loader = dataLoader(rowsOf(4))
    for (const _ of loader) break
    expect(loader.stateDict()).toMatchObject({ epoch: 0, position: 1 })
    expect(orderOf(loader)).toEqual([0, 1, 2, 3])
    expect(loader.stateDict()).toMatchObject({ epoch: 2, position: 0 })
  })

  test.each([
    [
      undefined,
      '[loadStateDict] the state is undefined. Pass what stateDict() of a loader returned: { seed, epoch, position }.',
    ],
    [{ seed: 1, epoch: -1, position: 0 }, /^\[loadStateDict\] the state is /],
    [
      { seed: 1, epoch: 0, position: 5 },
      '[loadStateDict] the state has seen 5 batches of an epoch, and the loader has 4. Load it into a loader with the same dataset and options.',
    ],
  ])('does not load %j', (state, message) => {
    const loader = dataLoader(rowsOf(4), { seed: 8 })
    expect(() => loader.loadStateDict(state as never)).toThrow(
      expect.objectContaining({
        code: 'LOADER_STATE_INVALID',
        message: typeof message === 'string' ? message : expect.stringMatching(message),
      }) as Error,
    )
    expect(loader.stateDict()).toEqual({ seed: 8, epoch: 0, position: 0 })
  })
})

describe('asynchronous loops', () => {
  test.each([0, 1, 3, 100])('give batches in order, however long each takes, with %i ahead', async (prefetch) => {
    const loader = dataLoader(
      numbers(7, (i) => (i * 5) % 4),
      { batchSize: 2, prefetch },
    )
    expect((await inTurn(loader)).map((batch) => batch.toArray())).toEqual([[0, 1], [2, 3], [4, 5], [6]])
  })

  test.each([
    [0, [2, 4, 6]],
    [2, [6, 8, 10]],
  ])('with %i ahead ask for no more than that', async (prefetch, expected) => {
    let asked = 0
    const dataset: data.Dataset<number> = { length: 20, get: async (i) => (asked++, i) }
    const seen: number[] = []
    for await (const _ of dataLoader(dataset, { batchSize: 2, prefetch })) {
      seen.push(asked)
      if (seen.length === 3) break
    }
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect([seen, asked]).toEqual([expected, expected.at(-1)])
  })

  test.each([0, 2, 50])('throw an error where its batch comes, with %i ahead', async (prefetch) => {
    const failing: data.Dataset<number> = {
      length: 6,
      get: (i) => (i === 3 ? Promise.reject(new Error('broken')) : i === 5 ? Promise.reject(new Error('later')) : i),
    }
    const seen: unknown[] = []
    const loader = dataLoader(failing, { prefetch })
    const run = async (): Promise<void> => {
      for await (const batch of loader) seen.push(batch.item())
    }
    await expect(run()).rejects.toThrow('broken')
    expect([seen, loader.stateDict().position]).toEqual([[0, 1, 2], 3])
  })

  test('left early swallow what fails later', async () => {
    const failing: data.Dataset<number> = {
      length: 3,
      get: (i) => (i === 0 ? 0 : new Promise((_, reject) => setTimeout(() => reject(new Error('late')), 1))),
    }
    for await (const _ of dataLoader(failing, { prefetch: 2 })) break
    await new Promise((resolve) => setTimeout(resolve, 10)) // an unhandled rejection would fail the run
  })

  test('are what a data set that answers later needs', () => {
    expect(() => [...dataLoader(numbers(2))]).toThrow(
      expect.objectContaining({
        code: 'DATASET_ASYNC',
        message:
          '[dataLoader] the dataset answers with a promise, which for … of cannot wait for. Use for await (const batch of loader).',
      }) as Error,
    )
  })
})

test('any data set, batch size and order gives every example once', () => {
  fc.assert(
    fc.property(
      fc.nat(40),
      fc.integer({ min: 1, max: 12 }),
      fc.boolean(),
      fc.maxSafeNat(),
      (count, batchSize, shuffle, seed) => {
        const loader = dataLoader(rowsOf(count), { batchSize, shuffle, seed })
        const sizes = Array.from(loader, ([x]) => x.shape[0]!)
        expect(sizes).toEqual(
          Array.from({ length: Math.ceil(count / batchSize) }, (_, i) => Math.min(batchSize, count - i * batchSize)),
        )
        expect(new Set(orderOf(loader)).size).toBe(count)
      },
    ),
    { numRuns: 50 },
  )
})
