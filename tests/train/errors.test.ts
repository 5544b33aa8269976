import { GryphError, hybridize, nn, ones, optim, tensor, train, type Tensor } from 'gryph'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { quiet } from './small-training.ts'

/** What a caller without types may pass. */
const wrong = (given: unknown): never => given as never // to check what happens at run time
const x = ones([2])
const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
afterAll(() => warnings.mockRestore())
const identity = (t: Tensor): Tensor => t
const once = { epochs: 1, ...quiet }
const net = nn.linear(2, 1)

type Case = readonly [code: string, message: string, call: () => unknown]

const cases: readonly Case[] = [
  [
    'STEP_INVALID',
    '[fit] the step is an object. Pass a function of a batch that returns its loss, for instance hybridize(trainStep).',
    () => train.fit(wrong({}), [x], once),
  ],
  [
    'LOSS_INVALID',
    '[fit] the step returned nothing. Return the loss as a tensor of one element or a number, or an object such as { loss, accuracy } of them.',
    () =>
      train.fit(
        wrong(() => {}),
        [x],
        once,
      ),
  ],
  [
    'LOSS_INVALID',
    '[fit] the step returned a promise, and steps are synchronous. Return the loss as a tensor of one element or a number, or an object such as { loss, accuracy } of them.',
    () =>
      train.fit(
        wrong(async () => x),
        [x],
        once,
      ),
  ],
  [
    'LOSS_INVALID',
    '[fit] the step returned a tensor of shape [2] as its loss. Return the loss as a tensor of one element or a number, or an object such as { loss, accuracy } of them.',
    () => train.fit(hybridize(identity), [x], once),
  ],
  [
    'EPOCHS_INVALID',
    '[fit] epochs is NaN. Use a whole number of at least 1.',
    () => train.fit(identity, [x], { ...once, epochs: NaN }),
  ],
  [
    'LOADER_INVALID',
    '[fit] the loader is a tensor. Pass something to iterate over that yields batches, such as an array or a DataLoader, or a function of the epoch that gives it.',
    () => train.fit(identity, wrong(x), once),
  ],
  [
    'LOADER_INVALID',
    '[fit] the loader function gave, for epoch 1, 5. Pass something to iterate over that yields batches, such as an array or a DataLoader, or a function of the epoch that gives it.',
    () =>
      train.fit(
        identity,
        wrong(() => 5),
        once,
      ),
  ],
  [
    'LOADER_EMPTY',
    '[fit] the loader gave no batch in epoch 1. Check the size of the data set and of the batches.',
    () => train.fit(identity, [], once),
  ],
  [
    'LOADER_EMPTY',
    '[fit] the loader gave no batch in epoch 2: it can be gone through only once, like a generator. Pass a function that makes a new one for each epoch.',
    () => train.fit((t: Tensor) => t.sum(), [x].values(), { ...once, epochs: 2 }),
  ],
  [
    'CALLBACK_INVALID',
    '[fit] callback 1 is a function. Pass objects with methods such as onEpochEnd, for instance { onStep: () => scheduler.step() }.',
    () => train.fit(identity, [x], { ...once, callbacks: [{ onEnd: () => {} }, wrong(() => {})] }),
  ],
  [
    'CALLBACK_INVALID',
    '[fit] callback 0 is an object of class Scheduler. Pass objects with methods such as onEpochEnd, for instance { onStep: () => scheduler.step() }.',
    () => {
      const optimizer = optim.sgd(net.parameters(), { lr: 1 })
      const scheduler = optim.scheduler(optimizer, optim.schedules.constant({ lr: 1 }))
      return train.fit(identity, [x], { ...once, callbacks: [wrong(scheduler)] })
    },
  ],
  [
    'CALLBACK_INVALID',
    '[fit] callbacks are an object of class NanWatch. Pass an array of callbacks.',
    () => train.fit(identity, [x], { ...once, callbacks: wrong(train.nanWatch()) }),
  ],
  [
    'METRIC_INVALID',
    '[fit] validate returned 0.5. Return an object of numbers, for instance { accuracy }, or nothing.',
    () => train.fit((t: Tensor) => t.sum(), [x], { ...once, validate: wrong(() => 0.5) }),
  ],
  [
    'METRIC_INVALID',
    '[fit] a metric is named "loss", as what fit itself notes of an epoch is. Name it otherwise, for instance "validationLoss".',
    () => train.fit((t: Tensor) => t.sum(), [x], { ...once, validate: () => ({ loss: 1 }) }),
  ],
  [
    'METRIC_INVALID',
    '[fit] a metric is named "step", as what fit itself notes of an epoch is. Name it otherwise, for instance "validationStep".',
    () => train.fit((t: Tensor) => ({ loss: t.sum(), step: 1 }), [x], once),
  ],
  [
    'OPTION_UNKNOWN',
    '[fit] there is no option "epoch". Use epochs, callbacks, validate, progress, interruptible or undo.',
    () => train.fit(identity, [x], wrong({ epoch: 1 })),
  ],
  [
    'FIT_IN_TRACE',
    '[fit] outer, which is hybridized, calls fit, which is more than one program. Hybridize the step and call fit outside.',
    async () => {
      let training: Promise<unknown> | undefined
      hybridize(function outer() {
        training = train.fit(identity, [x], once)
      })()
      await training
    },
  ],
  [
    'MONITOR_UNKNOWN',
    '[earlyStopping] the epoch has no "accuracy". Use one of loss, or have validate return it.',
    () =>
      train.fit((t: Tensor) => t.sum(), [x], { ...once, callbacks: [train.earlyStopping({ monitor: 'accuracy' })] }),
  ],
  [
    'NUMBER_INVALID',
    '[earlyStopping] patience is 0. Use a whole number of at least 1.',
    () => train.earlyStopping({ patience: 0 }),
  ],
  [
    'OPTION_INVALID',
    "[earlyStopping] mode is \"least\". Use 'min' or 'max'.",
    () => train.earlyStopping({ mode: wrong('least') }),
  ],
  [
    'NOT_STATEFUL',
    '[checkpoint] optimizer is an object. Pass something with stateDict() and loadStateDict(), such as a module or an optimizer.',
    () => train.checkpoint({ path: 'a', optimizer: wrong({}) }),
  ],
  [
    'OPTION_INVALID',
    '[checkpoint] there is neither a module, nor an optimizer, nor anything else to save. Pass for instance { path, module: net, optimizer }.',
    () => train.checkpoint({ path: 'a' }),
  ],
  [
    'OPTION_INVALID',
    "[csvLog] path is an object. Use a text, for instance 'run/model.safetensors'.",
    () => train.csvLog({ path: wrong({}) }),
  ],
  [
    'FILE_UNWRITABLE',
    '[checkpoint] package.json/at/all cannot be written (ENOTDIR). Check the path, its permissions and the room on the disk; what was there before is unchanged.',
    () =>
      train.fit((t: Tensor) => t.sum(), [x], {
        ...once,
        callbacks: [train.checkpoint({ path: 'package.json/at/all', module: net })],
      }),
  ],
  [
    'FILE_MISSING',
    '[loadCheckpoint] there is no file /nowhere/at/all. Check the path.',
    () => train.loadCheckpoint('/nowhere/at/all', { module: net }),
  ],
  [
    'METRIC_INVALID',
    '[evaluate] accuracy is a function, not a metric. Pass for instance { accuracy: train.accuracy() }.',
    () => train.evaluate(net, [[x, x]], { accuracy: wrong(train.accuracy) }),
  ],
  [
    'METRIC_EMPTY',
    '[r2] there is nothing to compute it of. Call update with a batch first.',
    () => train.r2().compute(),
  ],
  [
    'BATCH_INVALID',
    '[evaluate] a batch is a tensor. Yield arrays of inputs and, last, the targets, for instance [x, y].',
    () => train.evaluate(net, wrong([x]), { accuracy: train.accuracy() }),
  ],
  [
    'PREDICTION_INVALID',
    '[evaluate] a prediction is 3, not a tensor.',
    () =>
      train.evaluate(
        wrong(() => 3),
        [[x, x]],
        { accuracy: train.accuracy() },
      ),
  ],
  [
    'PREDICTION_MISMATCH',
    '[accuracy] predictions are [3, 2] and targets [2]. Predict scores with one more axis, the classes, or exactly as many classes as there are targets.',
    () => train.accuracy().update(ones([3, 2]), x),
  ],
  [
    'CLASS_OUT_OF_RANGE',
    '[confusionMatrix] a target is 4, and there are 3 classes. Use whole numbers from 0 to 2.',
    () => train.confusionMatrix(3).update(tensor([0], { dtype: 'int32' }), tensor([4], { dtype: 'int32' })),
  ],
]

