import type { CompileOptions } from '../../compile/options.ts'
import { optionalPasses } from '../../compile/pipeline.ts'
import { mostThreads } from '../../plan/control-block.ts'
import { coreCount } from '../../runtime/worker-thread.ts'
import { context } from '../context.ts'
import type { HostRead } from '../recorder.ts'
import { currentSettings, isThreadCount } from '../settings.ts'
import { functionExpected, optionInvalid } from '../errors.ts'
import { explain, type Explanation } from './explain.ts'
import { FreeVariables } from './free-variables.ts'
import { profileFunction, type ProfileFunction } from './profile.ts'
import { recordCall, type Recorded } from './record-call.ts'
import { SegmentCache } from '../segments/segment-cache.ts'
import { runLazily } from '../segments/run-lazily.ts'
import { programSource, type SourceKind } from './source.ts'
import { Specialisation } from './specialisation.ts'
import { Leaves, matches, templateOf, type Template } from './template.ts'
import { warnOfHostRead } from './warn.ts'

export interface HybridizeOptions extends Partial<Omit<CompileOptions, 'threads'>> {
  /** How many threads may run the program, 'auto' for as many as the machine has cores; by default what `configure` says. Results do not depend on it. */
  readonly threads?: number | 'auto'
  /** Positions of arguments whose numbers are part of the signature: they may steer control flow, and each value has its own program. */
  readonly staticArgs?: readonly number[]
  /** A host read in the function is an error instead of a reason to stay eager. */
  readonly fullGraph?: boolean
  /** Compiled calls note the time of every kernel, for `profile()`. Results have the same bits; a kernel takes about 0.1 µs more. */
  readonly profile?: boolean
}

/** Counts and times of a hybridized function. */
export interface HybridizeStats {
  /** Recorded calls. */
  traces: number
  calls: number
  compiledCalls: number
  /** Compiled segments of functions that read elements: the ops between two reads. */
  segments: number
  /** How often a compiled segment ran. */
  segmentCalls: number
  /** How many recordings took over what an equal graph was compiled to, in this function or another. */
  cacheHits: number
  /** Time spent compiling, all specialisations together. */
  compileMs: number
  /** Time of the first call: recording, compilation, and the run. */
  firstCallMs: number
}

/** A compiled function, used like the original. */
export interface Hybridized<F> {
  (...args: F extends (...args: infer A) => unknown ? A : never): F extends (...args: never[]) => infer R ? R : never
  /** The original function. */
  readonly eager: F
  readonly stats: Readonly<HybridizeStats>
  /** What was traced and compiled, and why, as data; prints as text. */
  explain(): Explanation
  /** The time of compiled calls by kernel, with the option `profile`; prints as a table, and makes a trace file. */
  readonly profile: ProfileFunction
  /** The program of the latest specialisation as text. @throws NOT_COMPILED before the first call */
  source(kind: SourceKind): string
}

/** State of one hybridized function. */
export interface HybridState {
  readonly functionName: string
  readonly options: CompileOptions
  readonly specialisations: Specialisation[]
  readonly stats: HybridizeStats
  /** The first one. */
  hostRead: HostRead | undefined
  /** Forms of calls that read elements: they run in segments. */
  readonly lazyForms: Template[]
  readonly segments: SegmentCache
  /** Forms of calls that made variables. Those of the first such call may be state that lasts; if a later one makes some again, they are its own. */
  readonly makesVariables: Template[]
  readonly freeVariables: FreeVariables
}

/**
 * Makes `fn` compile itself: the first call with a new signature is recorded; it and later ones run as one compiled program with the
 * bits of eager calls, `backward()` and optimizer steps included. A signature is the structure of the arguments, shapes, dtypes, static
 * arguments, what requires gradients, and training mode; numbers are inputs.
 *
 * @throws FUNCTION_EXPECTED, OPTION_INVALID; calls throw HOST_READ with `fullGraph`, RESULT_NOT_REPLAYABLE, …
 * @example const fast = hybridize((x: Tensor) => x.mul(2).sum()); fast(tensor([1, 2])).item() // 6
 */
