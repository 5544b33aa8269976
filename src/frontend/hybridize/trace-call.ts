import { context } from '../context.ts'
import { printCount, withoutPrintsSince } from '../debug/print.ts'
import type { FieldReport } from '../guards/field-watch.ts'
import { closureWrites } from '../guards/closure-writes.ts'
import type { FrozenValue } from '../guards/frozen-value.ts'
import type { GuardFailure } from '../guards/guard-failure.ts'
import { RecordingWatch } from '../guards/recording-watch.ts'
import { leafPaths } from '../guards/steering-numbers.ts'
import { admit, isAdmitted, programCount, noteFailure, refuse, warnOfFrozen, whyRecorded } from './admission.ts'
import type { HybridState } from './hybridize.ts'
import { boundTo, hasLeafForm, mayNeedVariable, withAnyLeaf } from './leaf-arguments.ts'
import { recordCall, type Recorded, type RecordedCall } from './record-call.ts'
import { RoomNeeded } from './residual-room.ts'
import { Specialisation } from './specialisation.ts'
import { Undo } from '../undo.ts'
import { Leaves, matches, templateOf, type Template } from './template.ts'
import { warnOfHostRead } from './warn.ts'

/** The form of a call, with the numbers that JavaScript decides by in it. */
export function templateOfCall(
  { functionName, steering }: HybridState,
  self: unknown,
  args: readonly unknown[],
  staticArgs: readonly number[],
): Template & { kind: 'array' } {
  const items = args.map((arg, i) => steering.inForm(templateOf(arg, staticArgs.includes(i), functionName), arg, [i]))
  return { kind: 'array', items: [{ kind: 'static', value: self }, ...items] }
}

/** Makes a call that no specialisation can take: it is recorded, and has one from then on. */
export function traceCall(
  state: HybridState,
  original: (this: unknown, ...args: unknown[]) => unknown,
  self: unknown,
  args: readonly unknown[],
  form: Template & { kind: 'array' },
  fullGraph: boolean,
  isAgain = false,
  isMade = true,
): unknown {
  const start = performance.now()
  const printed = printCount()
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
  const isPassing = isMade && !isAdmitted(state, template, signature, because)
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
      ),
    )
  } catch (error) {
    if (state.freeVariables.areSteering(error)) {
      watch.rollBack()
      return traceAgain(state, original, self, args, form, fullGraph, printed, isMade)
    }
    if (!mayNeedVariable(error) || !hasLeafForm(template)) throw error
    // The function changes the variable, or leaves a gradient on it: programs are bound to such.
    state.bindsVariables = true
    watch.rollBack()
    const bound = {
      ...template,
      items: [template.items[0]!, ...args.map((arg, i) => boundTo(argumentTemplate.items[i]!, arg))],
    }
    return traceAgain(state, original, self, args, bound, fullGraph, printed, isMade)
  }
  if (!isMade && !('recording' in recorded)) watch.rollBack()
  if ('hostRead' in recorded) {
    if (!state.hostRead) warnOfHostRead(functionName, recorded.hostRead)
    state.hostRead ??= recorded.hostRead
    state.segments.noteRead(recorded.hostRead)
    state.lazyForms.add(template)
    if (isMade) recorded.flowOn()
    return recorded.result
  }
  if ('isPassing' in recorded) {
    refuse(state, template, because)
    recorded.flowOn()
    return recorded.result
  }
  if ('madeVariables' in recorded) {
    if (!isMade) return undefined // its variables are gone with it, so a call to come is the first
    state.makesVariables.push(template)
    recorded.flowOn()
    return recorded.result
  }
  const paths = leafPaths(argumentTemplate)
  if (state.steering.areHandedOn(recorded.unusedNumbers.map((position) => paths[position]!))) {
    recorded.rollBack()
    watch.rollBack()
    const items = argumentTemplate.items.map((item, i) => state.steering.inForm(item, args[i], [i]))
    const handedOn: typeof form = { kind: 'array', items: [template.items[0]!, ...items] }
    return traceAgain(state, original, self, args, handedOn, fullGraph, printed, isMade)
  }
  const complete = watched(recorded, watch.report(), closureWrites(original))
  const specialisation = compile(state, template, complete, because)
  warnOfFrozen(state, specialisation.recording)
  admit(state, specialisation)
  stats.traces++
  if (specialisation.isCompiled) stats.compiles++
  if (specialisation.isCacheHit) stats.cacheHits++
  stats.compileMs += specialisation.compileMs
  if (!isMade) {
    if (!recorded.isPutOff) recorded.rollBack()
    watch.rollBack()
    return undefined
  }
  // A call that was put off until there was a program is now made by it. What it prints came out on the way.
  if (recorded.isPutOff) specialisation.calls++
  let result: unknown
  try {
    result = recorded.isPutOff ? withoutPrintsSince(printed, () => specialisation.call(leaves)) : recorded.result
  } catch (error) {
    if (!(error instanceof RoomNeeded)) throw error
    drop(state, specialisation)
    return traceAgain(state, original, self, args, form, fullGraph, printed)
  }
  specialisation.profile?.reset() // of calls alike: this one ran code that was not optimized yet
  if (stats.traces === 1) stats.firstCallMs = performance.now() - start
  if (!recorded.isPutOff) recorded.flowOn() // a compiled call does it itself
  return result
}

