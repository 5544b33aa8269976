import { notASchedule, stepsTooFew } from '../errors.ts'
import { checkCount, checkNotNegative, checkWhole } from '../hyperparameters.ts'
import { add, choose, cos, div, floor, log, min, mul, pow, sub, type Real } from './real.ts'
import { scheduleOf, scheduleOptions, type Schedule } from './schedule.ts'

/** From `start` at 0 to `end` at 1, along half a cosine. */
export const cosineBetween = (start: number, end: number, share: Real): Real =>
  add(end, div(mul(start - end, add(1, cos(mul(Math.PI, share)))), 2))

/** From `start` at 0 to `end` at `steps`, along a line. */
export const lineBetween = (start: number, end: number, t: Real, steps: number): Real =>
  add(start, div(mul(end - start, t), steps))

/** Options of `cosine`. */
export interface CosineOptions {
  readonly lr: number
  /** Steps until `finalLr`, which stays; those of the warm-up are among them. */
  readonly steps: number
  /** Default 0. */
  readonly finalLr?: number
  /** Steps of a warm-up along a line from `warmUpFrom` to `lr`, before. Default 0: none. */
  readonly warmUp?: number
  /** Default 0. */
  readonly warmUpFrom?: number
}

/**
 * finalLr + (lr − finalLr) · (1 + cos(π · t / steps)) / 2, over what the warm-up leaves of the steps (PyTorch's CosineAnnealingLR; the
 * course's cosine scheduler).
 *
 * @example schedules.cosine({ lr: 0.3, finalLr: 0.01, steps: 20, warmUp: 5 })
 */
export function cosine(options: CosineOptions): Schedule {
  const table = {
    lr: { check: checkNotNegative },
    steps: { check: checkCount },
    finalLr: { default: 0, check: checkNotNegative },
    warmUp: { default: 0, check: checkWhole },
    warmUpFrom: { default: 0, check: checkNotNegative },
  }
  const {
    lr,
    steps,
    finalLr,
    warmUp: warmUpSteps,
    warmUpFrom,
  } = scheduleOptions<CosineOptions>('cosine', table, options)
  if (steps <= warmUpSteps) throw stepsTooFew('schedules.cosine', 'steps', steps, warmUpSteps + 1)
  const falling = (t: Real): Real =>
    cosineBetween(lr, finalLr, div(sub(min(t, steps), warmUpSteps), steps - warmUpSteps))
  if (warmUpSteps === 0) return scheduleOf(falling)
  return scheduleOf((t) =>
    choose(
      t,
      warmUpSteps,
      () => lineBetween(warmUpFrom, lr, t, warmUpSteps),
      () => falling(t),
    ),
  )
}

/** Options of `warmRestarts`. */
export interface WarmRestartsOptions {
  readonly lr: number
  /** Steps of the first period. */
  readonly period: number
  /** What each period is longer than the one before, at least 1. Default 1. */
  readonly factor?: number
  /** The rate that each period falls towards. Default 0. */
  readonly finalLr?: number
}

/**
 * Cosines that begin anew from `lr`: SGDR (Loshchilov and Hutter, 2017; PyTorch's CosineAnnealingWarmRestarts). In a period of T steps that
 * began at step s: finalLr + (lr − finalLr) · (1 + cos(π · (t − s) / T)) / 2.
 *
 * @example schedules.warmRestarts({ lr: 0.1, period: 10, factor: 2 })
 */
export function warmRestarts(options: WarmRestartsOptions): Schedule {
  const table = {
    lr: { check: checkNotNegative },
    period: { check: checkCount },
    factor: { default: 1, check: checkCount },
    finalLr: { default: 0, check: checkNotNegative },
  }
  const { lr, period, factor, finalLr } = scheduleOptions<WarmRestartsOptions>('warmRestarts', table, options)
  return scheduleOf((t) => {
    if (factor === 1) return cosineBetween(lr, finalLr, sub(div(t, period), floor(div(t, period))))
    const grown = add(mul(div(t, period), factor - 1), 1)
    // A restart must not be missed by a rounding error of the logarithms; two steps are further apart than this up to step 10⁸.
    const restarts = floor(add(div(log(grown), Math.log(factor)), 1e-9))
    const longer = pow(factor, restarts)
    const start = div(mul(period, sub(longer, 1)), factor - 1)
    return cosineBetween(lr, finalLr, div(sub(t, start), mul(period, longer)))
  })
}

/** Options of `warmUp`. */
export interface WarmUpOptions {
  /** Steps until the schedule begins. */
  readonly steps: number
  /** The first rate. Default 0. */
  readonly from?: number
}

/**
 * Another schedule after a warm-up along a line to its first rate: from + (schedule(0) − from) · t / steps, then schedule(t − steps).
 *
 * @example schedules.warmUp(schedules.inverseSquareRoot({ lr: 0.1, offset: 400 }), { steps: 400 })
 */
export function warmUp(schedule: Schedule, options: WarmUpOptions): Schedule {
  if (typeof schedule !== 'function') throw notASchedule('schedules.warmUp', schedule)
  const table = { steps: { check: checkCount }, from: { default: 0, check: checkNotNegative } }
  const { steps, from } = scheduleOptions<WarmUpOptions>('warmUp', table, options)
  const first = schedule(0)
  const after = schedule as (t: Real) => Real // a number from a number
  return scheduleOf((t) =>
    choose(
      t,
      steps,
      () => lineBetween(from, first, t, steps),
      () => after(sub(t, steps)),
    ),
  )
}