export function hybridize<F extends (...args: never[]) => unknown>(
  fn: F,
  options: HybridizeOptions = {},
): Hybridized<F> {
  if (typeof fn !== 'function') throw functionExpected('hybridize', fn)
  checkOptions(options)
  const {
    staticArgs = [],
    fullGraph = false,
    profile = false,
    target = 'wasm',
    withoutPasses = [],
    threads = currentSettings().threads,
  } = options
  const original = fn as unknown as (this: unknown, ...args: unknown[]) => unknown // F says which arguments are right; here they only pass through
  const functionName = fn.name || 'anonymous function'
  const compileOptions: CompileOptions = {
    target,
    withoutPasses,
    threads: threads === 'auto' ? coreCount() : threads,
    ...(profile ? { profile } : {}),
    ...(options.splitFrom === undefined ? {} : { splitFrom: options.splitFrom }),
  }
  const stats: HybridizeStats = {
    traces: 0,
    calls: 0,
    compiledCalls: 0,
    segments: 0,
    segmentCalls: 0,
    cacheHits: 0,
    compileMs: 0,
    firstCallMs: 0,
  }
  const state: HybridState = {
    functionName,
    options: compileOptions,
    specialisations: [],
    stats,
    hostRead: undefined,
    lazyForms: [],
    segments: new SegmentCache(functionName, compileOptions, stats),
    makesVariables: [],
    freeVariables: new FreeVariables(),
  }
  const buffers = { leaves: new Leaves(), signature: [] as unknown[] } // reused, so that a call allocates nothing
  let isMatching = false

  function hybridized(this: unknown, ...args: unknown[]): unknown {
    const { stats } = state
    stats.calls++
    // Inside another recording, or where derivatives of derivatives are taken, the ops themselves are wanted.
    if (context.recorder || context.lazyCall || context.gradDepth > 0 || currentSettings().hybridize === 'off')
      return original.apply(this, args)
    // A getter among the arguments may call the function again.
    const { leaves, signature } = isMatching ? { leaves: new Leaves(), signature: [] } : buffers
    signature[0] = this
    signature.length = args.length + 1
    for (let i = 0; i < args.length; i++) signature[i + 1] = args[i]
    isMatching = true
    const found = find(state.specialisations, signature, leaves)
    isMatching = false
    if (!found && matchesAny(state.lazyForms, signature)) return runLazily(state.segments, () => original.apply(this, args))
    if (!found) return traceCall(state, original, this, args, templateOfCall(state, this, args, staticArgs), fullGraph)
    stats.compiledCalls++
    found.calls++
    return found.call(leaves)
  }

  return Object.assign(hybridized, {
    eager: fn,
    stats: state.stats,
    explain: () => explain(state),
    profile: profileFunction(state),
    source: (kind: SourceKind) => programSource(state, kind),
  }) as unknown as Hybridized<F> // Object.assign cannot know F's parameters
}

const noLeaves = new Leaves()

function matchesAny(forms: readonly Template[], signature: readonly unknown[]): boolean {
  for (const form of forms) {
    noLeaves.length = 0
    if (matches(form, signature, noLeaves)) return true
  }
  return false
}

function find(
  specialisations: readonly Specialisation[],
  signature: readonly unknown[],
  leaves: Leaves,
): Specialisation | undefined {
  for (const specialisation of specialisations)
    if (specialisation.accepts(signature, context.gradEnabled, leaves)) return specialisation
  return undefined
}

function templateOfCall(
  { functionName }: HybridState,
  self: unknown,
  args: readonly unknown[],
  staticArgs: readonly number[],
): Template & { kind: 'array' } {
  const items = args.map((arg, i) => templateOf(arg, staticArgs.includes(i), functionName))
  return { kind: 'array', items: [{ kind: 'static', value: self }, ...items] }
}

