import { expect, test } from 'vitest'
import { grad, hybridize, scan, tensor, zeros, type Tensor } from '../../src/index.ts'
import { bitsOf } from '../frontend/twice.ts'

/** Whose gradient is −0 for each element by itself: the zeros of other passes make it 0, as they do eagerly. */
const gradient = (xs: Tensor): Tensor =>
  grad((given: Tensor) => {
    const [, sums] = scan(
      (state: Tensor, x: Tensor) => {
        const next = state.add(x.mul(-0))
        return [next, next] as const
      },
      zeros([1]),
      given,
    )
    return sums.sum()
  })(xs)

test.each([1, 2, 3])(
  'the gradient of %i elements that a loop reads has the bits of eager, also where it is −0',
  (count) => {
    const xs = tensor(Array.from({ length: count }, (_, i) => [i + 1]))
    const fast = hybridize(gradient)
    fast(xs)
    expect(bitsOf(fast(xs))).toEqual(bitsOf(gradient(xs)))
    expect(Object.is(fast(xs).data()[0], -0)).toBe(count === 1)
    // A pass adds to its block of the sum, where there are others.
    expect(/dynamicSlice\(%sum/.test(String(fast.graphs()[0]!.optimized))).toBe(count > 1)
  },
)
