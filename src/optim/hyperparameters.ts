import { hyperparameterInvalid } from './errors.ts'

/** A finite number of at least 0. @throws HYPERPARAMETER_INVALID */
export function checkNotNegative(where: string, name: string, value: number): void {
  if (typeof value !== 'number' || !(value >= 0 && value < Infinity))
    throw hyperparameterInvalid(where, name, value, 'of at least 0')
}

/** A share of the past that a running mean keeps: at least 0 and below 1. @throws HYPERPARAMETER_INVALID */
export function checkDecay(where: string, name: string, value: number): void {
  if (typeof value !== 'number' || !(value >= 0 && value < 1))
    throw hyperparameterInvalid(where, name, value, 'of at least 0 and below 1')
}
