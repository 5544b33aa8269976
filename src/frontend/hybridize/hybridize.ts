import { GryphError } from '../../base/errors.ts'
import type { CompileOptions } from '../../compile/options.ts'
import { coreCount } from '../../runtime/worker-thread.ts'
import { context } from '../context.ts'
import { printCount } from '../debug/print.ts'
import type { HostRead } from '../recorder.ts'
import { currentSettings } from '../settings.ts'
import { functionExpected } from '../errors.ts'
import type { FieldWrite } from '../guards/field-watch.ts'
import { watchObject } from '../guards/recording-watch.ts'
import type { GuardKind } from '../guards/guard-failure.ts'
import type { CountedFailure } from '../guards/warnings.ts'
import { SteeringNumbers } from '../guards/steering-numbers.ts'
import type { RefusedForm } from './admission.ts'
import { bisectCall, verifyCall, type VerifiedCall } from '../parity/verify.ts'
import type { Finding } from '../parity/finding.ts'
import { keepInternals, specialisationFor, type HybridInternals } from '../parity/hybrid-internals.ts'
import { explain, type Explanation } from './explain.ts'
import { FreeVariables } from './free-variables.ts'
import { graphsOf, type SpecialisationGraphs } from './graphs.ts'
import { checkOptions, type HybridizeOptions } from './options.ts'
import { profileFunction, type ProfileFunction } from './profile.ts'
import { deservesBetter, DynamicAxes } from '../dynamic-axes/dynamic-axes.ts'
import { SegmentCache } from '../segments/segment-cache.ts'
import { LazyForms } from '../segments/lazy-forms.ts'
import { catchAsEager, runLazily } from '../segments/run-lazily.ts'
import { RoomNeeded } from './residual-room.ts'
import { programSource, type SourceKind } from './source.ts'
import type { Specialisation } from './specialisation.ts'
import { Leaves, type Template } from './template.ts'
import { drop, prepareCall, templateOfCall, traceAgain, traceCall, withBetterProgram } from './trace-call.ts'

