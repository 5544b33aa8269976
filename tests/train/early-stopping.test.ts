import { nn, tensor, train, type Tensor } from 'gryph'
import { expect, test } from 'vitest'
import { quiet } from './small-training.ts'

/** Epochs with these losses; the parameter is the number of the epoch. */
async function epochsOf(
  losses: readonly number[],
  options: train.EarlyStoppingOptions,
  isRestored = false,
): Promise<{ epochs: number; reason: string | undefined; best: number; parameter: number }> {
  const net = new Counter()
  const stopping = train.earlyStopping(isRestored ? { ...options, restoreBest: net } : options)
  const step = (x: Tensor): Tensor => {
    net.count.add_(1)
    return x
  }
  const history = await train.fit(step, (epoch) => [tensor(losses[epoch - 1]!)], {
    epochs: losses.length,
    ...quiet,
    callbacks: [stopping],
  })
  return {
    epochs: history.epochs.length,
    reason: history.stopReason,
    best: stopping.bestEpoch,
    parameter: net.count.item(),
  }
}

class Counter extends nn.Module {
  readonly count = nn.buffer(0)

  forward(): Tensor {
    return this.count
  }
}

test('training ends after as many epochs in a row that are no better as there is patience', async () => {
  expect(await epochsOf([5, 4, 4, 3, 3, 3, 1], { patience: 2 })).toEqual({
    epochs: 6,
    reason: 'loss was best in epoch 4, 3',
    best: 4,
    parameter: 6,
  })
})

test('what is better by less than minDelta is not better', async () => {
  expect(await epochsOf([5, 4.75, 4.5, 4.25, 1], { patience: 3, minDelta: 1 })).toMatchObject({ epochs: 4, best: 1 })
})

test('more can be better, and NaN never is', async () => {
  expect(await epochsOf([NaN, 1, 2, NaN, 1, 1], { patience: 2, mode: 'max' })).toMatchObject({ epochs: 5, best: 3 })
})

test('a loss that is always NaN has no best epoch', async () => {
  const reason = 'loss was NaN or Infinity in every epoch'
  expect(await epochsOf([NaN, NaN, NaN], { patience: 2 }, true)).toMatchObject({ epochs: 2, best: 0, reason })
})

test('restoreBest puts the parameters of the best epoch back, also where training went on to its end', async () => {
  expect(await epochsOf([5, 3, 4, 4], { patience: 2 }, true)).toMatchObject({ epochs: 4, best: 2, parameter: 2 })
  expect(await epochsOf([5, 3, 4], { patience: 2 }, true)).toMatchObject({ epochs: 3, reason: undefined, parameter: 2 })
})

test('the same callback begins anew with each training', async () => {
  const stopping = train.earlyStopping({ patience: 1 })
  for (const loss of [1, 2]) {
    const history = await train.fit((x: Tensor) => x, [tensor(loss)], { epochs: 3, ...quiet, callbacks: [stopping] })
    expect(history.epochs).toHaveLength(2)
  }
})
