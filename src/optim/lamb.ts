import { pow, sqrt, sub, where } from '../frontend/functions/elementwise.ts'
import type { Tensor } from '../frontend/tensor.ts'
import { checkBetas, checkNotNegative } from './hyperparameters.ts'
import { Optimizer } from './optimizer.ts'
import type { TrainedParameters } from './parameter-group.ts'
import type { Rule } from './rule.ts'
import { runningMean } from './running-mean.ts'

/** Options of `lamb`. */
export interface LambOptions {
  /** Learning rate; `optimizer.lr` changes it later. Default 0.001. */
  readonly lr?: number
  /** Shares of the past in the means of the gradient and of its square, each in [0, 1). Default [0.9, 0.999]. */
  readonly betas?: readonly [number, number]
  /** Added to the divisor. Default 1e-6. */
  readonly eps?: number
  /** Times the parameter is added to its direction. Default 0.01. */
  readonly weightDecay?: number
}

/**
 * LAMB (You and others, 2020, algorithm 2, with φ the identity; PyTorch has none): Adam whose step is as long as the parameter is. With g the
 * gradient, at step t: m ← β₁ · m + (1 − β₁) · g, v ← β₂ · v + (1 − β₂) · g², d = m / (1 − β₁ᵗ) / (√v / √(1 − β₂ᵗ) + eps) + weightDecay · p,
 * p ← p − lr · ‖p‖ / ‖d‖ · d. Where one of the norms is 0, their ratio is taken as 1.
 */
export const lambRule: Rule<LambOptions, 'firstMoment' | 'secondMoment', 'correction' | 'rootCorrection'> = {
  name: 'lamb',
  options: {
    lr: { default: 1e-3, check: checkNotNegative },
    betas: { default: [0.9, 0.999], check: checkBetas },
    eps: { default: 1e-6, check: checkNotNegative },
    weightDecay: { default: 0.01, check: checkNotNegative },
  },
  state: () => ({ firstMoment: 0, secondMoment: 0 }),
  countsSteps: () => true,
  coefficients: ({ stepCount }, { betas: [beta1, beta2] }) => ({
    correction: sub(1, pow(beta1, stepCount)),
    rootCorrection: sqrt(sub(1, pow(beta2, stepCount))),
  }),
  update({ parameter, gradient: g, state, scalar }, { betas: [beta1, beta2], eps, weightDecay }) {
    const firstMoment = runningMean(state.firstMoment, g, beta1)
    const secondMoment = runningMean(state.secondMoment, g.mul(g), beta2)
    const divisor = secondMoment.sqrt().div(scalar('rootCorrection')).add(eps)
    const adam = firstMoment.div(scalar('correction')).div(divisor)
    const direction = weightDecay === 0 ? adam : adam.add(parameter.mul(weightDecay))
    const [length, directionLength] = [norm(parameter), norm(direction)]
    const ratio = where(length.greater(0).logicalAnd(directionLength.greater(0)), length.div(directionLength), 1)
    return { firstMoment, secondMoment, parameter: parameter.sub(direction.mul(scalar('lr').mul(ratio))) }
  },
}

const norm = (x: Tensor): Tensor => x.mul(x).sum().sqrt()

/** The LAMB optimizer; see `lambRule` for the formulas. @example const optimizer = lamb(net.parameters(), { lr: 1e-3 }) */
export const lamb = (parameters: TrainedParameters<LambOptions>, options: LambOptions = {}): Optimizer<LambOptions> =>
  new Optimizer(lambRule, parameters, options)
