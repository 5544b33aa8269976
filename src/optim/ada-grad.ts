import { checkFlag, checkNotNegative } from './hyperparameters.ts'
import { Optimizer } from './optimizer.ts'
import type { TrainedParameters } from './parameter-group.ts'
import type { Rule } from './rule.ts'
import { rootWithEps, withWeightDecay } from './running-mean.ts'

/** Options of `adaGrad`. */
export interface AdaGradOptions {
  /** Learning rate; `optimizer.lr` changes it later. Default 0.01. */
  readonly lr?: number
  /** The rate at step t is lr / (1 + (t − 1) · lrDecay). Default 0. */
  readonly lrDecay?: number
  /** Times the parameter is added to its gradient. Default 0. */
  readonly weightDecay?: number
  /** What the sum of squares starts from. Default 0. */
  readonly initialAccumulatorValue?: number
  /** Added to the divisor. Default 1e-10. */
  readonly eps?: number
  /** Whether eps is added under the root, to the sum of squares, as the course has it, instead of to the root. Default false, as in PyTorch. */
  readonly epsInside?: boolean
}

/**
 * AdaGrad (Duchi, Hazan and Singer, 2011). With g the gradient, plus weightDecay · p: s ← s + g², and p ← p − lr · g / (√s + eps), as PyTorch
 * (torch.optim.Adagrad) has it, or p − lr · g / √(s + eps) with epsInside, as the course has it.
 */
export const adaGradRule: Rule<AdaGradOptions, 'sumOfSquares', 'rate'> = {
  name: 'adaGrad',
  options: {
    lr: { default: 0.01, check: checkNotNegative },
    lrDecay: { default: 0, check: checkNotNegative },
    weightDecay: { default: 0, check: checkNotNegative },
    initialAccumulatorValue: { default: 0, check: checkNotNegative },
    eps: { default: 1e-10, check: checkNotNegative },
    epsInside: { default: false, check: checkFlag },
  },
  state: ({ initialAccumulatorValue }) => ({ sumOfSquares: initialAccumulatorValue }),
  countsSteps: ({ lrDecay }) => lrDecay !== 0,
  coefficients: ({ lr, stepCount }, { lrDecay }) => ({
    rate: lrDecay === 0 ? lr : lr.div(stepCount.sub(1).mul(lrDecay).add(1)),
  }),
  update({ parameter, gradient, state, scalar }, { weightDecay, eps, epsInside }) {
    const g = withWeightDecay(gradient, parameter, weightDecay)
    const sumOfSquares = state.sumOfSquares.add(g.mul(g))
    return {
      sumOfSquares,
      parameter: parameter.sub(g.div(rootWithEps(sumOfSquares, eps, epsInside)).mul(scalar('rate'))),
    }
  },
}

/** The AdaGrad optimizer; see `adaGradRule` for the formulas. @example const optimizer = adaGrad(net.parameters(), { lr: 0.1 }) */
export const adaGrad = (
  parameters: TrainedParameters<AdaGradOptions>,
  options: AdaGradOptions = {},
): Optimizer<AdaGradOptions> => new Optimizer(adaGradRule, parameters, options)
