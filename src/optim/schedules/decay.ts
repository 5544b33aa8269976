import { gammaOrLambda } from '../errors.ts'
import { checkCount, checkFunction, checkLimits, checkNotNegative, checkPositive, ifGiven } from '../hyperparameters.ts'
import { add, countReached, div, exp, floor, max, min, mul, pow, sub, type Real } from './real.ts'
import { scheduleOf, scheduleOptions, type Schedule } from './schedule.ts'

const lr = { check: checkNotNegative }

/** The same rate at every step. */
export function constant(options: { readonly lr: number }): Schedule {
  const { lr: rate } = scheduleOptions('constant', { lr }, options)
  return scheduleOf(() => rate)
}

/** Options of `step`. */
export interface StepOptions {
  readonly lr: number
  /** Steps between two changes. */
  readonly stepSize: number
  /** What the rate is multiplied by at each. Default 0.1. */
  readonly gamma?: number
}

/** lr · gamma^⌊t / stepSize⌋ (PyTorch's StepLR). @example schedules.step({ lr: 0.1, stepSize: 30 }) */
export function step(options: StepOptions): Schedule {
  const table = { lr, stepSize: { check: checkCount }, gamma: { default: 0.1, check: checkNotNegative } }
  const { lr: start, stepSize, gamma } = scheduleOptions<StepOptions>('step', table, options)
  return scheduleOf((t) => mul(start, pow(gamma, floor(div(t, stepSize)))))
}

/** Options of `multiStep`. */
export interface MultiStepOptions {
  readonly lr: number
  /** Steps at which the rate changes, in rising order. */
  readonly milestones: readonly number[]
  /** What the rate is multiplied by at each. Default 0.1. */
  readonly gamma?: number
}

/** lr · gamma^(milestones reached) (PyTorch's MultiStepLR). @example schedules.multiStep({ lr: 0.5, milestones: [15, 30], gamma: 0.5 }) */
export function multiStep(options: MultiStepOptions): Schedule {
  const table = { lr, milestones: { check: checkLimits }, gamma: { default: 0.1, check: checkNotNegative } }
  const { lr: start, milestones, gamma } = scheduleOptions<MultiStepOptions>('multiStep', table, options)
  return scheduleOf((t) => mul(start, pow(gamma, countReached(t, milestones))))
}

/** Options of `factor`. */
export interface FactorOptions {
  readonly lr: number
  /** What the rate is multiplied by at each step. */
  readonly factor: number
  /** The least rate. Default 0. */
  readonly minimum?: number
}

/** max(minimum, lr · factor^t) (the course's factor scheduler). @example schedules.factor({ lr: 2, factor: 0.9, minimum: 1e-2 }) */
export function factor(options: FactorOptions): Schedule {
  const table = { lr, factor: { check: checkNotNegative }, minimum: { default: 0, check: checkNotNegative } }
  const { lr: start, factor: each, minimum } = scheduleOptions<FactorOptions>('factor', table, options)
  return scheduleOf((t) => max(mul(start, pow(each, t)), minimum))
}

/** Options of `exponential`: one of the two besides `lr`. */
export interface ExponentialOptions {
  readonly lr: number
  /** What the rate is multiplied by at each step. */
  readonly gamma?: number | undefined
  /** λ: gamma is e^(−λ). */
  readonly lambda?: number | undefined
}

/**
 * lr · gamma^t (PyTorch's ExponentialLR), or lr · e^(−lambda · t) (the course's exponential decay).
 *
 * @example schedules.exponential({ lr: 0.1, gamma: 0.95 })
 */
export function exponential(options: ExponentialOptions): Schedule {
  const table = { lr, gamma: { check: ifGiven(checkNotNegative) }, lambda: { check: ifGiven(checkNotNegative) } }
  const { lr: start, gamma, lambda: fall } = scheduleOptions<ExponentialOptions>('exponential', table, options)
  if ((gamma === undefined) === (fall === undefined)) throw gammaOrLambda('schedules.exponential')
  return fall === undefined
    ? scheduleOf((t) => mul(start, pow(gamma!, t)))
    : scheduleOf((t) => mul(start, exp(mul(-fall, t))))
}

/** Options of `polynomial`. */
export interface PolynomialOptions {
  readonly lr: number
  /** Steps until `finalLr`, which stays. */
  readonly steps: number
  /** Default 1: a straight line. */
  readonly power?: number
  /** Default 0. */
  readonly finalLr?: number
}

/** finalLr + (lr − finalLr) · (1 − t / steps)^power (PyTorch's PolynomialLR). @example schedules.polynomial({ lr: 0.1, steps: 100, power: 2 }) */
export function polynomial(options: PolynomialOptions): Schedule {
  const table = {
    lr,
    steps: { check: checkCount },
    power: { default: 1, check: checkPositive },
    finalLr: { default: 0, check: checkNotNegative },
  }
  const { lr: start, steps, power, finalLr } = scheduleOptions<PolynomialOptions>('polynomial', table, options)
  return scheduleOf((t) => add(finalLr, mul(start - finalLr, pow(sub(1, div(min(t, steps), steps)), power))))
}

/** Options of `inversePower`. */
export interface InversePowerOptions {
  readonly lr: number
  /** β: how fast the rate falls. Default 1. */
  readonly rate?: number
  /** α. Default 0.5. */
  readonly power?: number
}

const inversePowerOf = (start: number, scaled: (t: Real) => Real, power: number): Schedule =>
  scheduleOf((t) => mul(start, pow(add(scaled(t), 1), -power)))

/** lr · (1 + rate · t)^(−power) (the course's polynomial decay). @example schedules.inversePower({ lr: 0.1, rate: 0.1 }) */
export function inversePower(options: InversePowerOptions): Schedule {
  const table = {
    lr,
    rate: { default: 1, check: checkNotNegative },
    power: { default: 0.5, check: checkNotNegative },
  }
  const { lr: start, rate, power } = scheduleOptions<InversePowerOptions>('inversePower', table, options)
  return inversePowerOf(start, (t) => mul(rate, t), power)
}

/** Options of `inverseSquareRoot`. */
export interface InverseSquareRootOptions {
  readonly lr: number
  /** Steps after which the rate has fallen to 1 / √2. Default 1. */
  readonly offset?: number
}

/** lr / √(t / offset + 1) (the course's square root scheduler). @example schedules.inverseSquareRoot({ lr: 0.1 }) */
export function inverseSquareRoot(options: InverseSquareRootOptions): Schedule {
  const table = { lr, offset: { default: 1, check: checkPositive } }
  const { lr: start, offset } = scheduleOptions<InverseSquareRootOptions>('inverseSquareRoot', table, options)
  return inversePowerOf(start, (t) => div(t, offset), 0.5)
}

/** Options of `lambda`. */
export interface LambdaOptions {
  readonly lr: number
  /** What the rate is multiplied by after t steps. In a compiled function t is a tensor: written with gryph's functions it works there too. */
  readonly factor: (t: number) => number
}

/** lr · factor(t) (PyTorch's LambdaLR). @example schedules.lambda({ lr: 0.1, factor: (t) => 1 / (1 + t) }) */
export function lambda(options: LambdaOptions): Schedule {
  const table = { lr, factor: { check: checkFunction } }
  const { lr: start, factor: each } = scheduleOptions<LambdaOptions>('lambda', table, options)
  return scheduleOf((t) => mul(start, (each as (t: Real) => Real)(t))) // a number from a number
}
