import type { Tensor } from '../frontend/tensor.ts'
import type { EpochRecord, History } from './history.ts'

/** How a training is going, as callbacks see it. Epochs count from 1; `step` counts the completed steps of all epochs. */
export interface Run {
  /** The epoch under way; before the first and after the last, the one that is next. */
  readonly epoch: number
  readonly epochs: number
  readonly step: number
  readonly stepInEpoch: number
  /** Undefined until the first epoch has ended, where the loader has no `length`. */
  readonly stepsPerEpoch: number | undefined
  /** Of the last step; NaN before the first. */
  readonly loss: number
  /** What the last step gave besides its loss. */
  readonly stepMetrics: Readonly<Record<string, number>>
  /** The epochs so far, those of a resumed training too. */
  readonly history: History
  readonly callbacks: readonly Callback[]
  /** What `fit` was given. */
  readonly loader: unknown
  /** Why training ends early, once `stop` has been called. */
  readonly stopReason: string | undefined
  /** Adds a number to the record of the epoch that ends, where `metrics` of the history has it. @throws METRIC_INVALID for loss, epoch, step and seconds */
  record(name: string, value: number): void
  /** Ends training after this step, or after this epoch's callbacks. */
  stop(reason: string): void
  /** Writes a line that the progress line does not overwrite. */
  print(line: string): void
}

/** A step that threw, with everything as it was before it. */
export interface StepFailure {
  readonly error: unknown
  readonly step: (...batch: never[]) => unknown
  readonly batch: readonly unknown[]
}

type Awaitable = void | Promise<void>

/**
 * What happens beside the steps of a training. Callbacks are called in the order of their list, and waited for; one that throws ends the
 * training, with parameters and state as the last completed step left them.
 *
 * @example const log: train.Callback = { onEpochEnd: (run, { loss }) => console.log(run.epoch, loss) }
 */
export interface Callback {
  /** Its name in checkpoints, where it has state; default: that of its class. */
  readonly name?: string
  /** A training begins, new or resumed: what was kept of another one is forgotten. */
  onReset?(run: Run): Awaitable
  /** After `onReset` and before `onBegin` of all callbacks: a training that goes on is put back to where it was. */
  onRestore?(run: Run): Awaitable
  onBegin?(run: Run): Awaitable
  onEpochBegin?(run: Run): Awaitable
  /** After each step. */
  onStep?(run: Run): Awaitable
  /** After each epoch and its validation. */
  onEpochEnd?(run: Run, record: EpochRecord): Awaitable
  /** After `onStep` or `onEpochEnd` of all callbacks: everything is in order to be saved. */
  onSettled?(run: Run, at: 'step' | 'epoch'): Awaitable
  /** After the last step, also where training was stopped, but not where it failed. */
  onEnd?(run: Run): Awaitable
  /** After a failure; the error is thrown on. */
  onError?(run: Run, error: unknown): Awaitable
  /** What has to be finite after each step besides its loss, by name. A step that leaves NaN or an infinity there fails, and has changed nothing. */
  watched?(): readonly (readonly [name: string, tensor: Tensor])[]
  /** May give another error for a step that failed. */
  explainFailure?(run: Run, failure: StepFailure): unknown
  /** What a checkpoint keeps of the callback: numbers, strings, arrays and objects of them, and tensors. */
  stateDict?(): Record<string, unknown>
  loadStateDict?(dict: Readonly<Record<string, unknown>>): void
}
