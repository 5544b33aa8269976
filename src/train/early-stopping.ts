import { GryphError } from '../base/errors.ts'
import { Tensor } from '../frontend/tensor.ts'
import { checkOptions } from '../ops/calls/options.ts'
import type { Callback, Run } from './callback.ts'
import { numberInvalid, shown } from './errors.ts'
import { numberText, type EpochRecord } from './history.ts'
import { isBetter, monitored, worst, type MonitorMode } from './monitor.ts'
import { checkStateful, type Stateful } from './stateful.ts'

/** Options of `earlyStopping`. */
export interface EarlyStoppingOptions {
  /** 'loss', or a metric of the epochs. Default 'loss'. */
  readonly monitor?: string
  /** Whether less or more of it is better. Default 'min'. */
  readonly mode?: MonitorMode
  /** After how many epochs in a row that are not better to stop. Default 3. */
  readonly patience?: number
  /** What counts as better: by more than this. Default 0. */
  readonly minDelta?: number
  /** A module that is given the parameters of the best epoch when training ends, unless somebody else stopped it. */
  readonly restoreBest?: Stateful
}

const optionNames: readonly (keyof EarlyStoppingOptions)[] = ['monitor', 'mode', 'patience', 'minDelta', 'restoreBest']
const bestPrefix = 'best.'

/** Stops when epochs get no better. */
export class EarlyStopping implements Callback {
  readonly name = 'earlyStopping'
  readonly #monitor: string
  readonly #mode: MonitorMode
  readonly #patience: number
  readonly #minDelta: number
  readonly #module: Stateful | undefined
  #best: number
  #bestEpoch = 0
  #badEpochs = 0
  #bestState: Readonly<Record<string, unknown>> | undefined
  #reason: string | undefined

  /** @throws NUMBER_INVALID, NOT_STATEFUL, OPTION_INVALID */
  constructor(options: EarlyStoppingOptions = {}) {
    checkOptions('earlyStopping', options, optionNames)
    const { monitor = 'loss', mode = 'min', patience = 3, minDelta = 0, restoreBest } = options
    checkMode('earlyStopping', mode)
    if (!Number.isSafeInteger(patience) || patience < 1)
      throw numberInvalid('earlyStopping', 'patience', patience, 'a whole number of at least 1')
    if (!(minDelta >= 0 && minDelta < Infinity))
      throw numberInvalid('earlyStopping', 'minDelta', minDelta, 'a number of at least 0')
    this.#monitor = monitor
    this.#mode = mode
    this.#patience = patience
    this.#minDelta = minDelta
    this.#module = restoreBest === undefined ? undefined : checkStateful('earlyStopping', 'restoreBest', restoreBest)
    this.#best = worst(mode)
  }

  /** Counts from 1; 0 before the first that is not NaN. */
  get bestEpoch(): number {
    return this.#bestEpoch
  }

  onReset(): void {
    this.loadStateDict({ best: worst(this.#mode), bestEpoch: 0, badEpochs: 0 })
  }

  onEpochEnd(run: Run, record: EpochRecord): void {
    const value = monitored('earlyStopping', this.#monitor, record)
    if (isBetter(value, this.#best, this.#mode, this.#minDelta)) {
      this.#best = value
      this.#bestEpoch = record.epoch
      this.#badEpochs = 0
      this.#bestState = this.#module?.stateDict()
      return
    }
    this.#badEpochs++
    this.#stopIfOver(run)
  }

  /** A training that was over is over when it is resumed. */
  onBegin(run: Run): void {
    this.#stopIfOver(run)
  }

  #stopIfOver(run: Run): void {
    if (this.#badEpochs < this.#patience) return
    this.#reason =
      this.#bestEpoch === 0
        ? `${this.#monitor} was ${this.#mode === 'min' ? 'NaN or Infinity' : 'NaN or -Infinity'} in every epoch`
        : `${this.#monitor} was best in epoch ${this.#bestEpoch}, ${numberText(this.#best)}`
    run.stop(this.#reason)
  }

  onEnd({ stopReason }: Run): void {
    if (this.#bestState && (stopReason === undefined || stopReason === this.#reason))
      this.#module!.loadStateDict(this.#bestState as never) // it gave it
  }

  stateDict(): Record<string, unknown> {
    const best = Object.entries(this.#bestState ?? {}).map(([name, value]) => [`${bestPrefix}${name}`, value])
    return { best: this.#best, bestEpoch: this.#bestEpoch, badEpochs: this.#badEpochs, ...Object.fromEntries(best) }
  }

  loadStateDict(dict: Readonly<Record<string, unknown>>): void {
    this.#best = Number(dict['best'])
    this.#bestEpoch = Number(dict['bestEpoch'])
    this.#badEpochs = Number(dict['badEpochs'])
    const best = Object.entries(dict).filter(([name]) => name.startsWith(bestPrefix))
    const hasTensors = best.some(([, value]) => value instanceof Tensor)
    this.#bestState = hasTensors
      ? Object.fromEntries(best.map(([name, value]) => [name.slice(bestPrefix.length), value]))
      : undefined
  }
}

/** @throws OPTION_INVALID */
export function checkMode(where: string, mode: unknown): void {
  if (mode !== 'min' && mode !== 'max')
    throw new GryphError('OPTION_INVALID', `[${where}] mode is ${shown(mode)}. Use 'min' or 'max'.`)
}

/**
 * Ends a training whose epochs get no better.
 *
 * @throws NUMBER_INVALID, NOT_STATEFUL, OPTION_INVALID; and MONITOR_UNKNOWN after the first epoch
 * @example train.earlyStopping({ monitor: 'accuracy', mode: 'max', patience: 5, restoreBest: net })
 */
export const earlyStopping = (options?: EarlyStoppingOptions): EarlyStopping => new EarlyStopping(options)
