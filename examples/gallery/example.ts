import { hybridize, type HybridizeOptions } from 'gryph'
import type { Figure } from './figure.ts'

/** The parts of the gallery, in its order. */
export const sections = ['Optimization', 'Optimizers on real data', 'Networks', 'Imperative and symbolic'] as const
export type Section = (typeof sections)[number]

/**
 * One section of the course: `examples/<name>.ts` exports it as `example` and ends with `await runAlone(example, import.meta.url)`.
 * The same object is run by tests, and by `npm run examples` in a process of its own.
 */
export interface Example {
  /** The file's name without its ending; pictures are named after it. */
  readonly name: string
  readonly title: string
  readonly section: Section
  /** What is shown, in a sentence or two, for the page. */
  readonly about: string
  run(context: Context): Result | Promise<Result>
}

/** Eager or compiled. */
export interface Mode {
  readonly name: 'eager' | 'compiled'
  /** The function itself in eager mode, `hybridize(f, options)` in compiled mode: one for all calls with the same function and no options. */
  compile<F extends (...args: never[]) => unknown>(f: F, options?: HybridizeOptions): F
}

/** What `run` is given. */
export interface Context {
  /** Run by a test: as few steps as show that it works. Figures that need more are left out then. */
  readonly isQuick: boolean
  /** What follows the name on the command line. */
  readonly args: readonly string[]
  /** Prints a text, which the page shows too. */
  readonly print: (text: string) => void
  /**
   * Computes the same in both modes, each `1 + repeats` times, and compares all numbers of the results bit by bit. Times do not belong in
   * a result, or under the key `times`, which is not compared.
   */
  readonly inBothModes: <T>(compute: (mode: Mode) => T | Promise<T>, repeats?: number) => Promise<BothModes<T>>
}

export interface BothModes<T> {
  readonly eager: T
  readonly compiled: T
  readonly comparison: ModeComparison
}

/** Times of one computation in both modes; printed, and shown on the page. */
export interface ModeComparison {
  /** What is timed, in the words of the example; the whole computation when left out. */
  readonly label?: string
  /** The first time: with everything that is compiled once. */
  readonly eagerFirstMs?: number
  readonly compiledFirstMs?: number
  /** The best of the later times; absent where there were none. */
  readonly eagerMs?: number
  readonly compiledMs?: number
  /** Where results differ, as paths into them; empty if all bits are equal. */
  readonly different: readonly string[]
}

/** A picture as standalone SVG text. */
export interface Picture {
  /** Distinguishes the pictures of one example: `<name>.<key>.svg`, or `<name>.svg` if it is empty. */
  readonly key: string
  /** What is to be seen, for those who cannot see it. */
  readonly alt: string
  readonly svg: string
}

export interface Result {
  readonly figures: readonly Figure[]
  readonly pictures: readonly Picture[]
  /** What `inBothModes` gave as `comparison`, or measurements of the example's own. */
  readonly comparisons: readonly ModeComparison[]
}

const eager: Mode = { name: 'eager', compile: (f) => f }
/** So that what stands at the top of a file is compiled once, and not in every repetition. */
const hybridized = new WeakMap<object, unknown>()
const compiled: Mode = {
  name: 'compiled',
  compile<F extends (...args: never[]) => unknown>(f: F, options?: HybridizeOptions): F {
    const made = (options === undefined && hybridized.get(f)) || hybridize(f, options)
    if (options === undefined) hybridized.set(f, made)
    return made as unknown as F // a hybridized function is called like the original
  },
}
export const modes = { eager, compiled } as const
