import { whileLoop } from '../control/while-loop.ts'
import { forLoop } from '../control/for-loop.ts'
import { arange, eye, zeros } from '../fill.ts'
import { equal, where } from '../functions/elementwise.ts'
import { concat, pad, stack } from '../functions/structure.ts'
import type { Tensor } from '../tensor.ts'

/** As a rule 6 to 10 suffice. */
const mostSweeps = 40
/** What is left beside the diagonal, against the largest element; the last sweep makes far less of it, for convergence is quadratic. */
const negligible = { float32: 2 ** -27, float64: 2 ** -56 } as const

interface State {
  readonly diagonal: Tensor
  /** The matrix with a diagonal of zeros. */
  readonly rest: Tensor
  /** Columns so far. */
  readonly vectors: Tensor
}

/**
 * Eigenvalues and eigenvectors of symmetric matrices [batch, n, n], in any order, by Jacobi's rotations in the cyclic order (Golub and Van Loan, Matrix
 * Computations, 8.5). A round rotates n / 2 pairs of axes that have none in common: axis i with i + n / 2. Then the axes move on as players in a
 * round-robin tournament do, and after n − 1 rounds, a sweep, each has met each and all are in their places again.
 */
export function jacobiEigen(a: Tensor): { readonly values: Tensor; readonly vectors: Tensor } {
  const [batch, n] = a.shape as readonly [number, number]
  const dtype = a.dtype as 'float32' | 'float64' // asked for by the caller
  // An odd number of axes gets one more, the one that stays in its seat; nothing couples it with others, so it is never turned.
  const added = n % 2
  const size = n + added
  const whole = pad(a, [
    [0, 0],
    [added, 0],
    [added, 0],
  ])
  const scale = a.abs().max([1, 2])
  const unit = eye(size, size, { dtype })
  const isDiagonal = equal(unit, 1)
  const ended = whileLoop(
    ({ sweep, rest }) => {
      const left = rest.abs().max([1, 2]).sub(scale.mul(negligible[dtype])).max()
      return left.greater(0).logicalAnd(sweep.less(mostSweeps))
    },
    ({ sweep, ...state }) => ({ sweep: sweep.add(1), ...forLoop(0, size - 1, (_, each) => turned(each), state) }),
    {
      sweep: zeros([], { dtype: 'int32' }),
      diagonal: where(isDiagonal, whole, 0).sum(2),
      rest: where(isDiagonal, 0, whole),
      vectors: unit.broadcastTo([batch, size, size]),
    },
  )
  return {
    values: ended.diagonal.slice([null, [added]]),
    vectors: ended.vectors.slice([null, [added], [added]]),
  }
}

/** One round. */
function turned({ diagonal, rest, vectors }: State): State {
  const [batch, size] = diagonal.shape as readonly [number, number]
  const half = size / 2
  const [p, q] = halves(diagonal, 1)
  // Elements [i, i + n / 2] of each matrix.
  const couplings = rest.reshape([batch, size * size]).slice([null, [half, half * size, size + 1]])
  const slope = q.sub(p).div(couplings.mul(2))
  const steepness = slope.abs().add(slope.square().add(1).sqrt())
  const tangent = where(equal(couplings, 0), 0, where(slope.less(0), -1, 1).cast(rest.dtype).div(steepness))
  const cosine = tangent.square().add(1).rsqrt()
  const sine = tangent.mul(cosine)
  const shift = tangent.mul(couplings)
  const axes = stack([cosine, sine])
  const along = axes.expandDims(-1)
  const across = axes.expandDims(-2)

  // What the rotations take away is 0, and not what rounding would leave.
  const distance = arange(size).reshape([size, 1]).sub(arange(size)).abs()
  const uncoupled = where(equal(distance, half), 0, rest)
  const rows = rotated(uncoupled, along, 1)
  const columns = rotated(concat([rows, vectors], 1), across, 2)
  return {
    diagonal: moved([p.sub(shift), q.add(shift)], 1),
    rest: columns.slice([null, [0, size]]),
    vectors: columns.slice([null, [size]]),
  }
}

function rotated(x: Tensor, axes: Tensor, axis: number): Tensor {
  const [p, q] = halves(x, axis)
  const [cosine, sine] = [axes.slice([0]), axes.slice([1])]
  return moved([cosine.mul(p).sub(sine.mul(q)), sine.mul(p).add(cosine.mul(q))], axis)
}

/** Each axis in its next seat: the first stays, the others go around. */
function moved([top, bottom]: readonly [Tensor, Tensor], axis: number): Tensor {
  const half = top.shape[axis]!
  if (half === 1) return concat([top, bottom], axis)
  const part = (x: Tensor, from: number, to: number): Tensor => x.slice([...Array<null>(axis).fill(null), [from, to]])
  const parts = [
    part(top, 0, 1),
    part(bottom, 0, 1),
    ...(half > 2 ? [part(top, 1, half - 1)] : []),
    part(bottom, 1, half),
    part(top, half - 1, half),
  ]
  return concat(parts, axis)
}

function halves(x: Tensor, axis: number): [Tensor, Tensor] {
  const half = x.shape[axis]! / 2
  const before = Array<null>(axis).fill(null)
  return [x.slice([...before, [0, half]]), x.slice([...before, [half]])]
}
