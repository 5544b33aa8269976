import { failureText, type GuardFailure } from '../guards/guard-failure.ts'
import {
  closureChangedMessage,
  fieldChangedMessage,
  frozenCallMessage,
  specialisationLimitMessage,
} from '../guards/warnings.ts'
import { mostSizes } from '../dynamic-axes/dynamic-axes.ts'
import { hasLeafForm } from './leaf-arguments.ts'
import type { HybridState } from './hybridize.ts'
import type { Recording } from './record-call.ts'
import type { Specialisation } from './specialisation.ts'
import { Leaves, matches, type Template } from './template.ts'
import { warn } from './warn.ts'

/** A form of call that came when there were as many specialisations as there may be. */
export interface RefusedForm {
  readonly template: Template
  readonly because: string
}

/** How a call differs from the nearest specialisation, which is why it is recorded. Nothing before there is one. */
export function whyRecorded(
  { specialisations }: HybridState,
  signature: readonly unknown[],
  gradEnabled: boolean,
): readonly GuardFailure[] {
  let nearest: readonly GuardFailure[] = []
  for (const specialisation of specialisations) {
    const failures = specialisation.failures(signature, gradEnabled)
    if (nearest.length === 0 || failures.length < nearest.length) nearest = failures
  }
  return nearest
}

/** Counts a call that no specialisation could take, by its cause. */
export function noteFailure(state: HybridState, [failure]: readonly GuardFailure[]): void {
  if (!failure) return
  const { stats, causes, functionName } = state
  stats.guardFailures++
  stats.failuresByKind[failure.kind] = (stats.failuresByKind[failure.kind] ?? 0) + 1
  const key = `${failure.kind} ${failure.subject}`
  const count = (causes.get(key)?.count ?? 0) + 1
  causes.set(key, { failure, count })
  // Fields with a few values, such as a switch, get a program for each; a counter would get one at every call.
  const written = state.changedFields.get(failure.subject)
  if (written && count >= 3 && isNew(state, failure.subject))
    warn('FIELD_CHANGED', fieldChangedMessage(functionName, failure, written.source))
}

/** Tells of answers of the host that every later call has again. */
export function warnOfFrozen(state: HybridState, { frozen, fieldWrites }: Recording): void {
  for (const write of fieldWrites) state.changedFields.set(write.path, write)
  for (const value of frozen) {
    if ((value.kind !== 'call' && value.kind !== 'closure') || !isNew(state, `${value.value} ${value.source}`)) continue
    if (value.kind === 'call') warn('FROZEN_CALL', frozenCallMessage(state.functionName, value))
    else warn('CLOSURE_CHANGED', closureChangedMessage(state.functionName, value))
  }
}

const isNew = ({ warnedOf }: HybridState, what: string): boolean => !warnedOf.has(what) && !!warnedOf.add(what)

/**
 * Whether a new form of call gets a specialisation. When there are as many as there may be, it has to come twice: forms that never
 * come again would be compiled in vain, and push out what is used.
 */
export function isAdmitted(
  state: HybridState,
  template: Template & { kind: 'array' },
  signature: readonly unknown[],
  because: readonly GuardFailure[],
): boolean {
  if (programCount(state) < state.maxSpecialisations || state.dynamicAxes.mayServe(state.specialisations, template))
    return true
  warnOfLimit(state)
  const reason = because.map(failureText).join('; ')
  return state.refused.some((form) => form.because === reason && matches(form.template, signature, new Leaves()))
}

/** Remembers a form that was not admitted; the oldest go first. */
export function refuse(state: HybridState, template: Template, because: readonly GuardFailure[]): void {
  state.stats.refusedCalls++
  state.refused.push({ template, because: because.map(failureText).join('; ') })
  if (state.refused.length > state.maxSpecialisations) state.refused.shift()
}

/** Specialisations with a program of their own, and programs that serve several sizes. */
export const programCount = ({ specialisations, dynamicAxes }: HybridState): number =>
  specialisations.filter(({ sized }) => !sized).length + dynamicAxes.programCount

/** Adds a specialisation, in place of the least used ones where there are enough. */
export function admit(state: HybridState, specialisation: Specialisation): void {
  const { specialisations, maxSpecialisations } = state
  state.latest = specialisation
  const isFull = programCount(state) + Number(!specialisation.sized) > maxSpecialisations
  const groups = groupedByProgram(specialisations)
  if (isFull)
    dropLeast(
      state,
      groups.filter(([each]) => each!.program !== specialisation.program),
    )
  const sizes = specialisations.filter(({ sized }) => sized)
  if (specialisation.sized && sizes.length >= mostSizes)
    dropLeast(
      state,
      sizes.map((each) => [each]),
    )
  // One that takes any variable copies it: those bound to variables go first.
  if (hasLeafForm(specialisation.template)) specialisations.push(specialisation)
  else specialisations.unshift(specialisation)
}

/** Those with one program together. */
export function groupedByProgram(specialisations: readonly Specialisation[]): Specialisation[][] {
  const groups = new Map<object, Specialisation[]>()
  for (const each of specialisations) groups.set(each.program, [...(groups.get(each.program) ?? []), each])
  return [...groups.values()]
}

/** Drops the least used group; of equal ones the oldest. */
function dropLeast({ specialisations, stats }: HybridState, groups: readonly Specialisation[][]): void {
  for (const each of specialisations) each.agePopularity()
  const popularity = (group: readonly Specialisation[]): number => group.reduce((sum, each) => sum + each.popularity, 0)
  if (groups.length === 0) return
  const least = groups.reduce((a, b) => (popularity(b) <= popularity(a) ? b : a))
  for (const each of least) {
    specialisations.splice(specialisations.indexOf(each), 1)
    each.dispose()
  }
  stats.droppedSpecialisations++
}

function warnOfLimit(state: HybridState): void {
  if (state.isLimitReached) return
  state.isLimitReached = true
  const most = [...state.causes.values()].reduce((a, b) => (b.count > a.count ? b : a))
  warn('SPECIALISATION_LIMIT', specialisationLimitMessage(state.functionName, state.maxSpecialisations, most))
}
