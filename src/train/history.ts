/** What is known of a completed epoch. */
export interface EpochRecord {
  /** Counts from 1. */
  readonly epoch: number
  /** Completed steps, those of the epochs before included. */
  readonly step: number
  /** Mean of the losses of its steps. */
  readonly loss: number
  /** Time of its steps, loading included, validation and callbacks at its end not. */
  readonly seconds: number
  /** Means of what steps gave besides their loss, what validation found, and what callbacks recorded. */
  readonly metrics: Readonly<Record<string, number>>
}

/** The course of a training; prints as a table. */
export class History {
  readonly epochs: readonly EpochRecord[]
  /** Completed steps, those of an epoch that was broken off too. */
  readonly steps: number
  /** Why training ended before its last epoch; undefined where it did not. */
  readonly stopReason: string | undefined

  constructor(epochs: readonly EpochRecord[], steps: number, stopReason?: string) {
    this.epochs = epochs
    this.steps = steps
    this.stopReason = stopReason
  }

  /** Of each epoch. */
  get loss(): number[] {
    return this.epochs.map(({ loss }) => loss)
  }

  /** Training time of all epochs. */
  get seconds(): number {
    return this.epochs.reduce((sum, { seconds }) => sum + seconds, 0)
  }

  /** Of each epoch, by name; NaN where an epoch has no such metric. */
  get metrics(): Record<string, number[]> {
    const names = [...new Set(this.epochs.flatMap(({ metrics }) => Object.keys(metrics)))]
    return Object.fromEntries(names.map((name) => [name, this.epochs.map(({ metrics }) => metrics[name] ?? NaN)]))
  }

  toString(): string {
    const metrics = Object.entries(this.metrics)
    const rows = [
      ['epoch', 'loss', ...metrics.map(([name]) => name), 'seconds'],
      ...this.epochs.map(({ epoch, loss, seconds }, i) => [
        String(epoch),
        numberText(loss),
        ...metrics.map(([, values]) => numberText(values[i]!)),
        seconds.toFixed(2),
      ]),
    ]
    const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
    const lines = rows.map((row) => row.map((cell, column) => cell.padStart(widths[column]!)).join('  '))
    if (this.stopReason !== undefined) lines.push(`stopped: ${this.stopReason}`)
    return lines.join('\n')
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
}

/** Four digits, for people. */
export function numberText(value: number): string {
  const size = Math.abs(value)
  if (size !== 0 && Number.isFinite(value) && (size < 1e-3 || size >= 1e5)) return value.toExponential(3)
  return Number.isInteger(value) ? String(value) : value.toPrecision(4)
}
