import { context } from '../frontend/context.ts'
import { generatorWords } from '../frontend/random.ts'
import { Tensor } from '../frontend/tensor.ts'
import { checkOptions } from '../ops/calls/options.ts'
import type { Callback } from './callback.ts'
import {
  callbackInvalid,
  callbacksInvalid,
  epochsInvalid,
  inRecording,
  stepInvalid,
  validationInvalid,
} from './errors.ts'
import type { History } from './history.ts'
import { listenForInterrupt, nextTask } from './interrupt.ts'
import {
  argumentsOf,
  checkLoader,
  checkNotEmpty,
  isPromise,
  lengthOf,
  openBatches,
  type BatchArguments,
  type BatchIterator,
  type Loader,
} from './loader.ts'
import { ProgressLine, type ProgressOptions } from './progress.ts'
import { RunState } from './run-state.ts'
import { StepCall } from './step-call.ts'
import { lossOf, metricsOf, numberOf, type StepResult } from './step-result.ts'

/** Options of `fit`. */
export interface FitOptions {
  /** How often to go through the loader, with the epochs of a resumed training counted. */
  readonly epochs: number
  readonly callbacks?: readonly Callback[]
  /** Called after each epoch; the numbers, or tensors of one, in the object it returns become metrics of the epoch. See `evaluate`. */
  readonly validate?: (epoch: number) => object | Promise<object>
  /** Whether, and how, to say how far the training is. Default true. */
  readonly progress?: boolean | ProgressOptions
  /** Whether the first SIGINT ends the training after the step under way, as `stop` does. Default true. */
  readonly interruptible?: boolean
  /** Whether a step that is not hybridized is undone when it throws, which costs a copy of what each step changes. Default true. */
  readonly undo?: boolean
}

const optionNames: readonly (keyof FitOptions)[] = [
  'epochs',
  'callbacks',
  'validate',
  'progress',
  'interruptible',
  'undo',
]

/** How long steps may keep the event loop waiting. */
const yieldEveryMs = 50

/**
 * Trains: calls `step` with every batch of the loader, in every epoch. A batch that is an array becomes the step's arguments. A step that
 * throws leaves variables and gradients as they were before it, and fails the training.
 *
 * @throws STEP_INVALID, LOADER_INVALID, LOADER_EMPTY, EPOCHS_INVALID, LOSS_INVALID, CALLBACK_INVALID, METRIC_INVALID, and what the step or a callback throws
 * @example const history = await train.fit(hybridize(trainStep), batches, { epochs: 10 })
 */
export async function fit<B>(
  step: (...batch: BatchArguments<B>) => StepResult,
  loader: Loader<B>,
  options: FitOptions,
): Promise<History> {
  checkOptions('fit', options, optionNames, true)
  const { epochs, callbacks = [], validate, progress = true, interruptible = true, undo = true } = options
  if (typeof step !== 'function') throw stepInvalid(step)
  checkLoader('fit', loader)
  if (!Number.isSafeInteger(epochs) || epochs < 1) throw epochsInvalid(epochs)
  if (!Array.isArray(callbacks)) throw callbacksInvalid(callbacks)
  callbacks.forEach((callback: unknown, i) => {
    if (!isCallback(callback)) throw callbackInvalid(i, callback)
  })
  if (context.recorder) throw inRecording(context.recorder.functionName)
  const line = progress === false ? undefined : new ProgressLine(progress === true ? {} : progress)
  const state = new RunState(epochs, callbacks, loader, line)
  const training = new Training(step as (...batch: unknown[]) => unknown, loader, state, line, validate, undo) // batches of the loader are its arguments
  const stopListening = interruptible ? listenForInterrupt(() => state.stop('SIGINT')) : () => {}
  try {
    await training.run()
    return state.history
  } catch (error) {
    await tellOfError(state, error)
    throw error
  } finally {
    stopListening()
    line?.close()
  }
}

const hooks: readonly (keyof Callback)[] = [
  'onReset',
  'onRestore',
  'onBegin',
  'onEpochBegin',
  'onStep',
  'onEpochEnd',
  'onSettled',
  'onEnd',
  'onError',
  'watched',
  'explainFailure',
]

/** A scheduler, for instance, has no method that would ever be called. */
const isCallback = (given: unknown): boolean =>
  typeof given === 'object' &&
  given !== null &&
  hooks.some((hook) => typeof (given as Readonly<Record<string, unknown>>)[hook] === 'function') // only to be looked at

/** The error of the training is the one to throw, whatever callbacks make of it. */
async function tellOfError(state: RunState, error: unknown): Promise<void> {
  for (const callback of state.callbacks)
    try {
      await callback.onError?.(state, error)
    } catch (second) {
      state.print(`[fit] onError of ${callback.name ?? 'a callback'} failed too: ${String(second)}`)
    }
}

class Training {
  readonly #step: (...batch: unknown[]) => unknown
  readonly #loader: Loader<unknown>
  readonly #state: RunState
  readonly #line: ProgressLine | undefined
  readonly #validate: FitOptions['validate']
  readonly #stepCall: StepCall
  readonly #onStep: readonly Callback[]
  readonly #onSettled: readonly Callback[]
  #yieldMs = 0

