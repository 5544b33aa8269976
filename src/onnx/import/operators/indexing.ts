import { contiguousStrides, elementCount, sameShape, type Shape } from '../../../base/shape.ts'
import { lift } from '../../../frontend/functions/lift.ts'
import { where } from '../../../frontend/functions/elementwise.ts'
import { gather } from '../../../frontend/functions/structure.ts'
import type { Tensor } from '../../../frontend/tensor.ts'
import * as calls from '../../../ops/calls/index.ts'
import { Constant, integers } from '../constant.ts'
import type { NodeCall, NodeValue, OperatorTable } from '../node-call.ts'

/** Indices counted from 0, each within its axis. */
const checkedIndex = lift(calls.checkedIndex)
const scatterRows = lift(calls.scatterRows)

/** Where element `at` of a tensor of `shape` lies, without what it adds along `axis`. */
function placesWithout(axis: number, shape: Shape, strides: readonly number[]): Tensor {
  const inner = contiguousStrides(shape)
  return integers(
    Array.from({ length: elementCount(shape) }, (_, at) =>
      shape.reduce(
        (place, size, i) => (i === axis ? place : place + (Math.floor(at / inner[i]!) % size) * strides[i]!),
        0,
      ),
    ),
    shape,
  ).tensor()
}

/** The places in row-major order that indices along one axis name. */
function placesAlong(call: NodeCall, shape: Shape, indices: Tensor): Tensor {
  if (indices.rank !== shape.length)
    throw call.failed(`the indices have ${indices.rank} axes, the data ${shape.length}`)
  const axis = call.axis(call.int('axis', 0), shape.length)
  if (indices.shape.some((size, i) => i !== axis && size > shape[i]!))
    throw call.failed(`indices of shape [${indices.shape.join(', ')}] reach beyond data of shape [${shape.join(', ')}]`)
  const strides = contiguousStrides(shape)
  const index = checkedIndex(indices, axis, shape[axis]!)
  return index.mul(strides[axis]!).add(placesWithout(axis, indices.shape, strides))
}

const gatherElements = (call: NodeCall): Tensor => {
  const x = call.tensor(0)
  return gather(x.reshape([-1]), placesAlong(call, x.shape, call.tensor(1)))
}

function scatterElements(call: NodeCall): Tensor {
  const [x, indices, updates] = [call.tensor(0), call.tensor(1), call.tensor(2)]
  const combine = combineOf(call)
  if (!sameShape(indices.shape, updates.shape)) throw call.failed('the indices and the updates differ in shape')
  const places = placesAlong(call, x.shape, indices).reshape([-1])
  return scatterRows(x.reshape([-1]), updates.reshape([-1]), places, 0, combine).reshape(x.shape)
}

function combineOf(call: NodeCall): 'set' | 'add' {
  const reduction = call.string('reduction', 'none')
  if (reduction === 'none') return 'set'
  if (reduction === 'add') return 'add'
  throw call.unsupported(`has reduction ${reduction}`)
}

/** Rows that tuples of indices name, of `shape` without its first `batch` and with the next `depth` axes as one. */
function rowsOf(call: NodeCall, indices: Tensor, shape: Shape, batch: number): { places: Tensor; rest: Shape } {
  const depth = indices.shape.at(-1)
  if (depth === undefined || batch + depth > shape.length)
    throw call.failed(`indices of shape [${indices.shape.join(', ')}] name no places in [${shape.join(', ')}]`)
  const named = shape.slice(0, batch + depth)
  const strides = contiguousStrides(named)
  const columns = Array.from({ length: depth }, (_, i) => {
    const column = indices.slice([...indices.shape.slice(0, -1).map(() => null), i])
    return checkedIndex(column, batch + i, shape[batch + i]!).mul(strides[batch + i]!)
  })
  const batches = indices.shape.slice(0, -1)
  const ofBatch = placesWithout(
    -1,
    batches,
    batches.map((_, i) => (i < batch ? strides[i]! : 0)),
  )
  return { places: columns.reduce((sum, column) => sum.add(column), ofBatch), rest: shape.slice(batch + depth) }
}

function gatherNd(call: NodeCall): Tensor {
  const [x, indices] = [call.tensor(0), call.tensor(1)]
  const { places, rest } = rowsOf(call, indices, x.shape, call.int('batch_dims', 0))
  const rows = x.reshape([x.size / Math.max(elementCount(rest), 1), ...rest])
  return gather(rows, places)
}

