import { assign, configure, hybridize, ones, tensor, train, variable, zeros, type Tensor } from 'gryph'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { bitsOf, course, fiveBatches, quiet, smallTraining } from './small-training.ts'

afterEach(() => {
  configure({ hybridize: 'on' })
  vi.restoreAllMocks()
})

describe.each(['eager', 'compiled'] as const)('%s', (mode) => {
  test('fit is a loop over epochs and batches', async () => {
    const batches = fiveBatches()
    const byHand = smallTraining(mode)
    const losses: number[] = []
    for (let epoch = 0; epoch < 2; epoch++) {
      let sum = 0
      for (const [x, y] of batches) sum += byHand.step(x, y).item()
      losses.push(sum / 5)
    }
    const fitted = smallTraining(mode)
    const history = await train.fit(fitted.step, batches, { epochs: 2, ...quiet })
    expect(history.loss).toEqual(losses)
    expect(history.steps).toBe(10)
    expect(history.stopReason).toBeUndefined()
    expect(history.epochs.map(({ epoch, step }) => [epoch, step])).toEqual([
      [1, 5],
      [2, 10],
    ])
    expect(bitsOf(fitted)).toEqual(bitsOf(byHand))
  })

  test('a step that throws changes nothing, and the training fails with its error', async () => {
    const w = variable([1, 2], { requiresGrad: true })
    const counter = variable(0)
    const moved = variable([0, 0, 0])
    const body = (x: Tensor, index: Tensor): Tensor => {
      assign(counter, counter.add(1))
      moved.at(1).add_(1)
      const loss = w.mul(x).sum()
      loss.backward()
      assign(w, w.sub(w.grad!))
      return loss.add(ones([2]).at(index).get())
    }
    const step = mode === 'compiled' ? hybridize(body) : body
    const loader = [0, 1, 7].map((index) => [ones([2]), tensor(index, { dtype: 'int32' })])
    const failed: number[] = []
    const training = train.fit(step, loader, {
      epochs: 1,
      ...quiet,
      callbacks: [{ onError: (run, error) => void failed.push(run.step, Number(error instanceof Error)) }],
    })
    await expect(training).rejects.toMatchObject({ code: 'INDEX_OUT_OF_RANGE' })
    expect(failed).toEqual([2, 1])
    expect(counter.item()).toBe(2)
    expect(moved.toArray()).toEqual([0, 2, 0])
    // The gradients of two steps, which nobody cleared, and not that of the third.
    expect(w.grad!.toArray()).toEqual([2, 2])
    expect(w.toArray()).toEqual([1 - 3, 2 - 3])
  })
})

test('an eager step that ends after a compiled call is undone with that call', async () => {
  vi.spyOn(process, 'emitWarning').mockImplementation(() => {}) // of the host read
  const w = variable([1, 2])
  const add = hybridize(function add(x: Tensor) {
    assign(w, w.add(x))
  })
  const reading = hybridize(function reading(x: Tensor) {
    if (x.sum().item() > 0) assign(w, w.mul(2))
  })
  let calls = 0
  const training = train.fit(
    (x: Tensor) => {
      add(x)
      reading(x)
      if (++calls === 8) throw new Error('the eighth')
      return 0
    },
    Array.from({ length: 10 }, () => ones([2])),
    { epochs: 1, ...quiet },
  )
  await expect(training).rejects.toThrow('the eighth')
  let expected = [1, 2]
  for (let i = 0; i < 7; i++) expected = expected.map((value) => (value + 1) * 2)
  expect(w.toArray()).toEqual(expected)
})

test('undo: false leaves what a failing eager step has done', async () => {
  const w = variable(1)
  const step = (): number => {
    assign(w, w.add(1))
    throw new Error('mine')
  }
  await expect(train.fit(step, [ones([])], { epochs: 1, ...quiet, undo: false })).rejects.toThrow('mine')
  expect(w.item()).toBe(2)
})

test('with hybridize off a hybridized step is undone too', async () => {
  configure({ hybridize: 'off' })
  const w = variable(1)
  const step = hybridize(function step(x: Tensor) {
    assign(w, w.add(1))
    return ones([2]).at(x).get()
  })
  const loader = [0, 5].map((i) => tensor(i, { dtype: 'int32' }))
  await expect(train.fit(step, loader, { epochs: 1, ...quiet })).rejects.toMatchObject({ code: 'INDEX_OUT_OF_RANGE' })
  expect(w.item()).toBe(2)
})

test('batches may be tensors, arrays or objects, of loaders of any kind', async () => {
  const seen: unknown[] = []
  const note = (...batch: unknown[]): number => seen.push(batch.map((each) => (each as Tensor).toArray())) // tensors, all
  const x = ones([1])
  const fit = (loader: train.Loader<unknown>): Promise<train.History> =>
    train.fit(note, loader, { epochs: 2, ...quiet })
  await fit([x])
  await fit(new Set([[x, zeros([1])]]))
  await fit((epoch) => [[x.mul(epoch)]])
  await fit(function* () {
    yield x
  })
  await fit(async function* (epoch) {
    yield await Promise.resolve(x.mul(10 * epoch))
  })
  await fit({
    async *[Symbol.asyncIterator]() {
      yield await Promise.resolve(x)
    },
  })
  expect(seen).toEqual([[[1]], [[1]], [[1], [0]], [[1], [0]], [[1]], [[2]], [[1]], [[1]], [[10]], [[20]], [[1]], [[1]]])
  const objects: unknown[] = []
  await train.fit(
    ({ image, label }: { image: Tensor; label: number }) => objects.push(image, label),
    [{ image: x, label: 3 }],
    { epochs: 1, ...quiet },
  )
  expect(objects).toEqual([x, 3])
})

