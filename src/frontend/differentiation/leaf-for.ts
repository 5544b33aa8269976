import { sameAs } from '../../autograd/pull-back.ts'
import { isFloat } from '../../base/dtype.ts'
import { dtypeNotDifferentiable, notATensor } from '../errors.ts'
import { Tensor } from '../tensor.ts'

/** The same values under a new identity, to stop the walk at; linked to the original so that an enclosing `grad` goes on. */
export function leafFor(where: string, arg: unknown, gradEnabled: boolean): Tensor {
  if (!(arg instanceof Tensor)) throw notATensor(where, arg)
  if (!isFloat(arg.dtype)) throw dtypeNotDifferentiable(where, arg.dtype)
  const leaf = arg.detach()
  if (arg.requiresGrad && gradEnabled) leaf.derivation = sameAs(arg)
  else leaf.becomeLeaf()
  return leaf
}
