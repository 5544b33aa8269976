import { checkOptions } from '../../ops/calls/options.ts'
import { eigvalsh } from '../linalg/eigh.ts'
import type { Tensor } from '../tensor.ts'
import { derivativesAt } from './derivatives.ts'
import { notCritical } from './errors.ts'
import { requireNumber } from './number-option.ts'

/** What the eigenvalues of the Hessian say of a point where the gradient is 0. */
export type CriticalPointKind = 'minimum' | 'maximum' | 'saddle' | 'degenerate'

export interface CriticalPoint {
  /** 'degenerate' where second derivatives do not decide: an eigenvalue is 0, and no two have opposite signs. */
  readonly kind: CriticalPointKind
  /** Of the Hessian, ascending. */
  readonly eigenvalues: Tensor
  readonly gradient: Tensor
  readonly hessian: Tensor
  readonly value: Tensor
}

export interface CriticalPointOptions {
  /** How large an element of the gradient may be, where 1 or the largest eigenvalue, if that is more, is large. Default 1e-6, for float32 1e-3. */
  readonly gradientTolerance?: number
  /** Eigenvalues count as 0 that are at most this part of the largest one. Default 1e-10, for float32 1e-5. */
  readonly eigenvalueTolerance?: number
}

/**
 * Whether `f`, a function of one tensor with a 0-d result, has a minimum, a maximum or a saddle at `x`, where its gradient has to be 0. Reads
 * elements, so it is a function for eager code.
 *
 * @throws NOT_CRITICAL where the gradient is not 0; NOT_FINITE, RESULT_NOT_SCALAR, DTYPE_NOT_DIFFERENTIABLE
 * @example classifyCriticalPoint((x) => x.square().mul(tensor([1, -1])).sum(), tensor([0, 0])).kind // 'saddle'
 */
export function classifyCriticalPoint(
  f: (x: Tensor) => Tensor,
  x: Tensor,
  options: CriticalPointOptions = {},
): CriticalPoint {
  const where = 'classifyCriticalPoint'
  checkOptions(where, options, ['gradientTolerance', 'eigenvalueTolerance'])
  const { value, gradient, hessian } = derivativesAt(where, f, x)
  const isDouble = hessian.dtype === 'float64'
  const gradientTolerance = requireNumber(
    where,
    'gradientTolerance',
    options.gradientTolerance ?? (isDouble ? 1e-6 : 1e-3),
  )
  const eigenvalueTolerance = requireNumber(
    where,
    'eigenvalueTolerance',
    options.eigenvalueTolerance ?? (isDouble ? 1e-10 : 1e-5),
  )
  const eigenvalues = eigvalsh(hessian)
  const all = [...eigenvalues.data()]
  const largest = all.reduce((before, each) => Math.max(before, Math.abs(each)), 0)
  const slope = [...gradient.data()].reduce((before, each) => Math.max(before, Math.abs(each)), 0)
  if (!(slope <= gradientTolerance * Math.max(1, largest))) throw notCritical(slope)
  return {
    kind: kindOf(all, eigenvalueTolerance * largest),
    eigenvalues,
    gradient: gradient.reshape(x.shape),
    hessian,
    value,
  }
}

function kindOf(eigenvalues: readonly number[], zero: number): CriticalPointKind {
  const [hasPositive, hasNegative] = [eigenvalues.some((each) => each > zero), eigenvalues.some((each) => each < -zero)]
  if (hasPositive && hasNegative) return 'saddle'
  if (eigenvalues.length === 0 || eigenvalues.some((each) => Math.abs(each) <= zero)) return 'degenerate'
  return hasPositive ? 'minimum' : 'maximum'
}
