import { abs, maximum, pow, sub } from '../frontend/functions/elementwise.ts'
import { checkBetas, checkNotNegative } from './hyperparameters.ts'
import { Optimizer } from './optimizer.ts'
import type { TrainedParameters } from './parameter-group.ts'
import type { Rule } from './rule.ts'
import { runningMean, withWeightDecay } from './running-mean.ts'

/** Options of `adamax`. */
export interface AdamaxOptions {
  /** Learning rate; `optimizer.lr` changes it later. Default 0.002. */
  readonly lr?: number
  /** Shares of the past in the mean of the gradient and in the norm, each in [0, 1). Default [0.9, 0.999]. */
  readonly betas?: readonly [number, number]
  /** Added to the size of each gradient. Default 1e-8. */
  readonly eps?: number
  /** Times the parameter is added to its gradient. Default 0. */
  readonly weightDecay?: number
}

/**
 * Adamax (Kingma and Ba, 2015, algorithm 2), as PyTorch (torch.optim.Adamax) has it: Adam with the infinity norm. With g the gradient, plus
 * weightDecay · p, at step t: m ← β₁ · m + (1 − β₁) · g, u ← max(β₂ · u, |g| + eps), p ← p − lr / (1 − β₁ᵗ) · m / u.
 */
export const adamaxRule: Rule<AdamaxOptions, 'firstMoment' | 'infinityNorm', 'stepSize'> = {
  name: 'adamax',
  options: {
    lr: { default: 2e-3, check: checkNotNegative },
    betas: { default: [0.9, 0.999], check: checkBetas },
    eps: { default: 1e-8, check: checkNotNegative },
    weightDecay: { default: 0, check: checkNotNegative },
  },
  state: () => ({ firstMoment: 0, infinityNorm: 0 }),
  countsSteps: () => true,
  coefficients: ({ lr, stepCount }, { betas }) => ({ stepSize: lr.div(sub(1, pow(betas[0], stepCount))) }),
  update({ parameter, gradient, state, scalar }, { betas: [beta1, beta2], eps, weightDecay }) {
    const g = withWeightDecay(gradient, parameter, weightDecay)
    const firstMoment = runningMean(state.firstMoment, g, beta1)
    const infinityNorm = maximum(state.infinityNorm.mul(beta2), abs(g).add(eps))
    return {
      firstMoment,
      infinityNorm,
      parameter: parameter.sub(firstMoment.div(infinityNorm).mul(scalar('stepSize'))),
    }
  },
}

/** The Adamax optimizer; see `adamaxRule` for the formulas. @example const optimizer = adamax(net.parameters()) */
export const adamax = (
  parameters: TrainedParameters<AdamaxOptions>,
  options: AdamaxOptions = {},
): Optimizer<AdamaxOptions> => new Optimizer(adamaxRule, parameters, options)
