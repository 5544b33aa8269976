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
