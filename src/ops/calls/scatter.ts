import { currentInterpreter, type Value } from '../interpreter.ts'
import { normalizeAxis, requireSize } from './axes.ts'

/**
 * A tensor of zeros with `size` positions along `axis`, to which slice j of `updates` is added at position indices[j].
 *
 * @param indices int32 of shape [n], −size … size − 1
 * @param axis of `updates`, where it has size n
 */
export const scatterAdd = (updates: Value, indices: Value, axis: number, size: number): Value =>
  currentInterpreter().apply('scatterAdd', [updates, indices], {
    axis: normalizeAxis('scatterAdd', axis, updates.type.shape),
    size: requireSize('scatterAdd', 'the size', size),
  })

/**
 * `x` with slice j of `updates` at position indices[j] along `axis`, or added there, in the order of j.
 *
 * @param indices int32 of shape [n], known to be 0 … size − 1
 */
export const scatterRows = (x: Value, updates: Value, indices: Value, axis: number, combine: 'set' | 'add'): Value =>
  currentInterpreter().apply('scatter', [x, updates, indices], { axis, combine })
