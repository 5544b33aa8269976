import { maximum, pow, sqrt, sub } from '../frontend/functions/elementwise.ts'
import type { Tensor } from '../frontend/tensor.ts'
import { checkBetas, checkFlag, checkNotNegative } from './hyperparameters.ts'
import { Optimizer } from './optimizer.ts'
import type { TrainedParameters } from './parameter-group.ts'
import type { Complete, ParameterStep, Rule, StepNumbers } from './rule.ts'
import { runningMean, withWeightDecay } from './running-mean.ts'

/** Options of `amsGrad`. */
export interface AmsGradOptions {
  /** Learning rate; `optimizer.lr` changes it later. Default 0.001. */
  readonly lr?: number
  /** Shares of the past in the means of the gradient and of its square, each in [0, 1). Default [0.9, 0.999]. */
  readonly betas?: readonly [number, number]
  /** Added to the divisor. Default 1e-8. */
  readonly eps?: number
  /** Whether eps is added under the root, to the corrected mean of squares, instead of to the root. Default false, as in PyTorch. */
  readonly epsInside?: boolean
  /** `adam`, `amsGrad`: times the parameter is added to its gradient; default 0. `adamW`: see there; default 0.01. */
  readonly weightDecay?: number
}

/** Options of `adam` and of `adamW`. */
export interface AdamOptions extends AmsGradOptions {
  /** Whether the divisor never shrinks: it is made of the largest mean of squares so far. Default false. */
  readonly amsGrad?: boolean
}

type Moments = 'firstMoment' | 'secondMoment' | 'maxSecondMoment'
type Coefficients = 'stepSize' | 'correction' | 'rootCorrection'

/**
 * Adam (Kingma and Ba, 2015, algorithm 1), as PyTorch (torch.optim.Adam) and the course arrange it. With g the gradient, plus weightDecay · p, at
 * step t: m ← β₁ · m + (1 − β₁) · g, v ← β₂ · v + (1 − β₂) · g², and p ← p − lr / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + eps). With epsInside the
 * divisor is √(v / (1 − β₂ᵗ) + eps). With amsGrad (Reddi and others, 2018, algorithm 2, with PyTorch's corrections) the largest v so far takes
 * v's place in the divisor. The step count is one for all parameters.
 */
export const adamRule: Rule<AdamOptions, Moments, Coefficients> = {
  name: 'adam',
  options: {
    lr: { default: 1e-3, check: checkNotNegative },
    betas: { default: [0.9, 0.999], check: checkBetas },
    eps: { default: 1e-8, check: checkNotNegative },
    epsInside: { default: false, check: checkFlag },
    weightDecay: { default: 0, check: checkNotNegative },
    amsGrad: { default: false, check: checkFlag },
  },
  state: ({ amsGrad }) => ({ firstMoment: 0, secondMoment: 0, ...(amsGrad && { maxSecondMoment: 0 }) }),
  countsSteps: () => true,
  coefficients: adamCoefficients,
  update: (step, options) =>
    adamUpdate(step, withWeightDecay(step.gradient, step.parameter, options.weightDecay), options),
}

/** Corrections of means that began as 0. */
function adamCoefficients({ lr, stepCount }: StepNumbers, { betas: [beta1, beta2], epsInside }: Complete<AdamOptions>) {
  const stepSize = lr.div(sub(1, pow(beta1, stepCount)))
  const correction = sub(1, pow(beta2, stepCount))
  return { stepSize, ...(epsInside ? { correction } : { rootCorrection: sqrt(correction) }) } as Record<
    Coefficients,
    Tensor
  > // what adamUpdate asks for
}

function adamUpdate(
  { parameter, state: { firstMoment, secondMoment, maxSecondMoment }, scalar }: ParameterStep<Moments, Coefficients>,
  g: Tensor,
  { betas: [beta1, beta2], eps, epsInside, amsGrad }: Complete<AdamOptions>,
) {
  const m = runningMean(firstMoment, g, beta1)
  const v = runningMean(secondMoment, g.mul(g), beta2)
  const most = amsGrad ? maximum(maxSecondMoment, v) : v
  const divisor = epsInside
    ? most.div(scalar('correction')).add(eps).sqrt()
    : most.sqrt().div(scalar('rootCorrection')).add(eps)
  return {
    firstMoment: m,
    secondMoment: v,
    ...(amsGrad && { maxSecondMoment: most }),
    parameter: parameter.sub(m.div(divisor).mul(scalar('stepSize'))),
  }
}

/**
 * AdamW (Loshchilov and Hutter, 2019, algorithm 2), as PyTorch (torch.optim.AdamW) has it: weight decay apart from the gradient and its means.
 * p ← p · (1 − lr · weightDecay), then a step of Adam with the gradient alone.
 */
export const adamWRule: Rule<AdamOptions, Moments, Coefficients | 'shrinkage'> = {
  ...adamRule,
  name: 'adamW',
  options: { ...adamRule.options, weightDecay: { default: 0.01, check: checkNotNegative } },
  coefficients: (step, options) => ({
    ...adamCoefficients(step, options),
    shrinkage: sub(1, step.lr.mul(options.weightDecay)),
  }),
  update(step, options) {
    const { parameter, gradient, scalar } = step
    const shrunk = options.weightDecay === 0 ? parameter : parameter.mul(scalar('shrinkage'))
    return adamUpdate({ ...step, parameter: shrunk }, gradient, options)
  },
}

/**
 * The Adam optimizer; see `adamRule` for the formulas.
 *
 * @throws PARAMETERS_EMPTY, PARAMETER_INVALID, PARAMETER_REPEATED, HYPERPARAMETER_INVALID
 * @example const optimizer = adam(net.parameters(), { lr: 1e-3 })
 */
export const adam = (parameters: TrainedParameters<AdamOptions>, options: AdamOptions = {}): Optimizer<AdamOptions> =>
  new Optimizer(adamRule, parameters, options)

/** Adam with decoupled weight decay; see `adamWRule`. @example const optimizer = adamW(net.parameters(), { lr: 1e-3, weightDecay: 0.05 }) */
export const adamW = (parameters: TrainedParameters<AdamOptions>, options: AdamOptions = {}): Optimizer<AdamOptions> =>
  new Optimizer(adamWRule, parameters, options)

const amsGradRule: Rule<AdamOptions, Moments, Coefficients> = {
  ...adamRule,
  name: 'amsGrad',
  options: { ...adamRule.options, amsGrad: { default: true, check: checkFlag } },
}

/** AMSGrad: Adam whose divisor never shrinks, `adam` with { amsGrad: true }. */
export const amsGrad = (
  parameters: TrainedParameters<AmsGradOptions>,
  options: AmsGradOptions = {},
): Optimizer<AdamOptions> => new Optimizer<AdamOptions>(amsGradRule, parameters, options)
