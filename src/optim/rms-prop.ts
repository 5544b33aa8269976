import { checkDecay, checkFlag, checkNotNegative } from './hyperparameters.ts'
import { Optimizer } from './optimizer.ts'
import type { TrainedParameters } from './parameter-group.ts'
import type { Rule } from './rule.ts'
import { rootWithEps, runningMean, withWeightDecay } from './running-mean.ts'

/** Options of `rmsProp`. */
export interface RmsPropOptions {
  /** Learning rate; `optimizer.lr` changes it later. Default 0.01. */
  readonly lr?: number
  /** Share of the past in the mean of squares, in [0, 1); the course's γ. Default 0.99. */
  readonly alpha?: number
  /** Added to the divisor. Default 1e-8. */
  readonly eps?: number
  /** Whether eps is added under the root, to the mean of squares, as the course has it, instead of to the root. Default false, as in PyTorch. */
  readonly epsInside?: boolean
  /** Times the parameter is added to its gradient. Default 0. */
  readonly weightDecay?: number
  /** Share of the last step's direction that is kept, in [0, 1). Default 0. */
  readonly momentum?: number
  /** Whether the velocity holds steps (it was multiplied by the rates of its time) instead of directions. Default false, as in PyTorch. */
  readonly lrInVelocity?: boolean
  /** Whether the divisor is made of the variance instead of the mean of squares. Default false. */
  readonly centered?: boolean
}

/**
 * RMSProp (Tieleman and Hinton, 2012, lecture 6.5; centred: Graves, 2013). With g the gradient, plus weightDecay · p:
 * v ← alpha · v + (1 − alpha) · g², d = g / (√v + eps) as PyTorch (torch.optim.RMSprop) has it, or g / √(v + eps) with epsInside, as the course
 * has it, and p ← p − lr · d.
 * - Centred: a ← alpha · a + (1 − alpha) · g, and v − a² in v's place in the divisor.
 * - With momentum: u ← momentum · u + d, p ← p − lr · u; with lrInVelocity u ← momentum · u + lr · d, p ← p − u.
 */
export const rmsPropRule: Rule<RmsPropOptions, 'meanSquare' | 'meanGradient' | 'velocity'> = {
  name: 'rmsProp',
  options: {
    lr: { default: 0.01, check: checkNotNegative },
    alpha: { default: 0.99, check: checkDecay },
    eps: { default: 1e-8, check: checkNotNegative },
    epsInside: { default: false, check: checkFlag },
    weightDecay: { default: 0, check: checkNotNegative },
    momentum: { default: 0, check: checkDecay },
    lrInVelocity: { default: false, check: checkFlag },
    centered: { default: false, check: checkFlag },
  },
  state: ({ momentum, centered }) => ({
    meanSquare: 0,
    ...(centered && { meanGradient: 0 }),
    ...(momentum !== 0 && { velocity: 0 }),
  }),
  update({ parameter, gradient, state, scalar }, options) {
    const { alpha, eps, epsInside, weightDecay, momentum, lrInVelocity, centered } = options
    const g = withWeightDecay(gradient, parameter, weightDecay)
    const meanSquare = runningMean(state.meanSquare, g.mul(g), alpha)
    const meanGradient = centered ? runningMean(state.meanGradient, g, alpha) : undefined
    const spread = meanGradient ? meanSquare.sub(meanGradient.mul(meanGradient)) : meanSquare
    const direction = g.div(rootWithEps(spread, eps, epsInside))
    const means = { meanSquare, ...(meanGradient && { meanGradient }) }
    if (momentum === 0) return { ...means, parameter: parameter.sub(direction.mul(scalar('lr'))) }
    const velocity = state.velocity.mul(momentum).add(lrInVelocity ? direction.mul(scalar('lr')) : direction)
    return { ...means, velocity, parameter: parameter.sub(lrInVelocity ? velocity : velocity.mul(scalar('lr'))) }
  },
}

/** The RMSProp optimizer; see `rmsPropRule` for the formulas. @example const optimizer = rmsProp(net.parameters(), { lr: 0.01, alpha: 0.9 }) */
export const rmsProp = (
  parameters: TrainedParameters<RmsPropOptions>,
  options: RmsPropOptions = {},
): Optimizer<RmsPropOptions> => new Optimizer(rmsPropRule, parameters, options)
