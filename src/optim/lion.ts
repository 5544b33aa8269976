import { sign, sub } from '../frontend/functions/elementwise.ts'
import { checkBetas, checkNotNegative } from './hyperparameters.ts'
import { Optimizer } from './optimizer.ts'
import type { TrainedParameters } from './parameter-group.ts'
import type { Rule } from './rule.ts'
import { runningMean } from './running-mean.ts'

/** Options of `lion`. */
export interface LionOptions {
  /** Learning rate, the size of every change; `optimizer.lr` changes it later. Default 1e-4. */
  readonly lr?: number
  /** Shares of the past in the direction of a step and in the mean that is kept, each in [0, 1). Default [0.9, 0.99]. */
  readonly betas?: readonly [number, number]
  /** The parameter is shrunk by lr · weightDecay at each step. Default 0. */
  readonly weightDecay?: number
}

/**
 * Lion (Chen and others, 2023, algorithm 2; PyTorch has none). With g the gradient: p ← p · (1 − lr · weightDecay) − lr · sign(β₁ · m + (1 − β₁) · g),
 * m ← β₂ · m + (1 − β₂) · g.
 */
export const lionRule: Rule<LionOptions, 'firstMoment', 'shrinkage'> = {
  name: 'lion',
  options: {
    lr: { default: 1e-4, check: checkNotNegative },
    betas: { default: [0.9, 0.99], check: checkBetas },
    weightDecay: { default: 0, check: checkNotNegative },
  },
  state: () => ({ firstMoment: 0 }),
  coefficients: ({ lr }, { weightDecay }) => (weightDecay === 0 ? {} : { shrinkage: sub(1, lr.mul(weightDecay)) }),
  update({ parameter, gradient, state, scalar }, { betas: [beta1, beta2], weightDecay }) {
    const shrunk = weightDecay === 0 ? parameter : parameter.mul(scalar('shrinkage'))
    const direction = sign(runningMean(state.firstMoment, gradient, beta1))
    return {
      firstMoment: runningMean(state.firstMoment, gradient, beta2),
      parameter: shrunk.sub(direction.mul(scalar('lr'))),
    }
  },
}

/** The Lion optimizer; see `lionRule` for the formulas. @example const optimizer = lion(net.parameters(), { lr: 1e-4, weightDecay: 0.1 }) */
export const lion = (parameters: TrainedParameters<LionOptions>, options: LionOptions = {}): Optimizer<LionOptions> =>
  new Optimizer(lionRule, parameters, options)
