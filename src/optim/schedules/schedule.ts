import type { Tensor } from '../../frontend/tensor.ts'
import { checkOptions } from '../../ops/calls/options.ts'
import { completeOptions, type OptionTable } from '../hyperparameters.ts'
import type { Complete } from '../rule.ts'
import { asTensor, type Real } from './real.ts'

/**
 * The learning rate after t steps of a scheduler, a pure function in closed form: of a number, or of a scalar tensor in tensor ops, with equal bits.
 */
export interface Schedule {
  (t: number): number
  (t: Tensor): Tensor
}

/** A schedule of a formula. */
export const scheduleOf = (formula: (t: Real) => Real): Schedule =>
  ((t: Real) => (typeof t === 'number' ? formula(t) : asTensor(formula(t.cast('float64'))))) as Schedule // a number gives a number

/** The options of a schedule, checked. @throws OPTION_UNKNOWN, OPTION_INVALID, HYPERPARAMETER_INVALID */
export function scheduleOptions<O extends object>(name: string, table: OptionTable<O>, given: O): Complete<O> {
  checkOptions(`schedules.${name}`, given, Object.keys(table), true)
  return completeOptions(`schedules.${name}`, table, given)
}
