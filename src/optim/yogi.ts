import { pow, sign, sqrt, sub } from '../frontend/functions/elementwise.ts'
import { checkBetas, checkFlag, checkNotNegative } from './hyperparameters.ts'
import { Optimizer } from './optimizer.ts'
import type { TrainedParameters } from './parameter-group.ts'
import type { Rule } from './rule.ts'
import { runningMean, withWeightDecay } from './running-mean.ts'

/** Options of `yogi`. */
export interface YogiOptions {
  /** Learning rate; `optimizer.lr` changes it later. Default 0.01. */
  readonly lr?: number
  /** Shares of the past in the mean of the gradient and in the measure of its square, each in [0, 1). Default [0.9, 0.999]. */
  readonly betas?: readonly [number, number]
  /** Added to the divisor. Default 1e-3. */
  readonly eps?: number
  /** Times the parameter is added to its gradient. Default 0. */
  readonly weightDecay?: number
  /** What the measure of squares starts from. Default 0, as in the course. */
  readonly initialAccumulatorValue?: number
  /** Whether both means are corrected for their start from 0, as in Adam and in the course. Default true; the paper has it off. */
  readonly biasCorrection?: boolean
}

/**
 * Yogi (Zaheer and others, 2018, algorithm 2), with the corrections of Adam as the course has it; PyTorch has none. With g the gradient, plus
 * weightDecay · p, at step t: m ← β₁ · m + (1 − β₁) · g, v ← v − (1 − β₂) · sign(v − g²) · g²,
 * p ← p − lr / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + eps), without biasCorrection p − lr · m / (√v + eps).
 */
export const yogiRule: Rule<YogiOptions, 'firstMoment' | 'secondMoment', 'stepSize' | 'rootCorrection'> = {
  name: 'yogi',
  options: {
    lr: { default: 0.01, check: checkNotNegative },
    betas: { default: [0.9, 0.999], check: checkBetas },
    eps: { default: 1e-3, check: checkNotNegative },
    weightDecay: { default: 0, check: checkNotNegative },
    initialAccumulatorValue: { default: 0, check: checkNotNegative },
    biasCorrection: { default: true, check: checkFlag },
  },
  state: ({ initialAccumulatorValue }) => ({ firstMoment: 0, secondMoment: initialAccumulatorValue }),
  countsSteps: ({ biasCorrection }) => biasCorrection,
  coefficients: ({ lr, stepCount }, { betas: [beta1, beta2], biasCorrection }) =>
    biasCorrection
      ? { stepSize: lr.div(sub(1, pow(beta1, stepCount))), rootCorrection: sqrt(sub(1, pow(beta2, stepCount))) }
      : {},
  update({ parameter, gradient, state, scalar }, { betas: [beta1, beta2], eps, weightDecay, biasCorrection }) {
    const g = withWeightDecay(gradient, parameter, weightDecay)
    const square = g.mul(g)
    const firstMoment = runningMean(state.firstMoment, g, beta1)
    const change = sign(state.secondMoment.sub(square))
      .mul(square)
      .mul(1 - beta2)
    const secondMoment = state.secondMoment.sub(change)
    const root = secondMoment.sqrt()
    const direction = firstMoment.div((biasCorrection ? root.div(scalar('rootCorrection')) : root).add(eps))
    return {
      firstMoment,
      secondMoment,
      parameter: parameter.sub(direction.mul(scalar(biasCorrection ? 'stepSize' : 'lr'))),
    }
  },
}

/** The Yogi optimizer; see `yogiRule` for the formulas. @example const optimizer = yogi(net.parameters(), { lr: 0.01 }) */
export const yogi = (parameters: TrainedParameters<YogiOptions>, options: YogiOptions = {}): Optimizer<YogiOptions> =>
  new Optimizer(yogiRule, parameters, options)