test('a step may return its loss with other numbers, of which the history has the means', async () => {
  const step = hybridize((x: Tensor) => ({ loss: x.sum(), largest: x.max(), constant: 2 }))
  const seen: unknown[] = []
  const history = await train.fit(step, [tensor([1, 2]), tensor([3, 5])], {
    epochs: 1,
    ...quiet,
    validate: (epoch) => Promise.resolve({ validated: tensor([epoch]), note: 'no number' }),
    callbacks: [
      { onStep: ({ loss, stepMetrics }) => void seen.push(loss, stepMetrics) },
      { onEpochEnd: (run) => run.record('extra', 7) },
      { onEpochEnd: (_, { metrics }) => void seen.push(metrics) },
    ],
  })
  const metrics = { largest: 3.5, constant: 2, validated: 1, extra: 7 }
  expect(seen).toEqual([3, { largest: 2, constant: 2 }, 8, { largest: 5, constant: 2 }, metrics])
  expect(history.loss).toEqual([5.5])
  expect(history.metrics).toEqual({ largest: [3.5], constant: [2], validated: [1], extra: [7] })
})

test('what only some steps give is averaged over those', async () => {
  let calls = 0
  const step = (): train.StepResult => (++calls % 2 === 0 ? { loss: 1, accuracy: calls } : { loss: 1 })
  const history = await train.fit(step, [1, 2, 3, 4], { epochs: 2, ...quiet })
  expect(history.metrics).toEqual({ accuracy: [3, 7] })
})

test('callbacks are called in their order and waited for', async () => {
  const calls: string[] = []
  const callback = (name: string): train.Callback => ({
    onBegin: async (run) => {
      await Promise.resolve()
      calls.push(`${name} begin ${run.epoch} of ${run.epochs}`)
    },
    onEpochBegin: (run) => void calls.push(`${name} epoch ${run.epoch}`),
    onStep: async (run) => {
      await Promise.resolve()
      calls.push(`${name} step ${run.step} ${run.stepInEpoch}/${run.stepsPerEpoch} ${run.loss}`)
    },
    onEpochEnd: (run, record) =>
      void calls.push(`${name} end ${record.epoch} ${record.loss} ${run.history.loss.length}`),
    onSettled: (_, at) => void calls.push(`${name} settled ${at}`),
    onEnd: (run) => void calls.push(`${name} over ${run.step}`),
  })
  await train.fit((x: Tensor) => x, [tensor(4), tensor(6)], {
    epochs: 1,
    ...quiet,
    callbacks: [callback('a'), callback('b')],
  })
  expect(calls.filter((call) => call.startsWith('a'))).toEqual([
    'a begin 1 of 1',
    'a epoch 1',
    'a step 1 1/2 4',
    'a settled step',
    'a step 2 2/2 6',
    'a settled step',
    'a end 1 5 1',
    'a settled epoch',
    'a over 2',
  ])
  expect(calls.slice(0, 4)).toEqual(['a begin 1 of 1', 'b begin 1 of 1', 'a epoch 1', 'b epoch 1'])
})

test('stop ends the training after the step, and leaves the loader', async () => {
  let isClosed = false
  function* batches(): Generator<Tensor> {
    try {
      for (;;) yield ones([])
    } finally {
      isClosed = true
    }
  }
  const history = await train.fit(
    (x: Tensor) => x,
    () => batches(),
    {
      epochs: 5,
      ...quiet,
      callbacks: [{ onStep: (run) => (run.step === 3 ? run.stop('enough') : undefined) }],
    },
  )
  expect(course(history)).toEqual({ steps: 3, stopReason: 'enough', epochs: [] })
  expect(isClosed).toBe(true)
  expect(String(history)).toBe('epoch  loss  seconds\nstopped: enough')
})

test('a callback that throws ends the training with what the last step left', async () => {
  const batches = fiveBatches()
  const reference = smallTraining('compiled')
  for (const [x, y] of batches.slice(0, 3)) reference.step(x, y)
  const training = smallTraining('compiled')
  const fail: train.Callback = {
    onStep: async (run) => {
      await Promise.resolve()
      if (run.step === 3) throw new Error('mine')
    },
  }
  await expect(train.fit(training.step, batches, { epochs: 1, ...quiet, callbacks: [fail] })).rejects.toThrow('mine')
  expect(bitsOf(training)).toEqual(bitsOf(reference))
})

test('timers and other tasks get their turn while a long training runs', async () => {
  let ticks = 0
  const timer = setInterval(() => ticks++, 1)
  const end = performance.now() + 200
  await train.fit(
    (x: Tensor) => x,
    () => [ones([])],
    {
      epochs: 1e9,
      ...quiet,
      callbacks: [{ onStep: (run) => (performance.now() > end ? run.stop('late') : undefined) }],
    },
  )
  clearInterval(timer)
  expect(ticks).toBeGreaterThan(0)
})
