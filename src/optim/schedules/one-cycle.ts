import { stepsTooFew } from '../errors.ts'
import { checkChoice, checkCount, checkFlag, checkPositive, checkShare } from '../hyperparameters.ts'
import { cosineBetween } from './cosine.ts'
import { add, choose, div, min, mul, sub, type Real } from './real.ts'
import { scheduleOf, scheduleOptions, type Schedule } from './schedule.ts'

/** Options of `oneCycle`. */
export interface OneCycleOptions {
  /** The largest rate. */
  readonly maxLr: number
  /** All steps; the last one's rate stays. */
  readonly steps: number
  /** Share of the steps in which the rate rises. Default 0.3. */
  readonly pctStart?: number
  /** The first rate is maxLr / divFactor. Default 25. */
  readonly divFactor?: number
  /** The last rate is the first one / finalDivFactor. Default 10⁴. */
  readonly finalDivFactor?: number
  /** Whether the rate changes along cosines or lines. Default 'cos'. */
  readonly annealStrategy?: 'cos' | 'linear'
  /** Whether the rate falls to the first one in as many steps as it rose in, and then to the last. Default false: straight to the last. */
  readonly threePhase?: boolean
}

/**
 * One rise and one fall (Smith and Topin, 2018), as PyTorch's OneCycleLR has it, but for its cycle of the momentum.
 *
 * @example schedules.oneCycle({ maxLr: 0.1, steps: 1000 })
 */
export function oneCycle(options: OneCycleOptions): Schedule {
  const table = {
    maxLr: { check: checkPositive },
    steps: { check: checkCount },
    pctStart: { default: 0.3, check: checkShare },
    divFactor: { default: 25, check: checkPositive },
    finalDivFactor: { default: 1e4, check: checkPositive },
    annealStrategy: { default: 'cos', check: checkChoice('cos', 'linear') },
    threePhase: { default: false, check: checkFlag },
  } as const
  const where = 'schedules.oneCycle'
  const given = scheduleOptions<OneCycleOptions>('oneCycle', table, options)
  const { maxLr, steps, pctStart, threePhase } = given
  const first = maxLr / given.divFactor
  const last = first / given.finalDivFactor
  const rise = pctStart * steps - 1
  // PyTorch's phases overlap by a step. Those without steps are left out.
  const phases = (
    threePhase
      ? [
          { end: rise, from: first, to: maxLr },
          { end: 2 * rise, from: maxLr, to: first },
          { end: steps - 1, from: first, to: last },
        ]
      : [
          { end: rise, from: first, to: maxLr },
          { end: steps - 1, from: maxLr, to: last },
        ]
  ).map((phase, i, all) => ({ ...phase, start: i === 0 ? 0 : Math.max(0, all[i - 1]!.end) }))
  const lasting = phases.filter(({ start, end }) => end > start)
  if (lasting.length === 0 || rise < 0) throw stepsTooFew(where, 'steps', steps, Math.max(2, Math.ceil(1 / pctStart)))
  const between =
    given.annealStrategy === 'linear'
      ? (from: number, to: number, share: Real): Real => add(mul(to - from, share), from)
      : cosineBetween
  return scheduleOf((t) => {
    const now = min(t, steps - 1)
    const rateIn = (i: number): Real => {
      const { start, end, from, to } = lasting[i]!
      const inPhase = (): Real => between(from, to, div(sub(now, start), end - start))
      return i === lasting.length - 1 ? inPhase() : choose(now, end, inPhase, () => rateIn(i + 1))
    }
    return rateIn(0)
  })
}