/** Counts and times of a hybridized function. */
export interface HybridizeStats {
  /** Recorded calls. */
  traces: number
  /** Programs that were compiled for them: one can serve several sizes of an axis. */
  compiles: number
  calls: number
  compiledCalls: number
  /** Compiled segments of functions that read elements: the ops between two reads. */
  segments: number
  /** How often a compiled segment ran. */
  segmentCalls: number
  /** How many recordings took over what an equal graph was compiled to, in this function or another. */
  cacheHits: number
  /** Compiled calls that were compared with an eager one. */
  verifiedCalls: number
  /** Time spent compiling, all specialisations together. */
  compileMs: number
  /** Calls that no specialisation could take, though there were some; and how many for each kind of cause. */
  guardFailures: number
  failuresByKind: Partial<Record<GuardKind, number>>
  /** Specialisations given up for others, and calls that ran eagerly, where there were as many as there may be. */
  droppedSpecialisations: number
  refusedCalls: number
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
  /** Compares a call with an eager one and narrows a difference down to a pass or kernel, an op and its line. Changes nothing. @throws NOT_COMPILED */
  bisect(...args: F extends (...args: infer A) => unknown ? A : never): Finding
  /** What each specialisation recorded, and what its program computes, as data; print as IR text. */
  graphs(): SpecialisationGraphs[]
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
  readonly maxSpecialisations: number
  readonly stats: HybridizeStats
  /** The latest specialisation that was made. */
  latest: Specialisation | undefined
  /** What calls were recorded for, by kind and subject. */
  readonly causes: Map<string, CountedFailure>
  readonly refused: RefusedForm[]
  isLimitReached: boolean
  /** Whether the function does more with variables that it is given than to read them. */
  bindsVariables: boolean
  /** Paths of fields that the function changed, and whether there was a warning; sources of calls that were warned of. */
  readonly changedFields: Map<string, FieldWrite>
  readonly warnedOf: Set<string>
  /** Numbers that JavaScript decides by. */
  readonly steering: SteeringNumbers
  /** The first one. */
  hostRead: HostRead | undefined
  /** Forms of calls that read elements: they run in segments. */
  readonly lazyForms: LazyForms
  readonly segments: SegmentCache
  /** Forms of calls that made variables. Those of the first such call may be state that lasts; if a later one makes some again, they are its own. */
  readonly makesVariables: Template[]
  readonly freeVariables: FreeVariables
  /** Programs that serve several sizes of an axis. */
  readonly dynamicAxes: DynamicAxes
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
    verify = 0,
    maxSpecialisations = 16,
    dynamicAxes = 'auto',
    target = 'wasm',
    withoutPasses = [],
    threads = currentSettings().threads,
  } = options
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
    compiles: 0,
    calls: 0,
    compiledCalls: 0,
    segments: 0,
    segmentCalls: 0,
    cacheHits: 0,
    verifiedCalls: 0,
    compileMs: 0,
    guardFailures: 0,
    failuresByKind: {},
    droppedSpecialisations: 0,
    refusedCalls: 0,
    firstCallMs: 0,
  }
  const state: HybridState = {
    functionName,
    options: compileOptions,
    specialisations: [],
    maxSpecialisations,
    stats,
    latest: undefined,
    causes: new Map(),
    refused: [],
    isLimitReached: false,
    bindsVariables: false,
    changedFields: new Map(),
    warnedOf: new Set(),
    steering: new SteeringNumbers(fn),
    hostRead: undefined,
    lazyForms: new LazyForms(),
    segments: new SegmentCache(functionName, compileOptions, stats),
    makesVariables: [],
    freeVariables: new FreeVariables(),
    dynamicAxes: new DynamicAxes(dynamicAxes),
  }
  const written = fn as unknown as HybridInternals['written'] // F says which arguments are right; here they only pass through
  const prepare = (args: readonly unknown[]): Specialisation | undefined => {
    const self = selfOf(state)
    const known = (): Specialisation | undefined => find(state.specialisations, [self, ...args], new Leaves())
    const found = known()
    if (found) return found
    prepareCall(state, internals.original, self, args, templateOfCall(state, self, args, staticArgs), fullGraph)
    return known()
  }
  const internals: HybridInternals = { state, written, original: written, prepare }
  const buffers = { leaves: new Leaves(), signature: [] as unknown[] } // reused, so that a call allocates nothing
  let isMatching = false

  function hybridized(this: unknown, ...args: unknown[]): unknown {
    const { stats } = state
    const { original } = internals
    stats.calls++
    // Inside another recording, or where derivatives of derivatives are taken, the ops themselves are wanted.
    if (context.recorder) watchObject(this, 'this')
    const isPart = context.recorder || context.lazyCall || context.gradDepth > 0 || context.isObserved
    if (isPart || currentSettings().hybridize === 'off') return original.apply(this, args)
    // A getter among the arguments may call the function again.
    const { leaves, signature } = isMatching ? { leaves: new Leaves(), signature: [] } : buffers
    signature[0] = this
    signature.length = args.length + 1
    for (let i = 0; i < args.length; i++) signature[i + 1] = args[i]
    isMatching = true
    let found = find(state.specialisations, signature, leaves)
    isMatching = false
    if (found && deservesBetter(found)) found = withBetterProgram(state, found)
    if (!found && state.lazyForms.has(signature, state.specialisations.length > 0))
      return runLazily(state.segments, original, this, args)
    if (!found) return traceCall(state, original, this, args, templateOfCall(state, this, args, staticArgs), fullGraph)
    stats.compiledCalls++
    found.calls++
    found.sharedCalls++
    const printed = printCount()
    try {
      if (verify === 0 || stats.compiledCalls % verify !== 0) return found.call(leaves)
      stats.verifiedCalls++
      return verifyCall(verifiedCall(this, args, found, leaves))
    } catch (error) {
      if (error instanceof RoomNeeded) {
        drop(state, found)
        return traceAgain(
          state,
          original,
          this,
          args,
          templateOfCall(state, this, args, staticArgs),
          fullGraph,
          printed,
        )
      }
      const { checkSites } = found.program.compiled.plan
      if (fullGraph || !(error instanceof GryphError) || !checkSites.some(({ code }) => code === error.code))
        throw error
      // What the call has printed has come out.
      return catchAsEager(state.segments, error, printed, original, this, args)
    }
  }

  const verifiedCall = (
    self: unknown,
    args: readonly unknown[],
    specialisation: Specialisation,
    leaves: Leaves,
  ): VerifiedCall => {
    const { functionName, options } = state
    const { original } = internals
    const again = function (this: unknown, ...given: unknown[]): unknown {
      return state.freeVariables.during(() => original.apply(this, given))
    }
    return { original: again, functionName, self, args, specialisation, options, leaves }
  }

  function bisect(...args: unknown[]): Finding {
    const { self, specialisation, leaves } = specialisationFor('bisect', state, args)
    return bisectCall(verifiedCall(self, args, specialisation, leaves))
  }

  keepInternals(hybridized, internals)
  return Object.assign(hybridized, {
    eager: fn,
    stats: state.stats,
    explain: () => explain(state),
    bisect,
    profile: profileFunction(state),
    graphs: () => graphsOf(state),
    source: (kind: SourceKind) => programSource(state, kind),
  }) as unknown as Hybridized<F> // Object.assign cannot know F's parameters
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

/** The object that the function has been called on, as a method. */
function selfOf({ latest }: HybridState): unknown {
  const first = latest?.template.items[0]
  return first?.kind === 'static' ? first.value : undefined
}
