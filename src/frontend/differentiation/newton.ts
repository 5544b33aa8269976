import { checkOptions } from '../../ops/calls/options.ts'
import { assertPivots } from '../../ops/calls/assertion.ts'
import { noGrad } from '../context.ts'
import { optionInvalid } from '../errors.ts'
import { eye } from '../fill.ts'
import { eigh } from '../linalg/eigh.ts'
import { solve } from '../linalg/solve.ts'
import type { Tensor } from '../tensor.ts'
import { derivativesAt, type Derivatives } from './derivatives.ts'
import { requireNumber } from './number-option.ts'

export interface NewtonOptions {
  /** The part of the whole step that is made: 1 is Newton's method, less is damped. Default 1. */
  readonly lr?: number
  /** Added to the diagonal of the Hessian, or, with 'absolute', to the absolute eigenvalues (Levenberg). Default 0. */
  readonly damping?: number
  /** 'absolute' takes the absolute values of the Hessian's eigenvalues, so that a step goes downhill also where the function bends down. Default 'signed'. */
  readonly curvature?: 'signed' | 'absolute'
}

const stepOptions = ['lr', 'damping', 'curvature']

/**
 * One step of Newton's method from `x`: x − lr · (H + damping · I)⁻¹ ∇f(x), for a function of one tensor with a 0-d result. Made of ops, so a
 * hybridized function can do it too.
 *
 * @throws MATRIX_SINGULAR, RESULT_NOT_SCALAR, DTYPE_NOT_DIFFERENTIABLE
 * @example newtonStep((x) => x.sub(3).square(), tensor(10)).item() // 3
 */
export function newtonStep(f: (x: Tensor) => Tensor, x: Tensor, options: NewtonOptions = {}): Tensor {
  checkOptions('newtonStep', options, stepOptions)
  const { lr, ...rest } = checkedOptions('newtonStep', options)
  return x.sub(
    directionOf('newtonStep', derivativesAt('newtonStep', f, x), rest)
      .reshape(x.shape)
      .mul(lr),
  )
}

export interface MinimizeNewtonOptions extends NewtonOptions {
  /** Default 100. */
  readonly maxSteps?: number
  /** The search ends where no element of the gradient is larger. Default 1e-8, for float32 1e-4. */
  readonly tolerance?: number
  /** Halves a step until the function falls by at least a ten-thousandth of what its slope promises. Default false. */
  readonly lineSearch?: boolean
}

export interface NewtonResult {
  readonly x: Tensor
  readonly value: Tensor
  readonly gradient: Tensor
  /** How many steps were made. */
  readonly steps: number
  /** Whether the gradient is within the tolerance. */
  readonly converged: boolean
  /** Where the search has been, from its start to `x`. */
  readonly path: readonly Tensor[]
}

/**
 * Newton's method from `x` until the gradient vanishes: near a minimum every step doubles the number of right digits. It goes to any critical
 * point, or nowhere, unless curvature: 'absolute' or a line search keep it going down. Reads elements; see `newtonStep` for compiled code.
 *
 * @throws MATRIX_SINGULAR, RESULT_NOT_SCALAR, DTYPE_NOT_DIFFERENTIABLE
 * @example minimizeNewton((x) => x.sub(3).square().sum(), tensor([10, 20])).x.toArray() // [3, 3]
 */
export function minimizeNewton(f: (x: Tensor) => Tensor, x: Tensor, options: MinimizeNewtonOptions = {}): NewtonResult {
  const where = 'minimizeNewton'
  checkOptions(where, options, [...stepOptions, 'maxSteps', 'tolerance', 'lineSearch'])
  const { lr, ...rest } = checkedOptions(where, options)
  const maxSteps = requireNumber(where, 'maxSteps', options.maxSteps ?? 100)
  const tolerance = requireNumber(where, 'tolerance', options.tolerance ?? (x.dtype === 'float64' ? 1e-8 : 1e-4))
  const path = [x.detach()]
  let at = derivativesAt(where, f, path[0]!)
  const isFlat = (): boolean => at.gradient.abs().max().item() <= tolerance
  while (path.length <= maxSteps && !isFlat()) {
    const before = path[path.length - 1]!
    const direction = directionOf(where, at, rest).reshape(x.shape)
    const step = direction.mul(lr)
    const next = options.lineSearch ? halved(f, before, step, at) : before.sub(step)
    if (!next) break
    path.push(next)
    at = derivativesAt(where, f, next)
  }
  const gradient = at.gradient.reshape(x.shape)
  return { x: path[path.length - 1]!, value: at.value, gradient, steps: path.length - 1, converged: isFlat(), path }
}

type Direction = Required<Omit<NewtonOptions, 'lr'>>

function directionOf(where: string, { gradient, hessian }: Derivatives, { damping, curvature }: Direction): Tensor {
  if (curvature === 'signed') {
    const n = gradient.size
    return solve(
      damping === 0 ? hessian : hessian.add(eye(n, n, { dtype: hessian.dtype as 'float32' }).mul(damping)),
      gradient,
    ) // a float
  }
  const [values, vectors] = eigh(hessian)
  const sizes = values.abs().add(damping)
  assertPivots(sizes, where)
  return vectors.matmul(vectors.transpose().matmul(gradient).div(sizes))
}

/** The first of ever shorter steps that brings enough; undefined where none does. */
function halved(f: (x: Tensor) => Tensor, x: Tensor, step: Tensor, at: Derivatives): Tensor | undefined {
  const value = at.value.item()
  const promised = at.gradient
    .mul(step.reshape([-1]))
    .sum()
    .item()
  for (let part = 1; promised > 0 && part > 1e-12; part /= 2) {
    const next = x.sub(step.mul(part))
    if (noGrad(() => f(next)).item() <= value - 1e-4 * part * promised) return next
  }
  return undefined
}

function checkedOptions(where: string, options: NewtonOptions): Required<NewtonOptions> {
  const { lr = 1, damping = 0, curvature = 'signed' } = options
  if (curvature !== 'signed' && curvature !== 'absolute')
    throw optionInvalid(where, 'curvature', curvature, "'signed' or 'absolute'")
  return { lr: requireNumber(where, 'lr', lr), damping: requireNumber(where, 'damping', damping), curvature }
}
