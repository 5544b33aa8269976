import type { Tensor } from '../../frontend/tensor.ts'
import { checkOptions } from '../../ops/calls/options.ts'
import { numberInvalid } from '../errors.ts'
import { classPairs, requireClass, requireSome, type Metric } from './metric.ts'

/** How often each class was taken for each other; prints as a table. */
export class Confusion {
  readonly names: readonly string[]
  /** `counts[right][predicted]` */
  readonly counts: readonly (readonly number[])[]

  constructor(counts: readonly (readonly number[])[], names: readonly string[]) {
    this.counts = counts
    this.names = names
  }

  get total(): number {
    return this.counts.reduce((sum, row) => sum + sumOf(row), 0)
  }

  /** Share of the examples on the diagonal. */
  get accuracy(): number {
    return this.counts.reduce((sum, row, i) => sum + row[i]!, 0) / this.total
  }

  /** Of what was predicted to be the class, the share that is; 0 where nothing was. */
  precision(label: number): number {
    return ratio(this.counts[label]![label]!, this.#predicted(label))
  }

  /** Of what is the class, the share that was predicted; 0 where nothing is. */
  recall(label: number): number {
    return ratio(this.counts[label]![label]!, sumOf(this.counts[label]!))
  }

  /** Harmonic mean of precision and recall. */
  f1(label: number): number {
    return ratio(2 * this.counts[label]![label]!, sumOf(this.counts[label]!) + this.#predicted(label))
  }

  toString(): string {
    const { names, counts } = this
    const header = ['right \\ predicted', ...names, 'recall']
    const rows = counts.map((row, i) => [
      names[i]!,
      ...row.map((count) => (count === 0 ? '·' : String(count))),
      percent(this.recall(i)),
    ])
    const last = ['precision', ...names.map((_, i) => percent(this.precision(i))), percent(this.accuracy)]
    const cells = [header, ...rows, last]
    const widths = header.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)))
    const line = (row: readonly string[]): string =>
      row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  ')
    return cells.map(line).join('\n')
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }

  #predicted(label: number): number {
    return this.counts.reduce((sum, row) => sum + row[label]!, 0)
  }
}

/** Options of `confusionMatrix`. */
export interface ConfusionOptions {
  /** What to call the classes. Default: their numbers. */
  readonly names?: readonly string[]
  /** Probabilities above it mean class 1, where predictions have the shape of the targets. Default 0.5. */
  readonly threshold?: number
}

class ConfusionMatrix implements Metric<Confusion> {
  readonly #where: string
  readonly #classCount: number
  readonly #options: ConfusionOptions
  #counts: number[][] = []
  #total = 0

  constructor(where: string, classCount: number, options: ConfusionOptions) {
    if (!Number.isSafeInteger(classCount) || classCount < 1)
      throw numberInvalid(where, 'classCount', classCount, 'a whole number of at least 1')
    this.#where = where
    this.#classCount = classCount
    this.#options = options
    this.reset()
  }

  update(prediction: Tensor, target: Tensor): void {
    const { predicted, right } = classPairs(this.#where, prediction, target, this.#options.threshold ?? 0.5)
    for (let i = 0; i < right.length; i++) {
      requireClass(this.#where, 'a target', right[i]!, this.#classCount)
      requireClass(this.#where, 'a prediction', predicted[i]!, this.#classCount)
    }
    for (let i = 0; i < right.length; i++) this.#counts[right[i]!]![predicted[i]!]!++
    this.#total += right.length
  }

  compute(): Confusion {
    requireSome(this.#where, this.#total)
    const names = Array.from({ length: this.#classCount }, (_, i) => this.#options.names?.[i] ?? String(i))
    return new Confusion(
      this.#counts.map((row) => [...row]),
      names,
    )
  }

  reset(): void {
    this.#counts = Array.from({ length: this.#classCount }, () => new Array<number>(this.#classCount).fill(0))
    this.#total = 0
  }
}

/** How often each class was taken for each other. @throws NUMBER_INVALID, and CLASS_OUT_OF_RANGE from `update` */
export function confusionMatrix(classCount: number, options: ConfusionOptions = {}): Metric<Confusion> {
  checkOptions('confusionMatrix', options, ['names', 'threshold'])
  return new ConfusionMatrix('confusionMatrix', classCount, options)
}

/** Options of `precision`, `recall` and `f1`. */
export interface ClassScoreOptions {
  /** Default 2. */
  readonly classCount?: number
  /** 'binary': of class 1. 'macro': the mean over all classes. Default 'binary' for two classes, otherwise 'macro'. */
  readonly average?: 'binary' | 'macro'
  /** Probabilities above it mean class 1, where predictions have the shape of the targets. Default 0.5. */
  readonly threshold?: number
}

function classScore(
  where: string,
  options: ClassScoreOptions,
  of: (confusion: Confusion, label: number) => number,
): Metric {
  checkOptions(where, options, ['classCount', 'average', 'threshold'])
  const { classCount = 2, average = classCount === 2 ? 'binary' : 'macro', threshold = 0.5 } = options
  const matrix = new ConfusionMatrix(where, classCount, { threshold })
  const isBinary = average === 'binary'
  if (isBinary && classCount !== 2) throw numberInvalid(where, 'classCount', classCount, "2, or average: 'macro'")
  return {
    update: (prediction, target) => matrix.update(prediction, target),
    reset: () => matrix.reset(),
    compute: () => {
      const confusion = matrix.compute()
      if (isBinary) return of(confusion, 1)
      return sumOf(confusion.names.map((_, label) => of(confusion, label))) / classCount
    },
  }
}

/** Of what was predicted to be a class, the share that is; 0 where nothing was. */
export const precision = (options: ClassScoreOptions = {}): Metric =>
  classScore('precision', options, (confusion, label) => confusion.precision(label))

/** Of what is a class, the share that was predicted; 0 where nothing is. */
export const recall = (options: ClassScoreOptions = {}): Metric =>
  classScore('recall', options, (confusion, label) => confusion.recall(label))

/** Harmonic mean of precision and recall. */
export const f1 = (options: ClassScoreOptions = {}): Metric =>
  classScore('f1', options, (confusion, label) => confusion.f1(label))

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0)
const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole)
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`
