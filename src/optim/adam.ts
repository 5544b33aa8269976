import type { Dtype } from '../base/dtype.ts'
import { variable } from '../frontend/create.ts'
import { pow, sqrt, sub } from '../frontend/functions/elementwise.ts'
import type { Tensor } from '../frontend/tensor.ts'
import { betasInvalid } from './errors.ts'
import { checkDecay, checkNotNegative } from './hyperparameters.ts'
import { checkOptions } from '../ops/calls/options.ts'
import { Optimizer, perDtype, type GradedParameter, type Update } from './optimizer.ts'

/** Options of `adam`. */
export interface AdamOptions {
  /** Learning rate; `optimizer.lr` changes it later. Default 0.001. */
  readonly lr?: number
  /** Shares of the past in the means of the gradient and of its square, each in [0, 1). Default [0.9, 0.999]. */
  readonly betas?: readonly [number, number]
  /** Added to the divisor. Default 1e-8. */
  readonly eps?: number
  /** Times the parameter is added to its gradient. Default 0. */
  readonly weightDecay?: number
}

const optionNames: readonly (keyof AdamOptions)[] = ['lr', 'betas', 'eps', 'weightDecay']

/**
 * Adam (Kingma and Ba, 2015, algorithm 1), as PyTorch arranges it. With g the gradient, plus weightDecay · p, at step t:
 * m ← β₁ · m + (1 − β₁) · g, v ← β₂ · v + (1 − β₂) · g², and
 * p ← p − lr / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + eps). The step count is one for all parameters.
 */
export class Adam extends Optimizer {
  readonly betas: readonly [number, number]
  readonly eps: number
  readonly weightDecay: number
  readonly #stepCount: Tensor
  readonly #firstMoments: readonly Tensor[]
  readonly #secondMoments: readonly Tensor[]

  /** @throws PARAMETERS_EMPTY, PARAMETER_INVALID, PARAMETER_REPEATED, HYPERPARAMETER_INVALID */
  constructor(parameters: Iterable<Tensor>, options: AdamOptions = {}) {
    checkOptions('adam', options, optionNames)
    const { lr = 1e-3, betas = [0.9, 0.999], eps = 1e-8, weightDecay = 0 } = options
    super('adam', parameters, lr)
    if (!Array.isArray(betas)) throw betasInvalid(betas)
    checkDecay('adam', 'betas[0]', betas[0])
    checkDecay('adam', 'betas[1]', betas[1])
    checkNotNegative('adam', 'eps', eps)
    checkNotNegative('adam', 'weightDecay', weightDecay)
    this.betas = [betas[0], betas[1]]
    this.eps = eps
    this.weightDecay = weightDecay
    this.#stepCount = this.addState('stepCount', variable(0, { dtype: 'float64' }))
    this.#firstMoments = this.addStatePerParameter('firstMoment')
    this.#secondMoments = this.addStatePerParameter('secondMoment')
  }

  protected override update(graded: readonly GradedParameter[], lr: (dtype: Dtype) => Tensor): Update[] {
    const { eps, weightDecay } = this
    const [beta1, beta2] = this.betas
    const stepCount = this.#stepCount.add(1)
    // The corrections lose too much in float32 at small t, so they stay float64 until they meet a parameter.
    const stepSize = perDtype(lr('float64').div(sub(1, pow(beta1, stepCount))))
    const rootCorrection = perDtype(sqrt(sub(1, pow(beta2, stepCount))))
    const updates = graded.flatMap(({ position, parameter, gradient }): Update[] => {
      const { dtype } = parameter
      const g = weightDecay === 0 ? gradient : gradient.add(parameter.mul(weightDecay))
      const [m, v] = [this.#firstMoments[position]!, this.#secondMoments[position]!]
      const nextM = m.mul(beta1).add(g.mul(1 - beta1))
      const nextV = v.mul(beta2).add(g.mul(g).mul(1 - beta2))
      const divisor = nextV.sqrt().div(rootCorrection(dtype)).add(eps)
      return [
        [m, nextM],
        [v, nextV],
        [parameter, parameter.sub(nextM.div(divisor).mul(stepSize(dtype)))],
      ]
    })
    return [[this.#stepCount, stepCount], ...updates]
  }
}

/**
 * The Adam optimizer.
 *
 * @throws PARAMETERS_EMPTY, PARAMETER_INVALID, PARAMETER_REPEATED, HYPERPARAMETER_INVALID
 * @example const optimizer = adam(net.parameters(), { lr: 1e-3 })
 */
export const adam = (parameters: Iterable<Tensor>, options?: AdamOptions): Adam => new Adam(parameters, options)
