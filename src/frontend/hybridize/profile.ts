import { notProfiled } from '../errors.ts'
import { chromeTraceOf } from './chrome-trace.ts'
import type { HybridState } from './hybridize.ts'
import { profileText } from './profile-text.ts'
import { tracedProgram } from './program-profile.ts'
import type { Specialisation } from './specialisation.ts'

/** Where one part of the calls spends its time. The rows of a program add up to its calls. */
export interface ProfileRow {
  /**
   * A kernel of the program; copying the arguments in; taking the results out; or what is between the kernels: threads waiting for each
   * other, and the profile's own notes.
   */
  readonly kind: 'kernel' | 'arguments' | 'results' | 'rest'
  readonly name: string
  readonly calls: number
  /** Of the calling thread, like all times here but `slowestThreadMs`. */
  readonly totalMs: number
  readonly meanMs: number
  readonly minMs: number
  readonly maxMs: number
  /** Of the time of all calls, from 0 to 1. */
  readonly share: number
  /** Mean time of the thread that took longest, where several share the kernel. */
  readonly slowestThreadMs: number
  /** Floating-point operations of one call, where they are known, and their rate. */
  readonly flops: number | undefined
  readonly gflops: number | undefined
  /** Bytes that one call reads and writes at least, and their rate. */
  readonly bytes: number
  readonly gigabytesPerSecond: number | undefined
  readonly ops: readonly string[]
  /** `file:line:column` of the calls it carries out. */
  readonly sources: readonly string[]
}

/** One compiled program of the function. */
export interface ProgramProfile {
  /** Form of the arguments it was compiled for. */
  readonly signature: string
  readonly threads: number
  /** Compiled calls that came to their end; the first, which records and compiles, is not among them. */
  readonly calls: number
  readonly totalMs: number
  readonly meanMs: number
  /** In the order of a call: arguments, kernels, results, rest. */
  readonly rows: readonly ProfileRow[]
}

/** The time of a function's compiled calls as data. `String(profile)` is a table. */
export interface Profile {
  readonly functionName: string
  readonly programs: readonly ProgramProfile[]
  /** The latest calls, up to 16 of each program, in the Trace Event Format: the text of a file for Perfetto or chrome://tracing. */
  chromeTrace(): string
  toString(): string
}

/** `fast.profile`: the profile so far, and a new beginning. */
export interface ProfileFunction {
  /** @throws NOT_PROFILED without the option `profile` */
  (): Profile
  /** Forgets the calls so far, for instance those before the engine has optimized the code. */
  reset(): void
}

export function profileFunction(state: HybridState): ProfileFunction {
  const profiled = (): readonly Specialisation[] => {
    if (state.options.profile !== true) throw notProfiled(state.functionName)
    return state.specialisations
  }
  const profile = (): Profile => {
    const programs = profiled().map(tracedProgram)
    const data = { functionName: state.functionName, programs: programs.map((program) => program.profile) }
    return Object.defineProperties(
      { ...data, chromeTrace: () => chromeTraceOf(data.functionName, programs), toString: () => profileText(data) },
      // Not enumerable, so that the data prints and serialises as data.
      { chromeTrace: { enumerable: false }, toString: { enumerable: false } },
    )
  }
  const reset = (): void => profiled().forEach((specialisation) => specialisation.profile?.reset())
  return Object.assign(profile, { reset })
}
