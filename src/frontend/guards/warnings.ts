import type { FrozenValue } from './frozen-value.ts'
import { failureText, remedies, type GuardFailure } from './guard-failure.ts'

/** A cause of recordings, and of how many. */
export interface CountedFailure {
  readonly failure: GuardFailure
  readonly count: number
}

export const specialisationLimitMessage = (
  functionName: string,
  limit: number,
  { failure, count }: CountedFailure,
): string =>
  `[hybridize] ${functionName} has ${limit} specialisations, as many as maxSpecialisations allows. From now on the most used are kept, and a call of a form that no specialisation has runs eagerly, unless the form comes again. Most often (${count === 1 ? 'once' : `${count} times`}) the cause was ${failureText(failure)}. ${remedies[failure.kind]}.`

export const frozenCallMessage = (functionName: string, { value, source, remedy }: FrozenValue): string =>
  `[hybridize] ${functionName} calls ${value}${source ? ` at ${source}` : ''}, and compiled calls do not call it again: they use what the recorded one got. ${remedy}.`

export const closureChangedMessage = (functionName: string, { value, remedy }: FrozenValue): string =>
  `[hybridize] ${functionName} changes a variable of the enclosing scope: ${value}. ${remedy}.`

export const fieldChangedMessage = (
  functionName: string,
  { subject, was, now }: GuardFailure,
  source: string | undefined,
): string =>
  `[hybridize] ${functionName} changes ${subject} itself${source ? ` at ${source}` : ''} (${was} → ${now}), so each value has a program of its own, and calls are recorded again and again. Make it a variable: variable(0) that the function reads as a tensor and changes with assign, or change it outside.`
