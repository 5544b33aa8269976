import type { Run } from './callback.ts'
import { numberText } from './history.ts'

/** Where progress goes. */
export interface ProgressOptions {
  /** Takes text with its line ends. Default: the process's stderr, or the console of a page. */
  readonly write?: (text: string) => void
  /** Whether a line can be rewritten in place. Default: whether stderr is a terminal. */
  readonly isTerminal?: boolean
  /** Least time between two lines. Default 100 on a terminal, 2000 elsewhere. */
  readonly everyMs?: number
}

const hasStderr = (): boolean => typeof process === 'object' && typeof process.stderr?.write === 'function'

/** Says how far a training is: one line that changes on a terminal, otherwise a plain line now and then. */
export class ProgressLine {
  readonly everyMs: number
  readonly #write: (text: string) => void
  readonly #isTerminal: boolean
  #lastMs = -Infinity
  #lastText = ''
  /** Whether a line that can be rewritten is on the screen. */
  #isOpen = false
  #startMs = 0
  #startStep = 0
  #rate = 0
  #rateMs = 0
  #rateStep = 0

  constructor(options: ProgressOptions = {}) {
    this.#isTerminal = options.isTerminal ?? (options.write === undefined && hasStderr() && process.stderr.isTTY)
    this.everyMs = options.everyMs ?? (this.#isTerminal ? 100 : 2000)
    this.#write = options.write ?? writeToProcess
  }

  begin({ step }: Run, nowMs: number): void {
    this.#startMs = this.#rateMs = this.#lastMs = nowMs
    this.#startStep = this.#rateStep = step
  }

  /** Shows the state, unless the last line is too fresh. */
  show(run: Run, nowMs: number): void {
    if (nowMs - this.#lastMs >= this.everyMs) this.#put(this.#text(run, nowMs), nowMs)
  }

  /** The last line, which stays. */
  end(run: Run, nowMs: number): void {
    const text = this.#text(run, nowMs)
    if (this.#isTerminal || text !== this.#lastText) this.#put(text, nowMs)
    this.close()
  }

  /** Whatever is written next begins on a line of its own. */
  close(): void {
    if (this.#isOpen) this.#write('\n')
    this.#isOpen = false
  }

  print(line: string): void {
    this.#write(this.#isOpen ? `\r\x1b[K${line}\n` : `${line}\n`)
    if (this.#isOpen) this.#write(this.#lastText)
  }

  #put(text: string, nowMs: number): void {
    const columns = hasStderr() ? process.stderr.columns : undefined
    const shown = this.#isTerminal && columns ? text.slice(0, Math.max(columns - 1, 1)) : text
    this.#write(this.#isTerminal ? `\r\x1b[K${shown}` : `${shown}\n`)
    this.#isOpen = this.#isTerminal
    this.#lastText = text
    this.#lastMs = nowMs
  }

  #text(run: Run, nowMs: number): string {
    const { epoch, epochs, stepInEpoch, stepsPerEpoch, loss, history } = run
    const last = history.epochs.at(-1)
    const isBetween = stepInEpoch === 0 || last?.epoch === epoch
    const shown = isBetween && last ? last : undefined
    const steps = shown ? [] : [`${stepInEpoch}${stepsPerEpoch === undefined ? '' : `/${stepsPerEpoch}`}`]
    const metrics = Object.entries({ ...last?.metrics }).map(([name, value]) => `${name} ${numberText(value)}`)
    return [
      `epoch ${shown?.epoch ?? Math.min(epoch, epochs)}/${epochs}`,
      ...steps,
      `${rateText(this.#stepsPerSecond(run, nowMs))} steps/s`,
      `loss ${numberText(shown?.loss ?? loss)}`,
      ...metrics,
      ...this.#timeLeft(run, nowMs),
    ].join('  ')
  }

  /** Of the last lines more than of those before. */
  #stepsPerSecond({ step }: Run, nowMs: number): number {
    const seconds = (nowMs - this.#rateMs) / 1000
    if (seconds <= 0 || step === this.#rateStep) return this.#rate
    const rate = (step - this.#rateStep) / seconds
    this.#rate = this.#rate === 0 ? rate : 0.5 * this.#rate + 0.5 * rate
    this.#rateMs = nowMs
    this.#rateStep = step
    return this.#rate
  }

  #timeLeft({ epochs, epoch, stepInEpoch, stepsPerEpoch, step, history, stopReason }: Run, nowMs: number): string[] {
    const done = step - this.#startStep
    if (stopReason !== undefined) return [`stopped: ${stopReason}`]
    if (stepsPerEpoch === undefined || done === 0) return []
    const isDone = history.epochs.at(-1)?.epoch === epoch
    const left = Math.max((epochs - epoch + 1) * stepsPerEpoch - (isDone ? stepsPerEpoch : stepInEpoch), 0)
    if (left === 0) return []
    return [`${durationText((left * (nowMs - this.#startMs)) / done / 1000)} left`]
  }
}

const rateText = (rate: number): string => (rate >= 100 ? rate.toFixed(0) : rate.toPrecision(3))

/** 0:07, 12:30, 1:02:03. */
export function durationText(seconds: number): string {
  const whole = Math.ceil(seconds)
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60]
  const two = (value: number): string => String(value).padStart(2, '0')
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`
}

function writeToProcess(text: string): void {
  if (hasStderr()) process.stderr.write(text)
  else console.log(text.replace(/\n$/, ''))
}