function traceCall(
  state: HybridState,
  original: (this: unknown, ...args: unknown[]) => unknown,
  self: unknown,
  args: readonly unknown[],
  template: Template & { kind: 'array' },
  fullGraph: boolean,
): unknown {
  const start = performance.now()
  const { stats, functionName } = state
  const argumentTemplate: Template = { kind: 'array', items: template.items.slice(1) }
  const leaves = new Leaves()
  matches(template, [self, ...args], leaves) // before the function may change what it was given
  const hasLocals = state.makesVariables.some((form) => matches(form, [self, ...args], new Leaves()))
  const run = (...standIns: unknown[]): unknown => original.apply(self, standIns)
  const recorded = state.freeVariables.during(() =>
    recordCall(run, functionName, args, argumentTemplate, fullGraph, hasLocals, state.segments),
  )
  if ('hostRead' in recorded) {
    if (!state.hostRead) warnOfHostRead(functionName, recorded.hostRead)
    state.hostRead ??= recorded.hostRead
    state.segments.noteRead(recorded.hostRead)
    state.lazyForms.push(template)
    recorded.flowOn()
    return recorded.result
  }
  if ('madeVariables' in recorded) {
    state.makesVariables.push(template)
    recorded.flowOn()
    return recorded.result
  }
  const specialisation = compile(state, template, recorded)
  state.specialisations.unshift(specialisation)
  stats.traces++
  if (specialisation.isCacheHit) stats.cacheHits++
  stats.compileMs += specialisation.compileMs
  // A call that was put off until there was a program is now made by it.
  if (recorded.isPutOff) specialisation.calls++
  const result = recorded.isPutOff ? specialisation.call(leaves) : recorded.result
  specialisation.profile?.reset() // of calls alike: this one ran code that was not optimized yet
  if (stats.traces === 1) stats.firstCallMs = performance.now() - start
  if (!recorded.isPutOff) recorded.flowOn() // a compiled call does it itself
  return result
}

/** A program that cannot be made leaves no trace of the call that was to be recorded. */
function compile(
  { functionName, options }: HybridState,
  template: Template,
  { recording, rollBack }: Recorded,
): Specialisation {
  try {
    return new Specialisation(template, recording, functionName, context.gradEnabled, options)
  } catch (error) {
    rollBack()
    throw error
  }
}

function checkOptions(options: HybridizeOptions): void {
  const known = ['target', 'staticArgs', 'fullGraph', 'withoutPasses', 'threads', 'splitFrom', 'profile']
  for (const [name, value] of Object.entries(options))
    if (!known.includes(name)) throw optionInvalid('hybridize', name, value, `one of ${known.join(', ')}`)
  const { target = 'wasm', staticArgs = [], withoutPasses = [] } = options
  if (target !== 'wasm' && target !== 'js') throw optionInvalid('hybridize', 'target', target, "'wasm' or 'js'")
  if (!Array.isArray(withoutPasses) || !withoutPasses.every((name) => optionalPasses.includes(String(name))))
    throw optionInvalid('hybridize', 'withoutPasses', withoutPasses, `an array of any of ${optionalPasses.join(', ')}`)
  const { threads = 1, profile = false } = options
  if (typeof profile !== 'boolean') throw optionInvalid('hybridize', 'profile', profile, 'true or false')
  if (!isThreadCount(threads))
    throw optionInvalid('hybridize', 'threads', threads, `'auto' or a whole number from 1 to ${mostThreads}`)
  if (
    !Array.isArray(staticArgs) ||
    !staticArgs.every((position) => Number.isInteger(position) && Number(position) >= 0)
  )
    throw optionInvalid('hybridize', 'staticArgs', staticArgs, 'positions of arguments, for instance [1]')
}
