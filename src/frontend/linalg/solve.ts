import { assertPivots } from '../../ops/calls/assertion.ts'
import { dynamicSlice, isValue, setSlice } from '../../ops/calls/index.ts'
import { floats, requireDtype } from '../../ops/operand-types.ts'
import { noGrad } from '../context.ts'
import { forLoop } from '../control/for-loop.ts'
import { customVjp } from '../differentiation/custom-vjp.ts'
import { notATensor } from '../errors.ts'
import { arange, full, zeros } from '../fill.ts'
import { equal, greater, greaterEqual, minimum, where } from '../functions/elementwise.ts'
import { argmax, concat } from '../functions/structure.ts'
import type { Tensor } from '../tensor.ts'
import { notSquare, rightSide } from './errors.ts'

/**
 * x with a·x = b, for a of shape [n, n] and b of shape [n] or [n, k], which x has too. Gaussian elimination with the largest pivot of each column.
 *
 * @throws MATRIX_NOT_SQUARE, SOLVE_SHAPE, MATRIX_SINGULAR, DTYPE_UNSUPPORTED
 * @example linalg.solve(tensor([[2, 1], [1, 3]]), tensor([3, 5])).toArray() // [0.8, 1.4]
 */
export function solve(a: Tensor, b: Tensor): Tensor {
  for (const each of [a, b]) {
    if (!isValue(each)) throw notATensor('linalg.solve', each)
    requireDtype('linalg.solve', 'the dtype', each.dtype, floats)
  }
  const n = a.shape[0]
  if (a.rank !== 2 || a.shape[1] !== n) throw notSquare('linalg.solve', a.shape)
  if (b.rank === 0 || b.rank > 2 || b.shape[0] !== n) throw rightSide(a.shape, b.shape)
  if (b.size === 0) return zeros(b.shape, { dtype: b.dtype })
  const dtype = a.dtype === 'float64' || b.dtype === 'float64' ? 'float64' : 'float32'
  const [x, pivot] = solveColumns(a.cast(dtype), b.cast(dtype).reshape([n!, -1]))
  assertPivots(pivot, 'linalg.solve')
  return x.reshape(b.shape)
}

/** For b of shape [n, k]; gives the smallest pivot too. */
const solveColumns: (a: Tensor, b: Tensor) => [Tensor, Tensor] = customVjp(
  (a: Tensor, b: Tensor) => {
    const [x, pivot] = noGrad(() => eliminated(a, b))
    return [[x, pivot] as [Tensor, Tensor], { a, x }]
  },
  ({ a, x }, [ofX]: [Tensor, Tensor]) => {
    const ofB = solveColumns(a.transpose(), ofX)[0]
    return [ofB.matmul(x.transpose()).neg(), ofB]
  },
)

function eliminated(a: Tensor, b: Tensor): [x: Tensor, pivot: Tensor] {
  const [n, columns] = b.shape as readonly [number, number]
  if (n === 1) return [b.div(a), a.abs().reshape([])]
  const width = n + columns
  const { dtype } = b
  const [row, column] = [arange(n).reshape([n, 1]), arange(width)]
  const rowAt = (whole: Tensor, k: Tensor): Tensor => dynamicSlice(whole, k, [1, width], { inBounds: true }) as Tensor // made of tensors
  const { rows, pivot } = forLoop(
    0,
    n,
    (k, state) => {
      const ofColumn = where(equal(column, k), state.rows, 0).sum(1, true)
      const at = argmax(where(greaterEqual(row, k), ofColumn.abs(), -1).reshape([n]))
      const [upper, swapped] = [rowAt(state.rows, at), rowAt(state.rows, k)]
      const chosen = where(equal(row, at), ofColumn, 0).sum()
      const others = where(equal(row, at), where(equal(row, k), ofColumn, 0).sum(), ofColumn)
      const factors = where(greater(row, k), others.div(chosen), 0)
      const inOrder = where(equal(row, k), upper, where(equal(row, at), swapped, state.rows))
      return {
        rows: inOrder.sub(factors.mul(upper)),
        pivot: where(equal(state.pivot, 0), 0, minimum(state.pivot, chosen.abs())),
      }
    },
    { rows: concat([a, b], 1), pivot: full([], Infinity, { dtype: dtype as 'float32' }) },
  )
  const x = forLoop(
    0,
    n,
    (i, known) => {
      const k = i.neg().add(n - 1)
      const own = rowAt(rows, k)
      const divisor = where(equal(column, k), own, 0).sum()
      // Elements from k on are 0 so far where they are not known.
      const rest = own.slice([null, [n]]).sub(own.slice([null, [0, n]]).matmul(known))
      return setSlice(known, rest.div(divisor), k, { inBounds: true }) as Tensor // made of tensors
    },
    zeros([n, columns], { dtype }),
  )
  return [x, pivot]
}
