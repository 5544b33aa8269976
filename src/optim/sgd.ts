import type { Tensor } from '../frontend/tensor.ts'
import { nesterovWithDampening, nesterovWithoutMomentum } from './errors.ts'
import { checkDecay, checkFlag, checkNotNegative, checkShare } from './hyperparameters.ts'
import { Optimizer } from './optimizer.ts'
import type { TrainedParameters } from './parameter-group.ts'
import type { Rule } from './rule.ts'
import { withWeightDecay } from './running-mean.ts'

/** Options of `sgd`. */
export interface SgdOptions {
  /** Learning rate; `optimizer.lr` changes it later. */
  readonly lr: number
  /** Share of the last step's direction that is kept, in [0, 1). Default 0. */
  readonly momentum?: number
  /** Share of the gradient that the velocity leaves out, but at the first step. Default 0. */
  readonly dampening?: number
  /** Whether the step looks ahead along the new direction. Default false. */
  readonly nesterov?: boolean
  /** Times the parameter is added to its gradient. Default 0. */
  readonly weightDecay?: number
  /** Whether the velocity holds steps (it was multiplied by the rates of its time) instead of gradients. Default false. */
  readonly lrInVelocity?: boolean
}

/**
 * Stochastic gradient descent. With g the gradient, plus weightDecay · p, and τ the dampening (0 at the first step, which has no past):
 * - without momentum: p ← p − lr · g;
 * - with it, as PyTorch (torch.optim.SGD) has it: v ← momentum · v + (1 − τ) · g, p ← p − lr · v, or p − lr · (g + momentum · v) with nesterov;
 * - with lrInVelocity, as Polyak (1964), Sutskever and others (2013) and Keras have it: v ← momentum · v + lr · (1 − τ) · g, p ← p − v,
 *   or p − (lr · g + momentum · v) with nesterov.
 *
 * The two differ only while the learning rate changes: outside, a new rate also holds for the directions of the past.
 */
export const sgdRule: Rule<SgdOptions, 'velocity', 'newShare'> = {
  name: 'sgd',
  options: {
    lr: { check: checkNotNegative },
    momentum: { default: 0, check: checkDecay },
    dampening: { default: 0, check: checkShare },
    nesterov: { default: false, check: checkFlag },
    weightDecay: { default: 0, check: checkNotNegative },
    lrInVelocity: { default: false, check: checkFlag },
  },
  check(at, { momentum, dampening, nesterov }) {
    if (nesterov && momentum === 0) throw nesterovWithoutMomentum(at)
    if (nesterov && dampening !== 0) throw nesterovWithDampening(at, dampening)
  },
  state: ({ momentum }) => (momentum === 0 ? {} : { velocity: 0 }),
  countsSteps: ({ momentum, dampening }) => momentum !== 0 && dampening !== 0,
  coefficients: ({ stepCount }, { momentum, dampening }) =>
    momentum !== 0 && dampening !== 0 ? { newShare: stepCount.greater(1).cast('float64').mul(-dampening).add(1) } : {},
  update({ parameter, gradient, state, scalar }, { momentum, dampening, nesterov, weightDecay, lrInVelocity }) {
    const g = withWeightDecay(gradient, parameter, weightDecay)
    if (momentum === 0) return { parameter: parameter.sub(g.mul(scalar('lr'))) }
    const added = lrInVelocity ? g.mul(scalar('lr')) : g
    const velocity = state.velocity.mul(momentum).add(dampening === 0 ? added : added.mul(scalar('newShare')))
    const direction: Tensor = nesterov ? added.add(velocity.mul(momentum)) : velocity
    return { velocity, parameter: parameter.sub(lrInVelocity ? direction : direction.mul(scalar('lr'))) }
  },
}

/**
 * Stochastic gradient descent, with momentum if asked for; see `sgdRule` for the formulas.
 *
 * @throws PARAMETERS_EMPTY, PARAMETER_INVALID, PARAMETER_REPEATED, HYPERPARAMETER_INVALID
 * @example const optimizer = sgd(net.parameters(), { lr: 0.1, momentum: 0.9 })
 */
export const sgd = (parameters: TrainedParameters<SgdOptions>, options: SgdOptions): Optimizer<SgdOptions> =>
  new Optimizer(sgdRule, parameters, options)
