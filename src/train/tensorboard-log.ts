import { checkOptions } from '../ops/calls/options.ts'
import type { Callback, Run } from './callback.ts'
import { pathInvalid } from './checkpoint-errors.ts'
import { numberInvalid, shown } from './errors.ts'
import { LogFile } from './log-file.ts'
import { recordOfEvent, scalarEvent, versionEvent, type Scalar } from './tensorboard-event.ts'

/** Options of `tensorboardLog`. */
export interface TensorboardLogOptions {
  /** A file of its own is made there for each training. */
  readonly folder: string
  /** Also the loss and metrics of steps, after each so many. */
  readonly everySteps?: number
}

let files = 0

/** Writes event files. */
class TensorboardLog implements Callback {
  readonly name = 'tensorboardLog'
  readonly #folder: string
  readonly #everySteps: number | undefined
  #file: LogFile | undefined

  constructor({ folder, everySteps }: TensorboardLogOptions) {
    if (typeof folder !== 'string' || folder === '') throw pathInvalid('tensorboardLog', shown(folder))
    if (everySteps !== undefined && !(Number.isSafeInteger(everySteps) && everySteps >= 1))
      throw numberInvalid('tensorboardLog', 'everySteps', everySteps, 'a whole number of at least 1')
    this.#folder = folder.replace(/(?<=.)\/+$/, '')
    this.#everySteps = everySteps
  }

  async onBegin(): Promise<void> {
    const seconds = Date.now() / 1000
    // The name says when, and which of several begun in one second; its beginning tells readers what it is.
    const name = `events.out.tfevents.${Math.floor(seconds)}.gryph.${typeof process === 'object' ? process.pid : 0}.${files++}`
    this.#file = new LogFile('tensorboardLog', `${this.#folder}/${name}`)
    await this.#file.open()
    this.#file.add(recordOfEvent(versionEvent(seconds)))
  }

  onStep({ step, loss, stepMetrics }: Run): void {
    if (this.#everySteps === undefined || step % this.#everySteps !== 0) return
    const metrics = Object.entries(stepMetrics).map(([name, value]) => ({ tag: `step/${name}`, value }))
    this.#add(step, [{ tag: 'step/loss', value: loss }, ...metrics])
  }

  /** After the callbacks that add to the record. */
  onSettled({ history }: Run, at: 'step' | 'epoch'): void {
    const record = history.epochs.at(-1)
    if (at === 'step' || !record) return
    const { step, loss, seconds, metrics } = record
    const values = Object.entries({ loss, seconds, ...metrics }).map(([name, value]) => ({
      tag: `epoch/${name}`,
      value,
    }))
    this.#add(step, values)
  }

  #add(step: number, scalars: readonly Scalar[]): void {
    this.#file!.add(recordOfEvent(scalarEvent(Date.now() / 1000, step, scalars)))
  }
}

/**
 * Writes loss, seconds and metrics of each epoch as event files, for TensorBoard: `tensorboard --logdir folder`.
 *
 * @throws OPTION_INVALID, NUMBER_INVALID; and FILE_UNWRITABLE from `fit`
 */
export function tensorboardLog(options: TensorboardLogOptions): Callback {
  checkOptions('tensorboardLog', options, ['folder', 'everySteps'], true)
  return new TensorboardLog(options)
}
