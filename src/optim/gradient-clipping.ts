import { withContext } from '../frontend/context.ts'
import { tensor } from '../frontend/create.ts'
import { add, clamp, div, maximum, minimum } from '../frontend/functions/elementwise.ts'
import { Tensor } from '../frontend/tensor.ts'
import { assertFinite } from '../ops/calls/assertion.ts'
import { checkOptions } from '../ops/calls/options.ts'
import { notAParameter, parametersInvalid } from './errors.ts'
import { checkFlag, checkNotNegative, checkNormType } from './hyperparameters.ts'

/** Options of `clipGradNorm`. */
export interface ClipNormOptions {
  /** The exponent p of the norm (Σ |g|ᵖ)^(1/p), above 0; Infinity is the largest size of an element. Default 2. */
  readonly normType?: number
  /** Whether a norm that is NaN or infinite is an error, before anything has changed. Default false. */
  readonly errorIfNonFinite?: boolean
}

/**
 * Scales the gradients of all parameters together so that their common norm is at most `maxNorm`, as PyTorch's clip_grad_norm_ does:
 * g ← g · min(1, maxNorm / (norm + 1e-6)). Gives the norm that they had. Between `backward` and `step`, in a hybridized function too.
 *
 * @throws NOT_FINITE with errorIfNonFinite; PARAMETER_INVALID, HYPERPARAMETER_INVALID
 * @example loss.backward(); const norm = optim.clipGradNorm(net.parameters(), 1); optimizer.step()
 */
export function clipGradNorm(
  parameters: Tensor | Iterable<Tensor>,
  maxNorm: number | Tensor,
  options: ClipNormOptions = {},
): Tensor {
  const where = 'clipGradNorm'
  checkOptions(where, options, ['normType', 'errorIfNonFinite'])
  const { normType = 2, errorIfNonFinite = false } = options
  if (!(maxNorm instanceof Tensor)) checkNotNegative(where, 'maxNorm', maxNorm)
  checkNormType(where, 'normType', normType)
  checkFlag(where, 'errorIfNonFinite', errorIfNonFinite)
  return withContext({ gradEnabled: false }, () => {
    const graded = withGradients(where, parameters)
    const norm = commonNorm(
      graded.map(([, gradient]) => gradient),
      normType,
    )
    if (errorIfNonFinite) assertFinite(norm, 'the norm of all gradients')
    const share = minimum(div(maxNorm, norm.add(1e-6)), 1)
    for (const [parameter, gradient] of graded) parameter.grad = gradient.mul(share.cast(gradient.dtype))
    return norm
  })
}

/**
 * Limits every element of every gradient to −clipValue … clipValue, as PyTorch's clip_grad_value_ does.
 *
 * @throws PARAMETER_INVALID, HYPERPARAMETER_INVALID
 * @example loss.backward(); optim.clipGradValue(net.parameters(), 0.5); optimizer.step()
 */
export function clipGradValue(parameters: Tensor | Iterable<Tensor>, clipValue: number | Tensor): void {
  const where = 'clipGradValue'
  if (!(clipValue instanceof Tensor)) checkNotNegative(where, 'clipValue', clipValue)
  const [lower, upper] = clipValue instanceof Tensor ? [clipValue.neg(), clipValue] : [-clipValue, clipValue]
  withContext({ gradEnabled: false }, () => {
    for (const [parameter, gradient] of withGradients(where, parameters))
      parameter.grad = clamp(gradient, lower, upper).cast(gradient.dtype)
  })
}

/** Parameters and their gradients; those that have none are left out. */
function withGradients(where: string, parameters: Tensor | Iterable<Tensor>): [Tensor, Tensor][] {
  if (
    typeof parameters !== 'object' ||
    parameters === null ||
    !(parameters instanceof Tensor || Symbol.iterator in parameters)
  )
    throw parametersInvalid(where, parameters)
  return (parameters instanceof Tensor ? [parameters] : [...parameters]).flatMap((parameter, i): [Tensor, Tensor][] => {
    if (!(parameter instanceof Tensor)) throw notAParameter(where, i, parameter)
    const { grad } = parameter
    return grad ? [[parameter, grad]] : []
  })
}

/** Of all elements of all gradients. */
function commonNorm(gradients: readonly Tensor[], p: number): Tensor {
  if (gradients.length === 0) return tensor(0)
  if (p === Infinity) return gradients.map((g) => g.abs().max()).reduce((most, next) => maximum(most, next))
  const powers = gradients.map((g) => (p === 2 ? g.mul(g) : p === 1 ? g.abs() : g.abs().pow(p)).sum())
  const sum = powers.reduce((total, next) => add(total, next))
  return p === 2 ? sum.sqrt() : p === 1 ? sum : sum.pow(1 / p)
}
