import { promote } from '../../base/dtype.ts'
import { broadcastShapes, elementCount, sameShape, type Shape } from '../../base/shape.ts'
import { matmulInnerSizes, matmulScalar, shapeMismatch } from '../errors.ts'
import { currentInterpreter, type Value } from '../interpreter.ts'
import { requireDtype, wideNumbers } from '../operand-types.ts'
import { noAttrs } from '../table.ts'
import { mul } from './arithmetic.ts'
import { cast } from './cast.ts'
import { valueOf, type Operand } from './operands.ts'
import { sum } from './reduce.ts'
import { broadcastTo, reshape, transpose } from './reshape.ts'

/**
 * Matrix product over the last two axes; the others broadcast. A 1-D operand is a row on the left, a column on the right, and its
 * axis is not in the result.
 *
 * @param a shape [..., m, k] or [k]; float32, float64 or int32
 * @param b shape [..., k, n] or [k]
 * @returns shape [..., m, n]. Each element adds k products in index order; where b is one column (n = 1 or 1-D), in the order of `sum`.
 * @throws GryphError MATMUL_INNER_SIZES when the two k differ
 * @example matmul(ones([2, 3]), ones([3, 4])).shape // [2, 4]
 */
export function matmul(a: Operand, b: Operand): Value {
  const [x, y] = [valueOf('matmul', a), valueOf('matmul', b)]
  const [from, other] = [x.type.shape, y.type.shape]
  if (from.length === 0 || other.length === 0) throw matmulScalar('matmul', from, other)
  if (from.at(-1) !== (other.length === 1 ? other[0] : other.at(-2))) throw matmulInnerSizes('matmul', from, other)
  const dtype = promote(x.type.dtype, y.type.dtype)
  requireDtype('matmul', 'an operand', dtype, wideNumbers)
  const [left, right] = [cast(x, dtype), cast(y, dtype)]
  if (other.length === 1) return sum(mul(left, right), -1)
  const rows = from.length === 1 ? reshape(left, [1, from[0]!]) : left
  const product = other.at(-1) === 1 ? timesColumn(rows, right) : timesMatrix(rows, right)
  return from.length === 1 ? reshape(product, product.type.shape.toSpliced(-2, 1)) : product
}

/** A contraction has nothing to share between columns here, so it is a product and a sum, which fuse. */
const timesColumn = (a: Value, b: Value): Value => {
  batchOf(a.type.shape, b.type.shape)
  return sum(mul(a, transpose(b, -1, -2)), -1, true)
}

function timesMatrix(a: Value, b: Value): Value {
  const [from, other] = [a.type.shape, b.type.shape]
  if (from.length === 2 && other.length === 2) return contract(a, b)
  // Rows of a batch times one matrix: one tall contraction.
  if (other.length === 2) {
    const tall = reshape(a, [elementCount(from.slice(0, -1)), from.at(-1)!])
    return reshape(contract(tall, b), [...from.slice(0, -1), other[1]!])
  }
  const batch = batchOf(from, other)
  return contract(broadcastTo(a, [...batch, ...from.slice(-2)]), broadcastTo(b, [...batch, ...other.slice(-2)]))
}

const contract = (a: Value, b: Value): Value => currentInterpreter().apply('matmul', [a, b], noAttrs)

function batchOf(a: Shape, b: Shape): Shape {
  const [left, right] = [a.slice(0, -2), b.slice(0, -2)]
  const batch = sameShape(left, right) ? left : broadcastShapes(left, right)
  if (!batch) throw shapeMismatch('matmul', a, b)
  return batch
}

/** Sum of products over the last axis of both operands, which broadcast: the scalar product of two 1-D tensors. */
export const dot = (a: Operand, b: Operand): Value => sum(mul(a, b), -1)

/** a[i] · b[j] of two 1-D tensors: shape [m, n]. */
export const outer = (a: Operand, b: Operand): Value => mul(reshape(a, [-1, 1]), reshape(b, [1, -1]))
