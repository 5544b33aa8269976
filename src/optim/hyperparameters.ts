import { betasInvalid, flagInvalid, hyperparameterInvalid } from './errors.ts'

/** Refuses what an option may not be. */
export type Check = (where: string, name: string, value: unknown) => void

/** The default of an option (none: it has to be given), and what it may be. */
export interface OptionRule<T> {
  readonly default?: T
  readonly check: Check
}

export type OptionTable<O> = { readonly [K in keyof O]-?: OptionRule<NonNullable<O[K]>> }

/** A finite number of at least 0. @throws HYPERPARAMETER_INVALID */
export const checkNotNegative: Check = (where, name, value) => {
  if (typeof value !== 'number' || !(value >= 0 && value < Infinity))
    throw hyperparameterInvalid(where, name, value, 'of at least 0')
}

/** A finite number above 0. @throws HYPERPARAMETER_INVALID */
export const checkPositive: Check = (where, name, value) => {
  if (typeof value !== 'number' || !(value > 0 && value < Infinity))
    throw hyperparameterInvalid(where, name, value, 'above 0')
}

/** A share of the past that a running mean keeps: at least 0 and below 1. @throws HYPERPARAMETER_INVALID */
export const checkDecay: Check = (where, name, value) => {
  if (typeof value !== 'number' || !(value >= 0 && value < 1))
    throw hyperparameterInvalid(where, name, value, 'of at least 0 and below 1')
}

/** A share: 0 to 1. @throws HYPERPARAMETER_INVALID */
export const checkShare: Check = (where, name, value) => {
  if (typeof value !== 'number' || !(value >= 0 && value <= 1))
    throw hyperparameterInvalid(where, name, value, 'from 0 to 1')
}

/** Two shares of the past. @throws HYPERPARAMETER_INVALID */
export const checkBetas: Check = (where, name, value) => {
  if (!Array.isArray(value)) throw betasInvalid(where, value)
  checkDecay(where, `${name}[0]`, value[0])
  checkDecay(where, `${name}[1]`, value[1])
}

/** @throws HYPERPARAMETER_INVALID */
export const checkFlag: Check = (where, name, value) => {
  if (typeof value !== 'boolean') throw flagInvalid(where, name, value)
}

/** All options of a table, as given or by default, each within its limits. @throws HYPERPARAMETER_INVALID */
export function completeOptions<O extends object>(
  where: string,
  table: OptionTable<O>,
  given: O,
): { readonly [K in keyof O]-?: O[K] } {
  const complete: Record<string, unknown> = {}
  for (const [name, { default: usual, check }] of Object.entries<OptionRule<unknown>>(table)) {
    const own = (given as Readonly<Record<string, unknown>>)[name] // of the table
    const value = own === undefined ? usual : own
    check(where, name, value)
    complete[name] = Array.isArray(value) ? Object.freeze([...(value as readonly unknown[])]) : value
  }
  return Object.freeze(complete) as { readonly [K in keyof O]-?: O[K] } // one entry for each in the table
}
