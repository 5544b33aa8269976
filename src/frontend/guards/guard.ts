import type { Tensor } from '../tensor.ts'
import { valueText, type GuardFailure } from './guard-failure.ts'

/** A condition on later calls. */
export interface Guard {
  readonly description: string
  /** Tells apart conditions with one description. */
  readonly subject: unknown
  /** Whether it is about numbers that the call is given. */
  readonly isOfArguments?: true
  holds(leaves: readonly unknown[]): boolean
  /** What a call that does not meet it had instead. */
  failure(leaves: readonly unknown[]): GuardFailure
}

export const guardOf = (
  description: string,
  holds: Guard['holds'],
  subject: unknown,
  failure: Guard['failure'] = () => ({ kind: 'setting', subject: description, was: 'true', now: 'false' }),
): Guard => ({ description, subject, holds, failure })

/** A variable outside the function has to be what it was. */
export const valueGuard = (name: string, read: () => unknown, value: unknown): Guard => ({
  description: `${name} is ${valueText(value)}`,
  subject: read,
  holds: () => Object.is(read(), value),
  failure: () => ({ kind: 'free', subject: name, was: valueText(value), now: valueText(read()) }),
})

/** Number arguments have to give this answer. Made out here, so that it does not keep the recorder and all tensors of the first call alive. */
export function answerGuard<R>(
  subject: string,
  positions: readonly number[],
  question: (...numbers: number[]) => R,
  answer: R,
): Guard {
  const answerOf = (leaves: readonly unknown[]): R =>
    question(...positions.map((position) => numberIn(leaves[position])))
  return {
    description: `${subject}: ${String(answer)}`,
    subject: undefined,
    isOfArguments: true,
    holds: (leaves) => Object.is(answerOf(leaves), answer),
    failure: (leaves) => ({ kind: 'number', subject, was: String(answer), now: String(answerOf(leaves)) }),
  }
}

/** The number in a leaf: itself, or a weak tensor's only element. */
export const numberIn = (leaf: unknown): number =>
  typeof leaf === 'number' ? leaf : (leaf as Tensor).copyElements()[0]! // leaves are numbers and tensors
