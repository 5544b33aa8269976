import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { data, nn, optim, tensor, train, type Tensor } from 'gryph'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bitsOf, course, fiveBatches, quiet, shuffled, smallTraining, type Batch, type Mode } from './small-training.ts'

const folder = mkdtempSync(join(tmpdir(), 'gryph-checkpoint-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let files = 0
const newPath = (): string => join(folder, `${files++}.safetensors`)

const batches: Batch[] = fiveBatches()
const stopAt = (step: number): train.Callback => ({
  onStep: (run) => (run.step === step ? run.stop('here') : undefined),
})
const epochs = 4

/** Trains to the end in one go, with an order and dropout masks drawn from the process's generator. */
async function inOneGo(): Promise<{ bits: Record<string, string>; course: unknown }> {
  const training = smallTraining('eager')
  const history = await train.fit(training.step, shuffled(batches), { epochs, ...quiet })
  return { bits: bitsOf(training), course: course(history) }
}
let reference: Awaited<ReturnType<typeof inOneGo>>
beforeAll(async () => {
  reference = await inOneGo()
})

/** Stops in `first` mode after a step, goes on in `second` mode with other objects and another seed. */
async function inTwo(first: Mode, second: Mode, step: number, everySteps?: number): Promise<typeof reference> {
  const path = newPath()
  const options = { path, ...(everySteps === undefined ? {} : { everySteps }) }
  const before = smallTraining(first)
  await train.fit(before.step, shuffled(batches), {
    epochs,
    ...quiet,
    callbacks: [train.checkpoint({ ...options, module: before.net, optimizer: before.optimizer }), stopAt(step)],
  })
  const after = smallTraining(second, 99)
  const history = await train.fit(after.step, shuffled(batches), {
    epochs,
    ...quiet,
    callbacks: [train.checkpoint({ ...options, module: after.net, optimizer: after.optimizer, resume: true })],
  })
  return { bits: bitsOf(after), course: course(history) }
}

test('the folder of a checkpoint and of a log is made', async () => {
  const { step, net } = smallTraining('eager')
  const [path, log] = [join(folder, 'new/run/model.safetensors'), join(folder, 'new/logs/log.csv')]
  const callbacks = [train.checkpoint({ path, module: net }), train.csvLog({ path: log })]
  await train.fit(step, batches, { epochs: 1, ...quiet, callbacks })
  await train.loadCheckpoint(path, { module: net })
  expect(readFileSync(log, 'utf8').split('\n')[1]).toMatch(/^1,5,/)
})

describe('a training that goes on from a checkpoint has the bits of one in one go', () => {
  test.each([
    ['eager', 'eager', 7],
    ['compiled', 'compiled', 7],
    ['eager', 'compiled', 13],
    ['compiled', 'eager', 10],
  ] as const)('%s, then %s, stopped after step %i', async (first, second, step) => {
    expect(await inTwo(first, second, step)).toEqual(reference)
  })

  test('also from a checkpoint between two steps of an epoch, written before a crash', async () => {
    const path = newPath()
    const before = smallTraining('eager')
    const crash: train.Callback = {
      onStep: (run) => {
        if (run.step === 9) throw new Error('crash')
      },
    }
    const saved = train.checkpoint({ path, everySteps: 3, module: before.net, optimizer: before.optimizer })
    const crashing = train.fit(before.step, shuffled(batches), { epochs, ...quiet, callbacks: [saved, crash] })
    await expect(crashing).rejects.toThrow('crash')
    const after = smallTraining('eager', 5)
    const steps: number[] = []
    const history = await train.fit(after.step, shuffled(batches), {
      epochs,
      ...quiet,
      callbacks: [
        train.checkpoint({ path, everySteps: 3, module: after.net, optimizer: after.optimizer, resume: true }),
        { onStep: (run) => void steps.push(run.step) },
      ],
    })
    expect({ bits: bitsOf(after), course: course(history) }).toEqual(reference)
    expect(steps[0]).toBe(7)
  })

  test('with a loader that keeps its own position', async () => {
    const run = async (stop: number | undefined): Promise<unknown> => {
      const path = newPath()
      for (const step of stop === undefined ? [1000] : [stop, 1000]) {
        const training = smallTraining('eager', step === 1000 && stop !== undefined ? 8 : 3)
        const loader = new CountingLoader(step === 1000 && stop !== undefined ? 0 : 2)
        const { net: module, optimizer } = training
        const saved = train.checkpoint({ path, module, optimizer, resume: true })
        const history = await train.fit(training.step, loader, { epochs, ...quiet, callbacks: [saved, stopAt(step)] })
        if (step === 1000) return { bits: bitsOf(training), course: course(history) }
      }
      return undefined
    }
    expect(await run(7)).toEqual(await run(undefined))
  })

  test('with a schedule, and a rate that falls on a plateau', async () => {
    const run = async (stops: readonly number[]): Promise<unknown> => {
      const path = newPath()
      let last: unknown
      for (const stop of stops) {
        const training = smallTraining('eager')
        const { net: module, optimizer } = training
        const schedule = optim.scheduler(optimizer, optim.schedules.exponential({ lr: 0.05, gamma: 0.9 }))
        const plateau = optim.reduceOnPlateau(optimizer, { factor: 0.5, patience: 0, threshold: 0.5 })
        const callbacks: train.Callback[] = [
          train.checkpoint({ path, module, optimizer, schedule, more: { plateau }, resume: true }),
          { onStep: () => schedule.step() },
          train.onEpochMetric('loss', (loss) => plateau.step(loss)),
          train.logLearningRate(optimizer),
          stopAt(stop),
        ]
        const history = await train.fit(training.step, batches, { epochs, ...quiet, callbacks })
        last = { bits: bitsOf(training), course: course(history), lr: history.metrics['lr'] }
      }
      return last
    }
    const whole = await run([100])
    expect(await run([7, 100])).toEqual(whole)
    expect(await run([5, 100])).toEqual(whole)
  })

  test('with early stopping, which keeps its best parameters and its patience', async () => {
    const run = async (stop: number | undefined): Promise<unknown> => {
      const path = newPath()
      for (const step of stop === undefined ? [1000] : [stop, 1000]) {
        const training = smallTraining('eager', 3)
        const { net: module, optimizer } = training
        const callbacks = [
          train.checkpoint({ path, module, optimizer, resume: true }),
          train.earlyStopping({ patience: 2, minDelta: 0.05, restoreBest: module }),
          stopAt(step),
        ]
        const history = await train.fit(training.step, batches, { epochs: 9, ...quiet, callbacks })
        if (step === 1000) return { bits: bitsOf(training), course: course(history) }
      }
      return undefined
    }
    const whole = await run(undefined)
    expect(whole).toMatchObject({ course: { stopReason: expect.stringContaining('loss was best in epoch') } })
    expect(await run(12)).toEqual(whole)
  })
})

test('a training that was completed has nothing left to do', async () => {
  const path = newPath()
  const { step, net: module, optimizer } = smallTraining('eager')
  const fit = (): Promise<train.History> =>
    train.fit(step, batches, {
      epochs: 2,
      ...quiet,
      callbacks: [train.checkpoint({ path, module, optimizer, resume: true })],
    })
  const first = await fit()
  const bits = bitsOf({ net: module, optimizer, step })
  expect(course(await fit())).toEqual(course(first))
  expect(bitsOf({ net: module, optimizer, step })).toEqual(bits)
})

test('a training that was stopped early stays so, with its best parameters', async () => {
  const path = newPath()
  const { step, net: module, optimizer } = smallTraining('eager')
  const fit = (): Promise<train.History> => {
    const saved = train.checkpoint({ path, module, optimizer, resume: true })
    const stopping = train.earlyStopping({ patience: 2, minDelta: 0.05, restoreBest: module })
    return train.fit(step, batches, { epochs: 20, ...quiet, callbacks: [saved, stopping] })
  }
  const first = await fit()
  expect(first.stopReason).toContain('loss was best in epoch')
  const bits = bitsOf({ net: module, optimizer, step })
  expect(course(await fit())).toEqual(course(first))
  expect(bitsOf({ net: module, optimizer, step })).toEqual(bits)
})

test('keep says how many checkpoints are left, and the newest one is gone on from', async () => {
  const inner = mkdtempSync(join(folder, 'keep-'))
  const path = join(inner, 'run.safetensors')
  const { step, net: module, optimizer } = smallTraining('eager')
  const saved = train.checkpoint({ path, module, optimizer, everySteps: 2, keep: 2 })
  await train.fit(step, batches, { epochs: 1, ...quiet, callbacks: [saved] })
  expect(readdirSync(inner).toSorted()).toEqual(['run-4.safetensors', 'run-5.safetensors'])
  expect(saved.latest).toBe(join(inner, 'run-5.safetensors'))
  const again = train.checkpoint({ path, module, optimizer, everySteps: 2, keep: 2, resume: true })
  const history = await train.fit(step, batches, { epochs: 2, ...quiet, callbacks: [again] })
  expect(history.steps).toBe(10)
  expect(readdirSync(inner).toSorted()).toEqual(['run-10.safetensors', 'run-8.safetensors'])
  const anew = train.fit(step, batches, {
    epochs: 1,
    ...quiet,
    callbacks: [train.checkpoint({ path, module, optimizer, keep: 2 })],
  })
  await expect(anew).rejects.toMatchObject({
    code: 'CHECKPOINT_EXISTS',
    message: `[checkpoint] there are checkpoints ${join(inner, 'run-…')}.safetensors of steps 8, 10 already, and this training begins anew. Go on with { resume: true }, choose another path, or remove them.`,
  })
})

test('loadCheckpoint puts a module in place and leaves the rest', async () => {
  const path = newPath()
  const { step, net: module, optimizer } = smallTraining('eager')
  await train.fit(step, batches, { epochs: 2, ...quiet, callbacks: [train.checkpoint({ path, module, optimizer })] })
  const { net } = smallTraining('eager', 17)
  const history = await train.loadCheckpoint(path, { module: net })
  expect(net.stateDict()['0.weight']!.toArray()).toEqual(module.stateDict()['0.weight']!.toArray())
  expect(history.loss).toHaveLength(2)
  // Any reader of safetensors finds the parameters.
  const { tensors } = await data.loadSafetensorsFile(path)
  expect(tensors['module/0.weight']!.toArray()).toEqual(net.stateDict()['0.weight']!.toArray())
})

describe('a checkpoint that cannot be used is a coded error, and nothing is loaded', () => {
  async function resumeFrom(path: string, optimizerName: 'adam' | 'sgd' = 'adam'): Promise<unknown> {
    const training = smallTraining('eager', 23)
    const before = bitsOf(training)
    const { net, optimizer, step } = training
    const other = { stateDict: () => ({ a: 1 }), loadStateDict: () => {} }
    const parts = optimizerName === 'adam' ? { module: net, optimizer } : { module: net, optimizer, more: { other } }
    const callbacks = [train.checkpoint({ path, ...parts, resume: true })]
    const error: unknown = await train
      .fit(step, batches, { epochs: 9, ...quiet, callbacks })
      .catch((each: unknown) => each)
    expect(bitsOf(training)).toEqual(before)
    return error
  }
  let bytes: Uint8Array
  beforeAll(async () => {
    const path = newPath()
    const { step, net: module, optimizer } = smallTraining('eager')
    await train.fit(step, batches, { epochs: 1, ...quiet, callbacks: [train.checkpoint({ path, module, optimizer })] })
    bytes = readFileSync(path)
  })
  const written = (content: Uint8Array): string => {
    const path = newPath()
    writeFileSync(path, content)
    return path
  }

  test('with what is wrong and what to do', async () => {
    const cut = written(bytes.subarray(0, 7))
    expect(String(await resumeFrom(cut))).toBe(
      `GryphError: [checkpoint] ${cut} cannot be used: it has 7 bytes, and the length of its header ends at byte 8. Get the whole file again. Nothing was loaded. Take an older checkpoint, or begin anew without resume.`,
    )
    const changed = Uint8Array.from(bytes)
    changed[changed.length - 1]! ^= 1
    const flipped = written(changed)
    expect(String(await resumeFrom(flipped))).toMatch(
      /^GryphError: \[checkpoint\] \S+ cannot be used: its checksum is \d+, and that of its content \d+\. Nothing was loaded\./,
    )
    const other = written(bytes)
    expect(String(await resumeFrom(other, 'sgd'))).toBe(
      `GryphError: [checkpoint] ${other} has no other; it has module, optimizer. Nothing was loaded. Pass the parts that were saved.`,
    )
    const plain = newPath()
    await data.saveSafetensorsFile(plain, {})
    expect(String(await resumeFrom(plain))).toBe(
      `GryphError: [checkpoint] ${plain} is a safetensors file without a training in it. Pass what checkpoint wrote; data.loadSafetensorsFile reads other files.`,
    )
  })

  test('cut off, or with any byte changed', async () => {
    for (const length of [0, 7, 100, bytes.length - 1])
      expect(await resumeFrom(written(bytes.subarray(0, length)))).toMatchObject({ code: 'CHECKPOINT_CORRUPT' })
    for (let at = 3; at < bytes.length; at += 131) {
      const changed = Uint8Array.from(bytes)
      changed[at]! ^= 4
      // In the name of the format, or of what belongs to it, the file is another kind of file.
      expect(await resumeFrom(written(changed)), `byte ${at}`).toMatchObject({
        code: expect.stringMatching(/^CHECKPOINT_(CORRUPT|INVALID|MISMATCH)$/),
      })
    }
  })

  test('of another network, without a part, or no checkpoint at all', async () => {
    const { net } = smallTraining('eager')
    const path = newPath()
    await data.saveSafetensorsFile(path, net.stateDict())
    expect(await resumeFrom(path)).toMatchObject({ code: 'CHECKPOINT_INVALID' })
    expect(await resumeFrom(written(bytes), 'sgd')).toMatchObject({ code: 'CHECKPOINT_MISMATCH' })
    const wider = nn.linear(3, 5)
    await expect(train.loadCheckpoint(written(bytes), { module: wider })).rejects.toMatchObject({
      code: 'STATE_DICT_MISMATCH',
    })
  })

  test('what a later part refuses is taken back in those before it', async () => {
    const { net, optimizer } = smallTraining('eager', 29)
    const before = bitsOf({ net, optimizer, step: () => tensor(0) })
    const picky = { stateDict: () => ({}), loadStateDict: () => {} }
    const path = newPath()
    const saved = train.checkpoint({ path, module: net, optimizer, more: { picky } })
    const { step } = smallTraining('eager')
    await train.fit(step, batches, { epochs: 1, ...quiet, callbacks: [saved] })
    const changed = smallTraining('eager', 31)
    const bits = bitsOf(changed)
    const refusing = {
      stateDict: () => ({}),
      loadStateDict: (): void => {
        if (Object.keys(before).length > 0 && refusals++ === 0) throw new Error('no')
      },
    }
    let refusals = 0
    const parts = { module: changed.net, optimizer: changed.optimizer, more: { picky: refusing } }
    await expect(train.loadCheckpoint(path, parts)).rejects.toThrow('no')
    expect(bitsOf(changed)).toEqual(bits)
  })
})

/** The batches in an order that depends on the epoch and a seed, neither of which comes from outside. */
class CountingLoader {
  readonly length = 5
  #epoch = 0
  #position = 0
  #isResumed = false
  #seed: number

  constructor(seed: number) {
    this.#seed = seed
  }

  *[Symbol.iterator](): Generator<Batch> {
    if (!this.#isResumed) this.#position = 0
    this.#isResumed = false
    while (this.#position < 5) yield batches[(this.#seed + 3 * this.#epoch + this.#position++) % 5]!
    this.#epoch++
    this.#position = 0
  }

  stateDict(): Record<string, unknown> {
    return { seed: this.#seed, epoch: this.#epoch, position: this.#position }
  }

  loadStateDict(dict: Readonly<Record<string, unknown>>): void {
    this.#seed = Number(dict['seed'])
    this.#epoch = Number(dict['epoch'])
    this.#position = Number(dict['position'])
    this.#isResumed = true
  }
}

describe('with a data loader', () => {
  const [xs, ys] = [
    tensor(Array.from({ length: 20 }, (_, i) => [i / 20, 1, -i / 10])),
    tensor(Array.from({ length: 20 }, (_, i) => [i / 7])),
  ]
  const waits = {
    length: 20,
    get: async (i: number): Promise<[Tensor, Tensor]> => [await Promise.resolve(xs.at(i).get()), ys.at(i).get()],
  }

  test.each([
    ['of tensors', () => data.dataLoader([xs, ys], { batchSize: 4, shuffle: true, seed: 5 })],
    [
      'of a data set that answers with promises',
      () => data.dataLoader(waits, { batchSize: 4, shuffle: true, seed: 5 }),
    ],
  ] as const)('%s, training goes on in the middle of an epoch', async (_, makeLoader) => {
    const run = async (stops: readonly number[]): Promise<unknown> => {
      const path = newPath()
      let last: unknown
      for (const stop of stops) {
        const training = smallTraining('eager')
        const { net: module, optimizer } = training
        const callbacks = [train.checkpoint({ path, module, optimizer, resume: true }), stopAt(stop)]
        const history = await train.fit(training.step, makeLoader() as train.Loader<Batch>, {
          epochs: 3,
          ...quiet,
          callbacks,
        })
        last = { bits: bitsOf(training), course: course(history) }
      }
      return last
    }
    const whole = await run([100])
    expect(whole).toMatchObject({ course: { steps: 15 } })
    expect(await run([7, 100])).toEqual(whole)
    expect(await run([3, 10, 100])).toEqual(whole)
  })
})
