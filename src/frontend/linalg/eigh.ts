import { requireDtype, floats } from '../../ops/operand-types.ts'
import { assertFinite } from '../../ops/calls/assertion.ts'
import { isValue } from '../../ops/calls/index.ts'
import { noGrad } from '../context.ts'
import { customVjp } from '../differentiation/custom-vjp.ts'
import { notATensor } from '../errors.ts'
import { arange, eye, ones, zeros } from '../fill.ts'
import { equal, greaterEqual, where } from '../functions/elementwise.ts'
import type { Tensor } from '../tensor.ts'
import { notSquare } from './errors.ts'
import { jacobiEigen } from './jacobi-eigen.ts'

/**
 * Eigenvalues of symmetric matrices, ascending: shape [..., n] of [..., n, n]. See `eigh`.
 *
 * @throws MATRIX_NOT_SQUARE, NOT_FINITE, DTYPE_UNSUPPORTED
 * @example linalg.eigvalsh(tensor([[2, 0], [0, -2]])).toArray() // [-2, 2]
 */
export const eigvalsh = (a: Tensor): Tensor => eigenpairs('linalg.eigvalsh', a)[0]

/**
 * Eigenvalues of symmetric matrices, ascending, and orthonormal eigenvectors, which are the columns: shapes [..., n] and [..., n, n] of [..., n, n]. Only the
 * lower triangle is read, as in NumPy and PyTorch. Of each vector the first element that has at least nine tenths of the size of the
 * largest one is positive.
 *
 * The gradient is that on symmetric matrices, a symmetric matrix itself. That of vectors divides by the differences of eigenvalues, so it is
 * infinite or NaN where two are equal and it depends on the choice of their vectors.
 *
 * @throws MATRIX_NOT_SQUARE, NOT_FINITE, DTYPE_UNSUPPORTED
 */
export const eigh = (a: Tensor): [values: Tensor, vectors: Tensor] => eigenpairs('linalg.eigh', a)

function eigenpairs(where_: string, a: Tensor): [values: Tensor, vectors: Tensor] {
  if (!isValue(a)) throw notATensor(where_, a)
  const { shape, dtype, rank } = a
  const n = shape[rank - 1] ?? 0
  if (rank < 2 || shape[rank - 2] !== n) throw notSquare(where_, shape)
  requireDtype(where_, 'the dtype', dtype, floats)
  if (a.size === 0) return [zeros(shape.slice(0, -1), { dtype: a.dtype }), zeros(shape, { dtype: a.dtype })]
  if (n === 1) return [a.reshape(shape.slice(0, -1)), ones(shape, { dtype: a.dtype })]
  assertFinite(a, `the matrix of ${where_}`)
  return decompose(a)
}

const decompose = customVjp(
  (a: Tensor) => {
    const pairs = noGrad(() => sortedPairs(a.reshape([-1, ...a.shape.slice(-2)])))
    const values = pairs.values.reshape(a.shape.slice(0, -1))
    const vectors = pairs.vectors.reshape(a.shape)
    return [[values, vectors] as [Tensor, Tensor], [values, vectors] as const]
  },
  ([values, vectors], [ofValues, ofVectors]: [Tensor, Tensor]) => {
    const turned = vectors.transpose(-2, -1)
    const inner = turned.matmul(ofVectors)
    const skew = inner.sub(inner.transpose(-2, -1)).mul(0.5)
    const gaps = values.expandDims(-2).sub(values.expandDims(-1))
    // Nothing to divide where nothing comes: the gradient of eigenvalues alone is finite where two are equal.
    const isNothing = equal(skew, 0)
    const divided = where(isNothing, 0, skew.div(where(isNothing, 1, gaps)))
    const n = values.shape[values.rank - 1]!
    const diagonal = where(equal(eye(n), 1), ofValues.expandDims(-1), divided)
    return [vectors.matmul(diagonal).matmul(turned)]
  },
)

/** Of each matrix of [batch, n, n], by its lower triangle. */
function sortedPairs(given: Tensor): { readonly values: Tensor; readonly vectors: Tensor } {
  const { shape, dtype } = given
  const n = shape[2]!
  const [row, column] = [arange(n).reshape([n, 1]), arange(n)]
  const a = where(greaterEqual(row, column), given, given.transpose(-2, -1))
  const { values, vectors } = jacobiEigen(a)
  // Each value goes to the place that as many others come before.
  const [mine, others] = [values.expandDims(-1), values.expandDims(-2)]
  const isBefore = others.less(mine).logicalOr(others.equal(mine).logicalAnd(column.less(row)))
  const place = isBefore.sum(-1)
  const order = place.expandDims(-1).equal(column).cast(dtype)
  const sorted = vectors.matmul(order)
  const sizes = sorted.abs()
  const isLarge = sizes.greaterEqual(sizes.max(1, true).mul(0.9))
  const first = where(isLarge, row, n).min(1, true)
  const leading = where(equal(row, first), sorted, 0).sum(1, true)
  return {
    values: mine.mul(order).sum(1),
    vectors: sorted.mul(where(leading.less(0), -1, 1).cast(dtype)),
  }
}
