import type { Dtype } from '../base/dtype.ts'
import type { Tensor } from '../frontend/tensor.ts'
import { nesterovWithoutMomentum } from './errors.ts'
import { checkDecay, checkNotNegative } from './hyperparameters.ts'
import { checkOptions } from '../ops/calls/options.ts'
import { Optimizer, type GradedParameter, type Update } from './optimizer.ts'

/** Options of `sgd`. */
export interface SgdOptions {
  /** Learning rate; `optimizer.lr` changes it later. */
  readonly lr: number
  /** Share of the last step's direction that is kept, in [0, 1). Default 0. */
  readonly momentum?: number
  /** Whether the step looks ahead along the new direction. Default false. */
  readonly nesterov?: boolean
  /** Times the parameter is added to its gradient. Default 0. */
  readonly weightDecay?: number
}

const optionNames: readonly (keyof SgdOptions)[] = ['lr', 'momentum', 'nesterov', 'weightDecay']

/**
 * Stochastic gradient descent, by PyTorch's formulas with dampening 0. With g the gradient, plus weightDecay · p:
 * v ← momentum · v + g, and p ← p − lr · v, or p − lr · (g + momentum · v) with nesterov.
 */
export class Sgd extends Optimizer {
  readonly momentum: number
  readonly nesterov: boolean
  readonly weightDecay: number
  readonly #velocities: readonly Tensor[]

  /** @throws PARAMETERS_EMPTY, PARAMETER_INVALID, PARAMETER_REPEATED, HYPERPARAMETER_INVALID */
  constructor(parameters: Iterable<Tensor>, options: SgdOptions) {
    checkOptions('sgd', options, optionNames, true)
    const { lr, momentum = 0, nesterov = false, weightDecay = 0 } = options
    super('sgd', parameters, lr)
    checkDecay('sgd', 'momentum', momentum)
    checkNotNegative('sgd', 'weightDecay', weightDecay)
    if (nesterov && momentum === 0) throw nesterovWithoutMomentum()
    this.momentum = momentum
    this.nesterov = nesterov
    this.weightDecay = weightDecay
    this.#velocities = momentum === 0 ? [] : this.addStatePerParameter('velocity')
  }

  protected override update(graded: readonly GradedParameter[], lr: (dtype: Dtype) => Tensor): Update[] {
    const { momentum, nesterov, weightDecay } = this
    return graded.flatMap(({ position, parameter, gradient }): Update[] => {
      const g = weightDecay === 0 ? gradient : gradient.add(parameter.mul(weightDecay))
      const velocity = this.#velocities[position]
      if (!velocity) return [[parameter, parameter.sub(g.mul(lr(parameter.dtype)))]]
      const next = velocity.mul(momentum).add(g)
      const direction = nesterov ? g.add(next.mul(momentum)) : next
      return [
        [velocity, next],
        [parameter, parameter.sub(direction.mul(lr(parameter.dtype)))],
      ]
    })
  }
}

/**
 * Stochastic gradient descent, with momentum if asked for.
 *
 * @throws PARAMETERS_EMPTY, PARAMETER_INVALID, PARAMETER_REPEATED, HYPERPARAMETER_INVALID
 * @example const optimizer = sgd(net.parameters(), { lr: 0.1, momentum: 0.9 })
 */
export const sgd = (parameters: Iterable<Tensor>, options: SgdOptions): Sgd => new Sgd(parameters, options)
