import type { CompileOptions } from '../../compile/options.ts'
import { coreCount } from '../../runtime/worker-thread.ts'
import { context } from '../context.ts'
import { withoutPrints } from '../debug/print.ts'
import type { HostRead } from '../recorder.ts'
import { currentSettings } from '../settings.ts'
import { functionExpected } from '../errors.ts'
import type { FieldReport, FieldWrite } from '../guards/field-watch.ts'
import { RecordingWatch, watchObject } from '../guards/recording-watch.ts'
import type { GuardFailure, GuardKind } from '../guards/guard-failure.ts'
import type { CountedFailure } from '../guards/warnings.ts'
import { leafPaths, SteeringNumbers } from '../guards/steering-numbers.ts'
import { admit, isAdmitted, noteFailure, refuse, warnOfFrozen, whyRecorded, type RefusedForm } from './admission.ts'
import { bisectCall, verifyCall, type VerifiedCall } from '../parity/verify.ts'
import type { Finding } from '../parity/finding.ts'
import { keepInternals, specialisationFor } from '../parity/hybrid-internals.ts'
import { explain, type Explanation } from './explain.ts'
import { FreeVariables } from './free-variables.ts'
import { graphsOf, type SpecialisationGraphs } from './graphs.ts'
import { boundTo, hasLeafForm, mayNeedVariable, withAnyLeaf } from './leaf-arguments.ts'
import { checkOptions, type HybridizeOptions } from './options.ts'
import { profileFunction, type ProfileFunction } from './profile.ts'
import { recordCall, type Recorded, type RecordedCall } from './record-call.ts'
import { SegmentCache } from '../segments/segment-cache.ts'
import { runLazily } from '../segments/run-lazily.ts'
import { programSource, type SourceKind } from './source.ts'
import { Specialisation } from './specialisation.ts'
import { Leaves, matches, templateOf, type Template } from './template.ts'
import { warnOfHostRead } from './warn.ts'

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
  /** What each specialisation recorded, and what its program computes, as data; print as IR text. */
  graphs(): SpecialisationGraphs[]
  /** Compares a call with an eager one and narrows a difference down to a pass or kernel, an op and its line. Changes nothing. @throws NOT_COMPILED */
  bisect(...args: F extends (...args: infer A) => unknown ? A : never): Finding
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
    maxSpecialisations = 16,
    verify = 0,
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
    if (context.recorder) watchObject(this, 'this')
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
    if (!found && matchesAny(state.lazyForms, signature))
      return runLazily(state.segments, () => original.apply(this, args))
    if (!found) return traceCall(state, original, this, args, templateOfCall(state, this, args, staticArgs), fullGraph)
    stats.compiledCalls++
    found.calls++
    if (verify === 0 || stats.compiledCalls % verify !== 0) return found.call(leaves)
    stats.verifiedCalls++
    return verifyCall(verifiedCall(this, args, found, leaves))
  }

  const verifiedCall = (
    self: unknown,
    args: readonly unknown[],
    specialisation: Specialisation,
    leaves: Leaves,
  ): VerifiedCall => {
    const fn = (...standIns: unknown[]): unknown => state.freeVariables.during(() => original.apply(self, standIns))
    return { fn, functionName: state.functionName, args, specialisation, options: state.options, leaves }
  }

  function bisect(...args: unknown[]): Finding {
    const { self, specialisation, leaves } = specialisationFor('bisect', state, args)
    return bisectCall(verifiedCall(self, args, specialisation, leaves))
  }

  keepInternals(hybridized, { state, original })
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
  { functionName, steering }: HybridState,
  self: unknown,
  args: readonly unknown[],
  staticArgs: readonly number[],
): Template & { kind: 'array' } {
  const items = args.map((arg, i) => steering.inForm(templateOf(arg, staticArgs.includes(i), functionName), arg, [i]))
  return { kind: 'array', items: [{ kind: 'static', value: self }, ...items] }
}

