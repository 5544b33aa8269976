import {
  betasInvalid,
  choiceInvalid,
  flagInvalid,
  functionInvalid,
  hyperparameterInvalid,
  limitsInvalid,
  normTypeInvalid,
} from './errors.ts'

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

/** The exponent of a norm. @throws HYPERPARAMETER_INVALID */
export const checkNormType: Check = (where, name, value) => {
  if (typeof value !== 'number' || !(value > 0)) throw normTypeInvalid(where, name, value)
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

/** A whole number of at least 1. @throws HYPERPARAMETER_INVALID */
export const checkCount: Check = (where, name, value) => {
  if (!Number.isSafeInteger(value) || (value as number) < 1)
    // a number: the line before
    throw hyperparameterInvalid(where, name, value, 'that is whole and at least 1')
}

/** A whole number of at least 0. @throws HYPERPARAMETER_INVALID */
export const checkWhole: Check = (where, name, value) => {
  if (!Number.isSafeInteger(value) || (value as number) < 0)
    // a number: the line before
    throw hyperparameterInvalid(where, name, value, 'that is whole and at least 0')
}

/** Rising whole numbers. @throws HYPERPARAMETER_INVALID */
export const checkLimits: Check = (where, name, value) => {
  const isRising = (limits: readonly unknown[]): boolean =>
    limits.every(
      (limit, i) => Number.isSafeInteger(limit) && (limit as number) > (i === 0 ? 0 : (limits[i - 1] as number)),
    ) // numbers: the line's first half
  if (!Array.isArray(value) || value.length === 0 || !isRising(value)) throw limitsInvalid(where, name, value)
}

/** @throws HYPERPARAMETER_INVALID */
export const checkFunction: Check = (where, name, value) => {
  if (typeof value !== 'function') throw functionInvalid(where, name, value)
}

/** Of an option that may be left out. */
export const ifGiven =
  (check: Check): Check =>
  (where, name, value) => {
    if (value !== undefined) check(where, name, value)
  }

/** One of some words. */
export const checkChoice =
  (...choices: readonly string[]): Check =>
  (where, name, value) => {
    if (!choices.includes(value as string)) throw choiceInvalid(where, name, value, choices) // only compared
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
