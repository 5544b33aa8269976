import type { ProgramMarks } from '../../compile/program-marks.ts'

/** Times of one part of a call, over all profiled calls. */
export interface PartTimes {
  totalMs: number
  minMs: number
  maxMs: number
  /** Sum of the times of whichever thread took longest; the others are the caller's. */
  slowestMs: number
}

/** One call as a timeline, on the clock of `performance.now()`. */
export interface CallTimeline {
  readonly start: number
  /** When the arguments were in place, when the program was done, and when the results were taken out. */
  readonly enter: number
  readonly leave: number
  readonly end: number
  /** As `ProgramMarks.read` gives them. */
  readonly marks: Float64Array
}

/** How many of the latest calls are kept whole, for a trace. */
const keptCalls = 16

/** Where the time of one program's calls goes. Memory is bounded: sums for each kernel, and a few whole calls. */
export class CallProfile {
  calls = 0
  readonly marks: ProgramMarks
  readonly total = noTimes()
  readonly arguments = noTimes()
  readonly results = noTimes()
  /** Between the kernels: threads meeting each other, and the notes themselves. */
  readonly rest = noTimes()
  readonly kernels: readonly PartTimes[]
  readonly recent: CallTimeline[] = []
  #start = 0
  #enter = 0
  #leave = 0

  constructor(marks: ProgramMarks) {
    this.marks = marks
    this.kernels = Array.from({ length: marks.kernels }, noTimes)
  }

  /** A call has begun; one that fails never comes to `end`, and is not counted. */
  begin(): void {
    this.#start = performance.now()
  }

  /** The arguments are in place. */
  enterProgram(): void {
    this.marks.clear()
    this.#enter = performance.now()
  }

  leaveProgram(): void {
    this.#leave = performance.now()
  }

  end(): void {
    const [end, enter, leave, start] = [performance.now(), this.#enter, this.#leave, this.#start]
    const marks = this.marks.read()
    this.calls++
    addTime(this.total, end - start)
    addTime(this.arguments, enter - start)
    addTime(this.results, end - leave)
    addTime(this.rest, leave - enter - this.#addKernels(marks))
    if (this.recent.length === keptCalls) this.recent.shift()
    this.recent.push({ start, enter, leave, end, marks })
  }

  reset(): void {
    this.calls = 0
    this.recent.length = 0
    for (const times of [this.total, this.arguments, this.results, this.rest, ...this.kernels])
      Object.assign(times, noTimes())
  }

  /** Returns the caller's time in all kernels. */
  #addKernels(marks: Float64Array): number {
    const { threads, wordsPerThread } = this.marks
    let sum = 0
    this.kernels.forEach((times, kernel) => {
      let slowest = 0
      for (let thread = 0; thread < threads; thread++) {
        const at = thread * wordsPerThread + 2 * kernel
        slowest = Math.max(slowest, marks[at + 1]! - marks[at]!)
      }
      const own = marks[2 * kernel + 1]! - marks[2 * kernel]!
      addTime(times, own, slowest)
      sum += own
    })
    return sum
  }
}

const noTimes = (): PartTimes => ({ totalMs: 0, minMs: Infinity, maxMs: 0, slowestMs: 0 })

function addTime(times: PartTimes, ms: number, slowest = ms): void {
  times.totalMs += ms
  times.minMs = Math.min(times.minMs, ms)
  times.maxMs = Math.max(times.maxMs, ms)
  times.slowestMs += slowest
}
