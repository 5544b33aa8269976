import { GryphError } from '../../base/errors.ts'
import { isFloat } from '../../base/dtype.ts'
import * as calls from '../../ops/calls/assertion.ts'
import { notATensor } from '../errors.ts'
import { Tensor } from '../tensor.ts'

/**
 * Fails unless the condition holds: a boolean, or a tensor of bool that has to be true everywhere. A compiled call that fails has changed
 * no state, and names the line and the first element that is false.
 *
 * @throws ASSERTION_FAILED
 * @example debug.assert(p.greaterEqual(0), 'probabilities are not negative')
 */
export function assert(condition: Tensor | boolean, message = 'an assertion does not hold'): void {
  if (condition instanceof Tensor) calls.assertTrue(condition, message)
  else if (typeof condition !== 'boolean') throw notATensor('debug.assert', condition)
  else if (!condition) throw assertionFailed(message)
}

const assertionFailed = (message: string): GryphError =>
  new GryphError('ASSERTION_FAILED', `[debug.assert] ${message.replace(/\.$/, '')}. The condition is false.`)

/**
 * Fails where an element is NaN or infinite, and gives the tensor back. Works in eager and in compiled code.
 *
 * @throws NOT_FINITE
 * @example const loss = debug.checkFinite(crossEntropy(logits, labels), 'loss')
 */
export function checkFinite(x: Tensor, name = 'the tensor'): Tensor {
  if (!(x instanceof Tensor)) throw notATensor('debug.checkFinite', x)
  if (isFloat(x.dtype)) calls.assertFinite(x, name)
  return x
}
