import { mul, pow, sqrt, sub } from '../frontend/functions/elementwise.ts'
import type { Tensor } from '../frontend/tensor.ts'
import { checkBetas, checkFlag, checkNotNegative } from './hyperparameters.ts'
import { Optimizer } from './optimizer.ts'
import type { TrainedParameters } from './parameter-group.ts'
import type { Rule } from './rule.ts'
import { runningMean, withWeightDecay } from './running-mean.ts'

/** Options of `nadam`. */
export interface NadamOptions {
  /** Learning rate; `optimizer.lr` changes it later. Default 0.002. */
  readonly lr?: number
  /** Shares of the past in the means of the gradient and of its square, each in [0, 1). Default [0.9, 0.999]. */
  readonly betas?: readonly [number, number]
  /** Added to the divisor. Default 1e-8. */
  readonly eps?: number
  /** Times the parameter is added to its gradient, or see decoupledWeightDecay. Default 0. */
  readonly weightDecay?: number
  /** How fast the momentum approaches betas[0]. Default 0.004. */
  readonly momentumDecay?: number
  /** Whether the parameter is shrunk by lr · weightDecay instead, as in AdamW. Default false. */
  readonly decoupledWeightDecay?: boolean
}

type Coefficients = 'gradientRate' | 'momentRate' | 'rootCorrection' | 'shrinkage'

/**
 * NAdam (Dozat, 2016), as PyTorch (torch.optim.NAdam) has it: Adam with Nesterov momentum. With g the gradient, plus weightDecay · p, at step t:
 * μₜ = β₁ · (1 − 0.96^(t · momentumDecay) / 2), π ← π · μₜ (the product of all), m ← β₁ · m + (1 − β₁) · g, v ← β₂ · v + (1 − β₂) · g²,
 * p ← p − (lr · (1 − μₜ) / (1 − π) · g + lr · μₜ₊₁ / (1 − π · μₜ₊₁) · m) / (√v / √(1 − β₂ᵗ) + eps).
 */
export const nadamRule: Rule<NadamOptions, 'firstMoment' | 'secondMoment', Coefficients, 'momentumProduct'> = {
  name: 'nadam',
  options: {
    lr: { default: 2e-3, check: checkNotNegative },
    betas: { default: [0.9, 0.999], check: checkBetas },
    eps: { default: 1e-8, check: checkNotNegative },
    weightDecay: { default: 0, check: checkNotNegative },
    momentumDecay: { default: 4e-3, check: checkNotNegative },
    decoupledWeightDecay: { default: false, check: checkFlag },
  },
  state: () => ({ firstMoment: 0, secondMoment: 0 }),
  countsSteps: () => true,
  numbers: { momentumProduct: 1 },
  coefficients({ lr, stepCount, numbers }, { betas: [beta1, beta2], weightDecay, momentumDecay }) {
    const momentumAt = (step: Tensor): Tensor => sub(1, pow(0.96, step.mul(momentumDecay)).mul(0.5)).mul(beta1)
    const [momentum, nextMomentum] = [momentumAt(stepCount), momentumAt(stepCount.add(1))]
    const momentumProduct = mul(numbers.momentumProduct, momentum)
    return {
      momentumProduct,
      gradientRate: lr.mul(sub(1, momentum)).div(sub(1, momentumProduct)),
      momentRate: lr.mul(nextMomentum).div(sub(1, momentumProduct.mul(nextMomentum))),
      rootCorrection: sqrt(sub(1, pow(beta2, stepCount))),
      shrinkage: sub(1, lr.mul(weightDecay)),
    }
  },
  update({ parameter, gradient, state, scalar }, { betas: [beta1, beta2], eps, weightDecay, decoupledWeightDecay }) {
    const isDecoupled = decoupledWeightDecay && weightDecay !== 0
    const g = withWeightDecay(gradient, parameter, isDecoupled ? 0 : weightDecay)
    const shrunk = isDecoupled ? parameter.mul(scalar('shrinkage')) : parameter
    const firstMoment = runningMean(state.firstMoment, g, beta1)
    const secondMoment = runningMean(state.secondMoment, g.mul(g), beta2)
    const divisor = secondMoment.sqrt().div(scalar('rootCorrection')).add(eps)
    const direction = g.mul(scalar('gradientRate')).add(firstMoment.mul(scalar('momentRate')))
    return { firstMoment, secondMoment, parameter: shrunk.sub(direction.div(divisor)) }
  },
}

/** The NAdam optimizer; see `nadamRule` for the formulas. @example const optimizer = nadam(net.parameters()) */
export const nadam = (
  parameters: TrainedParameters<NadamOptions>,
  options: NadamOptions = {},
): Optimizer<NadamOptions> => new Optimizer(nadamRule, parameters, options)
