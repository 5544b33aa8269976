import { optionInvalid } from '../errors.ts'

/** A number from 0 on. */
export function requireNumber(where: string, name: string, given: unknown): number {
  if (typeof given !== 'number' || !(given >= 0) || given === Infinity)
    throw optionInvalid(where, name, given, 'a number from 0 on')
  return given
}