/** A recording with what its function's objects have to be like. */
const watched = (
  recorded: Recorded,
  { guards, writes, frozen }: FieldReport,
  more: readonly FrozenValue[],
): Recorded => ({
  ...recorded,
  recording: {
    ...recorded.recording,
    fieldGuards: guards,
    fieldWrites: writes,
    frozen: [...frozen, ...more],
  },
})

/** A program that cannot be made leaves no trace of the call that was to be recorded. */
function compile(
  { functionName, options, dynamicAxes, specialisations }: HybridState,
  template: Template & { kind: 'array' },
  { recording, rollBack }: Recorded,
  because: readonly GuardFailure[],
): Specialisation {
  try {
    const served = dynamicAxes.serve(specialisations, template, recording)
    return new Specialisation(template, recording, functionName, context.gradEnabled, options, because, served)
  } catch (error) {
    rollBack()
    throw error
  }
}

/** Records a call that a program has begun in vain, without printing again what came out since `printed`. */
export const traceAgain = (
  state: HybridState,
  original: (this: unknown, ...args: unknown[]) => unknown,
  self: unknown,
  args: readonly unknown[],
  form: Template & { kind: 'array' },
  fullGraph: boolean,
  printed: number,
  isMade = true,
): unknown => withoutPrintsSince(printed, () => traceCall(state, original, self, args, form, fullGraph, true, isMade))

/** Makes the program for a call and takes back what recording it has changed, also where no program comes of it. Nothing is returned. */
export function prepareCall(...call: Parameters<typeof traceCall>): void {
  const [state, original, self, args, form, fullGraph] = call
  new Undo().inVain(() => void traceCall(state, original, self, args, form, fullGraph, false, false))
}

/** The specialisation, or one in its place, if it shares its program with other sizes and came so often that another one pays. */
export function withBetterProgram(state: HybridState, shared: Specialisation): Specialisation {
  shared.sharedCalls = -Infinity // asked once
  const served = state.dynamicAxes.better(shared)
  if (!served) return shared
  const { specialisations, functionName, options, stats, maxSpecialisations } = state
  const isNew = !served.sized?.dynamic.isCompiled
  if (isNew && programCount(state) >= maxSpecialisations) return shared
  const { template, recording, because } = shared
  const better = new Specialisation(template, recording, functionName, context.gradEnabled, options, because, served)
  better.calls = shared.calls
  specialisations[specialisations.indexOf(shared)] = better
  shared.dispose()
  state.latest = better
  if (better.isCompiled) stats.compiles++
  stats.compileMs += better.compileMs
  return better
}

/** Takes away a program that another one will be made for. */
export function drop({ specialisations }: HybridState, specialisation: Specialisation): void {
  const position = specialisations.indexOf(specialisation)
  if (position >= 0) specialisations.splice(position, 1)
  specialisation.dispose()
}
