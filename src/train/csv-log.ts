import { GryphError } from '../base/errors.ts'
import { checkOptions } from '../ops/calls/options.ts'
import type { Callback, Run } from './callback.ts'
import { pathInvalid } from './checkpoint-errors.ts'
import { numberInvalid, shown } from './errors.ts'
import { LogFile } from './log-file.ts'

/** Options of `csvLog`. */
export interface CsvLogOptions {
  readonly path: string
  /** A row after so many steps, instead of after each epoch. */
  readonly everySteps?: number
}

/** Writes a table of epochs or steps. */
class CsvLog implements Callback {
  readonly name = 'csvLog'
  readonly #file: LogFile
  readonly #everySteps: number | undefined
  /** Undefined until the first row tells what metrics there are. */
  #columns: readonly string[] | undefined
  #startMs = 0

  constructor({ path, everySteps }: CsvLogOptions) {
    if (typeof path !== 'string' || path === '') throw pathInvalid('csvLog', shown(path))
    if (everySteps !== undefined && !(Number.isSafeInteger(everySteps) && everySteps >= 1))
      throw numberInvalid('csvLog', 'everySteps', everySteps, 'a whole number of at least 1')
    this.#file = new LogFile('csvLog', path)
    this.#everySteps = everySteps
  }

  async onBegin(run: Run): Promise<void> {
    await this.#file.open()
    this.#columns = undefined
    this.#startMs = performance.now()
    const before = run.step > 0 ? this.#file.read() : undefined
    if (before === undefined) return this.#file.replace('')
    // What came after the checkpoint comes again.
    const [header = '', ...rows] = before.split('\n').filter((line) => line !== '')
    const kept = rows.filter((row) => Number(row.split(',')[1]) <= run.step)
    this.#columns = header === '' ? undefined : header.split(',')
    await this.#file.replace([header, ...kept].map((line) => `${line}\n`).join(''))
  }

  onStep({ epoch, step, loss, stepMetrics }: Run): void {
    if (this.#everySteps === undefined || step % this.#everySteps !== 0) return
    this.#add({ epoch, step, loss, seconds: (performance.now() - this.#startMs) / 1000, ...stepMetrics })
  }

  /** After the callbacks that add to the record. */
  onSettled({ history }: Run, at: 'step' | 'epoch'): void {
    const record = history.epochs.at(-1)
    if (at === 'step' || this.#everySteps !== undefined || !record) return
    const { epoch, step, loss, seconds, metrics } = record
    this.#add({ epoch, step, loss, seconds, ...metrics })
  }

  #add(row: Readonly<Record<string, number>>): void {
    const isNew = this.#columns === undefined
    this.#columns ??= Object.keys(row)
    const unknown = Object.keys(row).filter((name) => !this.#columns!.includes(name))
    if (unknown.length > 0) throw columnUnknown(this.#file.path, unknown[0]!)
    const cells = this.#columns.map((name) => (name in row ? String(row[name]) : ''))
    this.#file.add(`${isNew ? `${this.#columns.map(quoted).join(',')}\n` : ''}${cells.join(',')}\n`)
  }
}

/** RFC 4180. Names with a line end or a comma are not read back by `onBegin`, so they lose both. */
const quoted = (name: string): string => name.replace(/[\r\n,"]+/g, ' ')

const columnUnknown = (path: string, name: string): GryphError =>
  new GryphError(
    'COLUMN_UNKNOWN',
    `[csvLog] ${path} has no column ${JSON.stringify(name)}, which came after its first row was written. Give every epoch the same metrics.`,
  )

/**
 * Writes a row of epoch, step, loss, seconds and metrics to a CSV file after each epoch, or after so many steps. A resumed training goes on
 * with the file; another one begins it anew.
 *
 * @throws OPTION_INVALID, NUMBER_INVALID; and from `fit` FILE_UNWRITABLE, COLUMN_UNKNOWN
 */
export function csvLog(options: CsvLogOptions): Callback {
  checkOptions('csvLog', options, ['path', 'everySteps'], true)
  return new CsvLog(options)
}
