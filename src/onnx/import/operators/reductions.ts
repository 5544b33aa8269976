import { isFloat } from '../../../base/dtype.ts'
import type { Tensor } from '../../../frontend/tensor.ts'
import { integers } from '../constant.ts'
import type { NodeCall, Operator, OperatorTable } from '../node-call.ts'
import { gather } from '../../../frontend/functions/structure.ts'

type Reduce = (x: Tensor, axes: readonly number[], keepDims: boolean) => Tensor

const reduction =
  (reduce: Reduce): Operator =>
  (call) => {
    const x = call.tensor(0)
    const given = call.listOf('axes', 1)
    const isNoop = call.int('noop_with_empty_axes', 0) === 1
    if (isNoop && (given === undefined || given.length === 0)) return reduce(x, [], true)
    const axes = given && given.length > 0 ? call.axes(given, x.rank) : x.shape.map((_, axis) => axis)
    return reduce(x, axes, call.int('keepdims', 1) === 1).cast(x.dtype)
  }

const sum: Reduce = (x, axes, keepDims) => x.sum(axes, keepDims)

const argReduction =
  (pick: (x: Tensor, axis: number, keepDims: boolean) => Tensor): Operator =>
  (call) => {
    const x = call.tensor(0)
    const axis = call.axis(call.int('axis', 0), x.rank)
    const keepDims = call.int('keepdims', 1) === 1
    if (call.int('select_last_index', 0) === 0) return pick(x, axis, keepDims)
    const last = x.shape[axis]! - 1
    const reversed = x.slice(x.shape.map((_, i): readonly [null, null, number] => [null, null, i === axis ? -1 : 1]))
    return pick(reversed, axis, keepDims).neg().add(last)
  }

/** Each step adds what is twice as far away, so that n elements take log₂ n of them. */
function cumulativeSum(call: NodeCall): Tensor {
  const given = call.tensor(0)
  const axis = call.axis(call.number(1), given.rank)
  const size = given.shape[axis]!
  const isReverse = call.int('reverse', 0) === 1
  const shifted = (x: Tensor, by: number): Tensor =>
    x
      .slice(
        x.shape.map((_, i) =>
          i !== axis ? null : isReverse ? [Math.min(by, size), null] : [0, Math.max(size - by, 0)],
        ),
      )
      .pad(x.shape.map((_, i) => (i !== axis ? [0, 0] : isReverse ? [0, Math.min(by, size)] : [Math.min(by, size), 0])))
  let result = call.int('exclusive', 0) === 1 ? shifted(given, 1) : given
  for (let by = 1; by < size; by *= 2) result = result.add(shifted(result, by))
  return result
}

/**
 * The place of each element in the sorted order, by counting those before it: one element of a line against all others. Of equal elements
 * the first comes first.
 */
function largest(call: NodeCall): Tensor[] {
  const x = call.tensor(0)
  const axis = call.axis(call.int('axis', -1), x.rank)
  const k = call.opset < 10 ? call.int('k') : call.number(1)
  const size = x.shape[axis]!
  if (k < 0 || k > size) throw call.failed(`there are no ${k} of ${size} elements`)
  call.sizes([...x.shape, size])
  const order = [...x.shape.keys()].filter((i) => i !== axis)
  const lines = x.permute([...order, axis])
  const isLargest = call.int('largest', 1) === 1
  const [one, other] = [lines.expandDims(-1), lines.expandDims(-2)]
  const before = isLargest ? other.greater(one) : other.less(one)
  const index = integers(Array.from({ length: size }, (_, i) => i)).tensor()
  const earlier = index.less(index.expandDims(-1))
  const rank = before.logicalOr(other.equal(one).logicalAnd(earlier)).sum(-1)
  const places = integers(Array.from({ length: k }, (_, i) => i)).tensor()
  const indices = rank.expandDims(-2).equal(places.expandDims(-1)).cast('int32').mul(index).sum(-1)
  const rows = lines.size / Math.max(size, 1)
  const starts = integers(
    Array.from({ length: rows }, (_, row) => row * size),
    [rows, 1],
  ).tensor()
  const flat = gather(lines.reshape([-1]), indices.reshape([rows, k]).add(starts))
  const back = (values: Tensor): Tensor => {
    const shaped = values.reshape([...order.map((i) => x.shape[i]!), k])
    return shaped.permute(x.shape.map((_, i) => (i === axis ? x.rank - 1 : order.indexOf(i))))
  }
  return [back(flat), back(indices)]
}

export const reductionOperators: OperatorTable = {
  ArgMax: argReduction((x, axis, keepDims) => x.argmax(axis, keepDims)),
  ArgMin: argReduction((x, axis, keepDims) => x.argmin(axis, keepDims)),
  CumSum: cumulativeSum,
  ReduceL1: reduction((x, axes, keepDims) => sum(x.abs(), axes, keepDims)),
  ReduceL2: reduction((x, axes, keepDims) => sum(x.mul(x), axes, keepDims).sqrt()),
  ReduceLogSum: reduction((x, axes, keepDims) => sum(x, axes, keepDims).log()),
  ReduceLogSumExp: reduction((x, axes, keepDims) => x.logSumExp(axes, keepDims)),
  ReduceMax: reduction((x, axes, keepDims) => x.max(axes, keepDims)),
  ReduceMean: reduction((x, axes, keepDims) => (isFloat(x.dtype) ? x : x.cast('float64')).mean(axes, keepDims)),
  ReduceMin: reduction((x, axes, keepDims) => x.min(axes, keepDims)),
  ReduceProd: reduction((x, axes, keepDims) => x.prod(axes, keepDims)),
  ReduceSum: reduction(sum),
  ReduceSumSquare: reduction((x, axes, keepDims) => sum(x.mul(x), axes, keepDims)),
  TopK: largest,
}
