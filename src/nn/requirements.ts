import { probabilityInvalid } from '../frontend/errors.ts'
import { featuresInvalid } from './errors.ts'

/** Of the parameters of a layer. */
export type ParameterDtype = 'float32' | 'float64'

/** A whole number of at least 1. @throws FEATURES_INVALID */
export function requireCount(where: string, name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) throw featuresInvalid(where, name, value)
}

/** A probability to drop with. @throws PROBABILITY_INVALID */
export function requireProbability(where: string, p: number): void {
  if (typeof p !== 'number' || !(p >= 0 && p < 1)) throw probabilityInvalid(where, p)
}
