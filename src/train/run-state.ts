import type { Callback, Run } from './callback.ts'
import { metricNameTaken } from './errors.ts'
import { History, type EpochRecord } from './history.ts'
import type { ProgressLine } from './progress.ts'

/** Where a training is: what a checkpoint has to know of it, besides tensors. */
export interface Position {
  readonly epoch: number
  readonly step: number
  readonly stepInEpoch: number
  readonly epochs: readonly EpochRecord[]
  /** Of the epoch under way. */
  readonly sums: Readonly<Record<string, number>>
  /** How many steps gave each of them besides the loss. */
  readonly counts: Readonly<Record<string, number>>
  readonly seconds: number
  /** State of the generator when the epoch under way began, from which a loader drew its order; undefined between epochs. */
  readonly epochRandom: readonly number[] | undefined
}

/** The name under which the sum of the losses goes; no result of a step has it. */
export const lossName = 'loss'

/** What epochs have besides metrics: a log has one column for each name. */
const takenNames: ReadonlySet<string> = new Set(['epoch', 'step', lossName, 'seconds'])

function checkMetricName(name: string): void {
  if (takenNames.has(name)) throw metricNameTaken(name)
}

/** The state of a training, and what callbacks may do with it. */
export class RunState implements Run {
  epoch = 1
  step = 0
  stepInEpoch = 0
  stepsPerEpoch: number | undefined
  loss = NaN
  stepMetrics: Record<string, number> = {}
  stopReason: string | undefined
  /** Training time of the epoch under way that earlier processes spent. */
  secondsBefore = 0
  /** When this process began with the epoch under way. */
  epochStartMs = 0
  /** Sum of the losses of the epoch under way, and of what else steps gave. */
  lossSum = 0
  sums: Record<string, number> = {}
  counts: Record<string, number> = {}
  epochRandom: readonly number[] | undefined
  /** Whether the loader itself goes on where an epoch was broken off. */
  hasLoaderPosition = false
  readonly epochs: number
  readonly callbacks: readonly Callback[]
  readonly loader: unknown
  readonly #progress: ProgressLine | undefined
  /** Added to in place: trainings of one step an epoch have very many. */
  #records: EpochRecord[] = []
  #recorded: Record<string, number> = {}

  constructor(epochs: number, callbacks: readonly Callback[], loader: unknown, progress: ProgressLine | undefined) {
    this.epochs = epochs
    this.callbacks = callbacks
    this.loader = loader
    this.#progress = progress
  }

  get history(): History {
    return new History(this.#records, this.step, this.stopReason)
  }

  /** @throws METRIC_INVALID */
  record(name: string, value: number): void {
    checkMetricName(name)
    this.#recorded[name] = value
    const last = this.#records.at(-1)
    if (!last || last.epoch !== this.epoch) return
    this.#records[this.#records.length - 1] = { ...last, metrics: { ...last.metrics, [name]: value } }
  }

  stop(reason: string): void {
    this.stopReason ??= reason
  }

  print(line: string): void {
    if (this.#progress) this.#progress.print(line)
    else console.log(line)
  }

  beginEpoch(nowMs: number): void {
    this.epochStartMs = nowMs
    this.#recorded = {}
  }

  /** Notes what a step gave. */
  endStep(loss: number): void {
    this.loss = loss
    this.lossSum += loss
    this.step++
    this.stepInEpoch++
  }

  noteStepMetrics(metrics: Record<string, number>): void {
    this.stepMetrics = metrics
    for (const [name, value] of Object.entries(metrics)) {
      if (!(name in this.sums)) checkMetricName(name)
      this.sums[name] = (this.sums[name] ?? 0) + value
      this.counts[name] = (this.counts[name] ?? 0) + 1
    }
  }

  /** The record of the epoch whose last step is done; callbacks add to its metrics. */
  endEpoch(nowMs: number): void {
    const { epoch, step, stepInEpoch, lossSum } = this
    const means = Object.fromEntries(Object.entries(this.sums).map(([name, sum]) => [name, sum / this.counts[name]!]))
    const seconds = this.#seconds(nowMs)
    this.#records.push({ epoch, step, loss: lossSum / stepInEpoch, seconds, metrics: { ...means, ...this.#recorded } })
    this.stepsPerEpoch = stepInEpoch
  }

  get lastRecord(): EpochRecord {
    return this.#records.at(-1)!
  }

  /** Between epochs. */
  nextEpoch(): void {
    this.epoch++
    this.stepInEpoch = 0
    this.lossSum = 0
    this.sums = {}
    this.counts = {}
    this.secondsBefore = 0
    this.epochRandom = undefined
  }

  position(nowMs: number): Position {
    const { epoch, step, stepInEpoch, epochRandom } = this
    const isBetween = epochRandom === undefined
    const seconds = isBetween ? 0 : this.#seconds(nowMs)
    return {
      epoch,
      step,
      stepInEpoch,
      epochs: this.#records,
      sums: { ...this.sums, [lossName]: this.lossSum },
      counts: { ...this.counts },
      seconds,
      epochRandom,
    }
  }

  moveTo({ epoch, step, stepInEpoch, epochs, sums, counts, seconds, epochRandom }: Position): void {
    const { [lossName]: lossSum = 0, ...others } = sums
    const place = { epoch, step, stepInEpoch, lossSum, sums: others, counts: { ...counts } }
    Object.assign(this, { ...place, secondsBefore: seconds, epochRandom })
    this.#records = [...epochs]
  }

  #seconds(nowMs: number): number {
    return this.secondsBefore + (nowMs - this.epochStartMs) / 1000
  }
}
