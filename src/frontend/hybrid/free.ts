import { FreeReads } from '../hybridize/free-variables.ts'
import { isRecording } from './control.ts'

/** A function's name, then for each free variable its text and how to read it. */
export type FreeSpecification = false | readonly [name: string, ...parts: (string | (() => unknown))[]]

export { isRecording }

/** Notes the free variables of a function whose call is recorded. */
export function free(specification: FreeSpecification): FreeReads | undefined {
  return specification === false ? undefined : FreeReads.open(specification)
}

/** `free` for a function that is an expression. */
export const withFree = <R>(specification: FreeSpecification, body: (reads: FreeReads | undefined) => R): R =>
  body(free(specification))

/** The value of a free variable: the input that it has become, or the value itself. */
export const read = (reads: FreeReads | undefined, position: number, value: unknown): unknown =>
  reads === undefined ? value : reads.read(position, value)