test.each(cases)('%s: %s', async (code, message, call) => {
  const error: unknown = await Promise.resolve()
    .then(call)
    .catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(GryphError)
  expect(error).toMatchObject({ code, message })
})

describe('without Node', () => {
  test.each([
    [
      () => train.checkpoint({ path: 'a.safetensors', module: net, keep: 2 }),
      'node:fs/promises',
      /^\[checkpoint\] a-….safetensors cannot be opened/,
    ],
    [
      () => train.checkpoint({ path: 'a.safetensors', module: net }),
      'node:fs/promises',
      /^\[checkpoint\] a\.safetensors cannot be opened/,
    ],
    [() => train.csvLog({ path: 'a.csv' }), 'node:fs', /^\[csvLog\] a\.csv cannot be opened/],
    [() => train.tensorboardLog({ folder: 'logs' }), 'node:fs', /^\[tensorboardLog\] logs\/events\S* cannot be opened/],
  ])('%s', async (callback, module, message) => {
    vi.doMock(module, () => {
      throw new Error('no such module')
    })
    const training = train.fit((t: Tensor) => t.sum(), [x], { ...once, callbacks: [callback()] })
    await expect(training).rejects.toMatchObject({ code: 'FILES_UNAVAILABLE', message: expect.stringMatching(message) })
    vi.doUnmock(module)
  })
})