  constructor(
    step: (...batch: unknown[]) => unknown,
    loader: Loader<unknown>,
    state: RunState,
    line: ProgressLine | undefined,
    validate: FitOptions['validate'],
    isUndone: boolean,
  ) {
    this.#step = step
    this.#loader = loader
    this.#state = state
    this.#line = line
    this.#validate = validate
    const { callbacks } = state
    const watching = callbacks.filter((callback) => typeof callback.watched === 'function')
    this.#stepCall = new StepCall(
      step,
      watching.length === 0 ? undefined : watching.flatMap((callback) => callback.watched!()),
      isUndone,
    )
    this.#onStep = callbacks.filter((callback) => typeof callback.onStep === 'function')
    this.#onSettled = callbacks.filter((callback) => typeof callback.onSettled === 'function')
  }

  async run(): Promise<void> {
    const state = this.#state
    try {
      for (const callback of state.callbacks) await callback.onReset?.(state)
      for (const callback of state.callbacks) await callback.onRestore?.(state)
      for (const callback of state.callbacks) await callback.onBegin?.(state)
      this.#yieldMs = performance.now()
      this.#line?.begin(state, this.#yieldMs)
      while (state.epoch <= state.epochs && state.stopReason === undefined) await this.#epoch()
      for (const callback of state.callbacks) await callback.onEnd?.(state)
      this.#line?.end(state, performance.now())
    } finally {
      this.#stepCall.end()
    }
  }

  async #epoch(): Promise<void> {
    const state = this.#state
    state.stepsPerEpoch ??= lengthOf(this.#loader)
    state.beginEpoch(performance.now())
    for (const callback of state.callbacks) await callback.onEpochBegin?.(state)
    const batches = await this.#openEpoch()
    let isDone = false
    try {
      isDone = await this.#steps(batches)
    } finally {
      if (!isDone) await batches.close()
    }
    if (!isDone) return
    checkNotEmpty('fit', state.stepInEpoch, state.epoch, this.#loader)
    state.endEpoch(performance.now())
    await this.#endEpoch()
  }

  /** In an epoch that was broken off, the batches that are done are gone through again unless the loader knows better; random numbers go on where they were. */
  async #openEpoch(): Promise<BatchIterator<unknown>> {
    const { epoch, stepInEpoch, epochRandom, hasLoaderPosition } = this.#state
    this.#state.hasLoaderPosition = false
    const now = generatorWords()
    this.#state.epochRandom ??= now
    if (hasLoaderPosition || !epochRandom) return openBatches('fit', this.#loader, epoch)
    generatorWords(epochRandom)
    const batches = await openBatches('fit', this.#loader, epoch)
    for (let skipped = 0; skipped < stepInEpoch; skipped++) await batches.next()
    generatorWords(now)
    return batches
  }

  /** Whether all batches are done. */
  async #steps(batches: BatchIterator<unknown>): Promise<boolean> {
    const state = this.#state
    for (;;) {
      if (state.stopReason !== undefined) return false
      const coming = batches.next()
      const next = isPromise(coming) ? await coming : coming
      if (next.done) return true
      try {
        this.#oneStep(next.value)
      } catch (error) {
        throw this.#explained(error, next.value)
      }
      for (const callback of this.#onStep) {
        const waiting = callback.onStep!(state)
        if (isPromise(waiting)) await waiting
      }
      for (const callback of this.#onSettled) {
        const waiting = callback.onSettled!(state, 'step')
        if (isPromise(waiting)) await waiting
      }
      const nowMs = performance.now()
      this.#line?.show(state, nowMs)
      if (nowMs - this.#yieldMs < yieldEveryMs) continue
      await nextTask()
      this.#yieldMs = performance.now()
    }
  }

  #oneStep(batch: unknown): void {
    const result = this.#stepCall.call(batch)
    const loss = numberOf(lossOf(result))
    const metrics = metricsOf(result)
    this.#state.endStep(loss)
    if (metrics) this.#state.noteStepMetrics(metrics)
  }

  #explained(error: unknown, batch: unknown): unknown {
    const failure = { error, step: this.#step, batch: argumentsOf(batch) }
    for (const callback of this.#state.callbacks) {
      const better = callback.explainFailure?.(this.#state, failure)
      if (better !== undefined) return better
    }
    return error
  }

  async #endEpoch(): Promise<void> {
    const state = this.#state
    const found: unknown = await this.#validate?.(state.epoch)
    if (found !== undefined && found !== null) {
      if (typeof found !== 'object' || found instanceof Tensor) throw validationInvalid(found)
      for (const [name, value] of Object.entries(found) as [string, unknown][])
        // of any
        if (typeof value === 'number' || (value instanceof Tensor && value.size === 1))
          state.record(name, numberOf(value))
    }
    for (const callback of state.callbacks) await callback.onEpochEnd?.(state, state.lastRecord)
    this.#line?.show(state, performance.now())
    state.nextEpoch()
    for (const callback of this.#onSettled) await callback.onSettled!(state, 'epoch')
  }
}
