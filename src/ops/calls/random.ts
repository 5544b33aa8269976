import type { Dtype } from '../../base/dtype.ts'
import type { Shape } from '../../base/shape.ts'
import { currentInterpreter, type Value } from '../interpreter.ts'
import { add } from './arithmetic.ts'
import { requireShape, requireSize } from './axes.ts'
import { cast } from './cast.ts'
import { where } from './choice.ts'
import { equal, less } from './comparison.ts'
import { iota } from './create.ts'
import { sliceSteps } from './place.ts'

/**
 * Random numbers as pure functions of a generator state: int32[4] with two key words and a 64-bit counter, low word first.
 * A call that makes n numbers uses n blocks; pass `advanceState(state, n)` to the next one.
 */

const draw = (state: Value, shape: Shape, distribution: 'uniform' | 'normal' | 'bits', dtype: Dtype): Value =>
  currentInterpreter().apply('random', [state], { shape: requireShape('random', shape), distribution, dtype })

/** Uniform in [0, 1): 24 random bits in float32, 53 in float64. */
export const randomUniform = (state: Value, shape: Shape, dtype: Dtype = 'float32'): Value =>
  draw(state, shape, 'uniform', dtype)

/** Normal with mean 0 and standard deviation 1. */
export const randomNormal = (state: Value, shape: Shape, dtype: Dtype = 'float32'): Value =>
  draw(state, shape, 'normal', dtype)

/** 32 random bits per element, as int32. */
export const randomBits = (state: Value, shape: Shape): Value => draw(state, shape, 'bits', 'int32')

/** 0 … size − 1 in random order, as int32. Uses `size` blocks. */
export const randomPermutation = (state: Value, size: number): Value =>
  currentInterpreter().apply('permutation', [state], { size: requireSize('permutation', 'the size', size) })

const signBit = -(2 ** 31)

/** The state with its counter `blocks` (0 … 2³¹−1) further. */
export function advanceState(state: Value, blocks: number): Value {
  requireSize('advanceState', 'the number of blocks', blocks)
  const low = sliceSteps(state, [2], [1], [1])
  const sum = add(low, blocks)
  // Unsigned comparison: adding the sign bit maps 0 … 2³²−1 to the order of int32.
  const carry = cast(less(add(sum, signBit), add(low, signBit)), 'int32')
  const word = iota([4])
  return add(state, where(equal(word, 2), blocks, where(equal(word, 3), carry, 0)))
}
