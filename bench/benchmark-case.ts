/** One thing to time, in one mode or in both. */
export interface BenchmarkCase {
  readonly name: string
  /** Multiplications and additions of one run, for cases bound by arithmetic. */
  readonly flops?: number
  /** Makes what is timed, with its own state. Not part of the time. */
  readonly make: () => Runs
}

/** The same work in two modes, or in the one that there is. */
export interface Runs {
  readonly eager?: () => unknown
  readonly compiled?: () => unknown
}