function traceCall(
  state: HybridState,
  original: (this: unknown, ...args: unknown[]) => unknown,
  self: unknown,
  args: readonly unknown[],
  form: Template & { kind: 'array' },
  fullGraph: boolean,
  isAgain = false,
): unknown {
  const start = performance.now()
  const { stats, functionName } = state
  const template =
    isAgain || state.bindsVariables
      ? form
      : withAnyLeaf(form, state.specialisations, [self, ...args], context.gradEnabled)
  const argumentTemplate: Template & { kind: 'array' } = { kind: 'array', items: template.items.slice(1) }
  const leaves = new Leaves()
  matches(template, [self, ...args], leaves) // before the function may change what it was given
  const signature = [self, ...args]
  const because = whyRecorded(state, signature, context.gradEnabled)
  if (!isAgain) noteFailure(state, because)
  const isPassing = !isAdmitted(state, signature, because)
  const hasLocals = state.makesVariables.some((form) => matches(form, [self, ...args], new Leaves()))
  const watch = new RecordingWatch()
  let recorded: RecordedCall
  try {
    recorded = state.freeVariables.during(() =>
      recordCall(
      (...standIns) => watch.run(self, args, () => original.apply(self, standIns)),
      functionName,
      args,
      argumentTemplate,
      fullGraph,
      hasLocals,
      state.segments,
      isPassing,
    ))
  } catch (error) {
    if (state.freeVariables.areSteering(error)) {
      watch.rollBack()
      return traceCall(state, original, self, args, form, fullGraph, true)
    }
    if (!mayNeedVariable(error) || !hasLeafForm(template)) throw error
    // The function changes the variable, or leaves a gradient on it: programs are bound to such.
    state.bindsVariables = true
    watch.rollBack()
    const bound = {
      ...template,
      items: [template.items[0]!, ...args.map((arg, i) => boundTo(argumentTemplate.items[i]!, arg))],
    }
    return traceCall(state, original, self, args, bound, fullGraph, true)
  }
  if ('hostRead' in recorded) {
    if (!state.hostRead) warnOfHostRead(functionName, recorded.hostRead)
    state.hostRead ??= recorded.hostRead
    state.segments.noteRead(recorded.hostRead)
    state.lazyForms.push(template)
    recorded.flowOn()
    return recorded.result
  }
  if ('isPassing' in recorded) {
    refuse(state, template, because)
    recorded.flowOn()
    return recorded.result
  }
  if ('madeVariables' in recorded) {
    state.makesVariables.push(template)
    recorded.flowOn()
    return recorded.result
  }
  const paths = leafPaths(argumentTemplate)
  if (state.steering.areHandedOn(recorded.unusedNumbers.map((position) => paths[position]!))) {
    recorded.rollBack()
    watch.rollBack()
    const items = argumentTemplate.items.map((item, i) => state.steering.inForm(item, args[i], [i]))
    return traceCall(
      state,
      original,
      self,
      args,
      { kind: 'array', items: [template.items[0]!, ...items] },
      fullGraph,
      true,
    )
  }
  const specialisation = compile(state, template, watched(recorded, watch.report()), because)
  warnOfFrozen(state, specialisation.recording)
  admit(state, specialisation)
  stats.traces++
  if (specialisation.isCacheHit) stats.cacheHits++
  stats.compileMs += specialisation.compileMs
  // A call that was put off until there was a program is now made by it. What it prints came out on the way.
  if (recorded.isPutOff) specialisation.calls++
  const result = recorded.isPutOff ? withoutPrints(() => specialisation.call(leaves)) : recorded.result
  specialisation.profile?.reset() // of calls alike: this one ran code that was not optimized yet
  if (stats.traces === 1) stats.firstCallMs = performance.now() - start
  if (!recorded.isPutOff) recorded.flowOn() // a compiled call does it itself
  return result
}

/** A recording with what its function's objects have to be like. */
const watched = (recorded: Recorded, { guards, writes, frozen }: FieldReport): Recorded => ({
  ...recorded,
  recording: {
    ...recorded.recording,
    fieldGuards: guards,
    fieldWrites: writes,
    frozen,
  },
})

/** A program that cannot be made leaves no trace of the call that was to be recorded. */
function compile(
  { functionName, options }: HybridState,
  template: Template & { kind: 'array' },
  { recording, rollBack }: Recorded,
  because: readonly GuardFailure[],
): Specialisation {
  try {
    return new Specialisation(template, recording, functionName, context.gradEnabled, options, because)
  } catch (error) {
    rollBack()
    throw error
  }
}
