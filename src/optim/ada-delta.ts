import { checkDecay, checkNotNegative } from './hyperparameters.ts'
import { Optimizer } from './optimizer.ts'
import type { TrainedParameters } from './parameter-group.ts'
import type { Rule } from './rule.ts'
import { rootWithEps, runningMean, withWeightDecay } from './running-mean.ts'

/** Options of `adaDelta`. */
export interface AdaDeltaOptions {
  /** Learning rate; `optimizer.lr` changes it later. The paper has none. Default 1. */
  readonly lr?: number
  /** Share of the past in both means, in [0, 1). Default 0.9. */
  readonly rho?: number
  /** Added under both roots. Default 1e-6. */
  readonly eps?: number
  /** Times the parameter is added to its gradient. Default 0. */
  readonly weightDecay?: number
}

/**
 * AdaDelta (Zeiler, 2012, algorithm 1), as PyTorch (torch.optim.Adadelta) and the course have it: both with eps inside the roots. With g the
 * gradient, plus weightDecay · p: v ← rho · v + (1 − rho) · g², d = √(u + eps) / √(v + eps) · g, u ← rho · u + (1 − rho) · d²,
 * p ← p − lr · d.
 */
export const adaDeltaRule: Rule<AdaDeltaOptions, 'meanSquare' | 'meanSquareStep'> = {
  name: 'adaDelta',
  options: {
    lr: { default: 1, check: checkNotNegative },
    rho: { default: 0.9, check: checkDecay },
    eps: { default: 1e-6, check: checkNotNegative },
    weightDecay: { default: 0, check: checkNotNegative },
  },
  state: () => ({ meanSquare: 0, meanSquareStep: 0 }),
  update({ parameter, gradient, state, scalar }, { rho, eps, weightDecay }) {
    const g = withWeightDecay(gradient, parameter, weightDecay)
    const meanSquare = runningMean(state.meanSquare, g.mul(g), rho)
    const step = rootWithEps(state.meanSquareStep, eps, true)
      .div(rootWithEps(meanSquare, eps, true))
      .mul(g)
    return {
      meanSquare,
      meanSquareStep: runningMean(state.meanSquareStep, step.mul(step), rho),
      parameter: parameter.sub(step.mul(scalar('lr'))),
    }
  },
}

/** The AdaDelta optimizer; see `adaDeltaRule` for the formulas. @example const optimizer = adaDelta(net.parameters(), { rho: 0.9, eps: 1e-5 }) */
export const adaDelta = (
  parameters: TrainedParameters<AdaDeltaOptions>,
  options: AdaDeltaOptions = {},
): Optimizer<AdaDeltaOptions> => new Optimizer(adaDeltaRule, parameters, options)