function scatterNd(call: NodeCall): Tensor {
  const [x, indices, updates] = [call.tensor(0), call.tensor(1), call.tensor(2)]
  const { places, rest } = rowsOf(call, indices, x.shape, 0)
  const width = elementCount(rest)
  const rows = x.reshape([x.size / Math.max(width, 1), width])
  return scatterRows(rows, updates.reshape([places.size, width]), places.reshape([-1]), 0, combineOf(call)).reshape(
    x.shape,
  )
}

/** Indices beyond the depth make a line of `off`, so this is no op `oneHot`, which refuses them. */
function oneHot(call: NodeCall): Tensor {
  const indices = call.tensor(0).cast('int32')
  const depth = call.number(1)
  call.sizes([...indices.shape, depth])
  const values = call.tensor(2)
  const given = call.int('axis', -1)
  const axis = call.axis(given, indices.rank + 1)
  const positions = integers(
    Array.from({ length: depth }, (_, i) => i),
    Array.from({ length: indices.rank + 1 }, (_, i) => (i === axis ? depth : 1)),
  ).tensor()
  const index = where(indices.less(0), indices.add(depth), indices).expandDims(axis)
  return where(index.equal(positions), values.slice([1]), values.slice([0]))
}

/** How many elements are not zero depends on the elements, so they have to be known. */
function nonZero(call: NodeCall): Constant {
  const { data, shape } = call.constant(0)
  const strides = contiguousStrides(shape)
  const found = Array.from(data).flatMap((value, at) => (value === 0 ? [] : [at]))
  return integers(
    shape.flatMap((size, axis) => found.map((at) => Math.floor(at / strides[axis]!) % size)),
    [shape.length, found.length],
  )
}

function compress(call: NodeCall): Tensor {
  const kept = call.numbers(1).flatMap((value, at) => (value === 0 ? [] : [at]))
  const x = call.tensor(0)
  if (!call.hasAttribute('axis')) return gather(x.reshape([-1]), integers(kept).tensor())
  return gather(x, integers(kept).tensor(), call.axis(call.int('axis'), x.rank))
}

function reverseSequence(call: NodeCall): Tensor {
  const x = call.tensor(0)
  const lengths = call.numbers(1)
  const [time, batch] = [call.axis(call.int('time_axis', 0), x.rank), call.axis(call.int('batch_axis', 1), x.rank)]
  if (time + batch !== 1) throw call.failed('the axes of time and batch are not the first two')
  const [rows, columns] = [x.shape[0]!, x.shape[1]!]
  const places = Array.from({ length: rows * columns }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns]
    const [t, b] = time === 0 ? [row, column] : [column, row]
    const length = lengths[b] ?? 0
    const from = t < length ? length - 1 - t : t
    return time === 0 ? from * columns + b : b * columns + from
  })
  const rest = x.shape.slice(2)
  return gather(x.reshape([rows * columns, ...rest]), integers(places).tensor()).reshape(x.shape)
}

function eyeLike(call: NodeCall): Constant {
  const shape = call.shape(0)
  const value = call.value(0)
  const [rows, columns] = [shape[0], shape[1]]
  if (rows === undefined || columns === undefined || shape.length !== 2) throw call.failed('the input is no matrix')
  call.sizes(shape)
  const k = call.int('k', 0)
  const dtype = call.hasAttribute('dtype') ? call.dtype('dtype') : 'dtype' in value ? value.dtype : 'float32'
  const ones = Array.from({ length: rows * columns }, (_, at) =>
    Number((at % columns) - Math.floor(at / columns) === k),
  )
  return new Constant(dtype, shape, ones)
}

function gathered(call: NodeCall): NodeValue {
  const x = call.tensor(0)
  const axis = call.axis(call.int('axis', 0), x.rank)
  return gather(x, call.tensor(1).cast('int32'), axis)
}

export const indexingOperators: OperatorTable = {
  Compress: compress,
  EyeLike: eyeLike,
  Gather: gathered,
  GatherElements: gatherElements,
  GatherND: gatherNd,
  NonZero: nonZero,
  OneHot: oneHot,
  ReverseSequence: reverseSequence,
  Scatter: scatterElements,
  ScatterElements: scatterElements,
  ScatterND: scatterNd,
}
