import { elementCount, type Shape } from '../../../base/shape.ts'
import { full } from '../../../frontend/fill.ts'
import { where } from '../../../frontend/functions/elementwise.ts'
import { concat, gather, pad } from '../../../frontend/functions/structure.ts'
import type { Tensor } from '../../../frontend/tensor.ts'
import { Constant, integers } from '../constant.ts'
import type { NodeCall, NodeResult, NodeValue, OperatorTable } from '../node-call.ts'

/** A tensor of the same elements in another shape. Constants stay what they are. */
function reshaped(call: NodeCall, shape: Shape): NodeValue {
  const value = call.value(0)
  if (!(value instanceof Constant)) return call.tensor(0).reshape(shape)
  if (elementCount(shape) !== value.size)
    throw call.failed(`${value.size} elements do not fill ${JSON.stringify(shape)}`)
  return new Constant(value.dtype, shape, value.data)
}

function reshape(call: NodeCall): NodeValue {
  const from = call.shape(0)
  const given = call.opset < 5 ? (call.ints('shape') ?? []) : call.numbers(1)
  const isZeroKept = call.int('allowzero', 0) === 1
  const sizes = given.map((size, axis) => (size === 0 && !isZeroKept ? (from[axis] ?? 0) : size))
  const known = sizes.reduce((product, size) => (size === -1 ? product : product * size), 1)
  const missing = known === 0 ? 0 : elementCount(from) / known
  return reshaped(call, call.sizes(sizes.map((size) => (size === -1 ? missing : size))))
}

function squeeze(call: NodeCall): NodeValue {
  const shape = call.shape(0)
  const given = call.listOf('axes', 1)
  const axes = given ? call.axes(given, shape.length) : shape.flatMap((size, axis) => (size === 1 ? [axis] : []))
  const odd = axes.find((axis) => shape[axis] !== 1)
  if (odd !== undefined) throw call.failed(`axis ${odd} has size ${shape[odd]}, not 1`)
  return reshaped(
    call,
    shape.filter((_, axis) => !axes.includes(axis)),
  )
}

function unsqueeze(call: NodeCall): NodeValue {
  const shape = call.shape(0)
  const given = call.listOf('axes', 1) ?? []
  const axes = new Set(call.axes(given, shape.length + given.length))
  const rest = [...shape]
  return reshaped(
    call,
    Array.from({ length: shape.length + axes.size }, (_, axis) => (axes.has(axis) ? 1 : rest.shift()!)),
  )
}

function flatten(call: NodeCall): NodeValue {
  const shape = call.shape(0)
  const given = call.int('axis', 1)
  const axis = given === shape.length ? given : call.axis(given, shape.length)
  return reshaped(call, [elementCount(shape.slice(0, axis)), elementCount(shape.slice(axis))])
}

function shapeOf(call: NodeCall): NodeValue {
  const shape = call.shape(0)
  const edge = (name: string, fallback: number): number => {
    const given = call.int(name, fallback)
    return Math.min(Math.max(given < 0 ? given + shape.length : given, 0), shape.length)
  }
  return integers(shape.slice(edge('start', 0), edge('end', shape.length)))
}

function slice(call: NodeCall): NodeValue {
  const shape = call.shape(0)
  const isInput = call.opset >= 10
  const list = (name: string, input: number): readonly number[] | undefined =>
    isInput ? (call.has(input) ? call.numbers(input) : undefined) : call.ints(name)
  const [starts, ends, steps] = [list('starts', 1), list('ends', 2), isInput ? list('steps', 4) : undefined]
  if (!starts || !ends) throw call.failed('it has no starts or no ends')
  const axes = call.axes(list('axes', 3) ?? starts.map((_, i) => i), shape.length)
  const ranges = shape.map((): readonly [number | null, number | null, number] => [null, null, 1])
  for (const [i, axis] of axes.entries()) {
    const step = steps?.[i] ?? 1
    const [start, end] = [starts[i]!, ends[i]]
    if (end === undefined) throw call.failed(`${axes.length} axes have ${ends.length} ends`)
    ranges[axis] = [whole(start), whole(end), step]
  }
  return call.tensor(0).slice(ranges)
}

/** The ends of int64 mean "as far as it goes"; `slice` takes any whole number. */
const whole = (value: number): number => Math.min(Math.max(value, -(2 ** 52)), 2 ** 52)

function split(call: NodeCall): NodeResult {
  const x = call.tensor(0)
  const axis = call.axis(call.int('axis', 0), x.rank)
  const size = x.shape[axis]!
  const count = call.hasAttribute('num_outputs') ? call.int('num_outputs') : call.outputCount
  const even = Math.ceil(size / count)
  const sizes =
    call.listOf('split', 1) ?? Array.from({ length: count }, (_, i) => Math.max(Math.min(even, size - i * even), 0))
  if (sizes.reduce((sum, part) => sum + part, 0) !== size)
    throw call.failed(`parts of ${sizes.join(', ')} are not ${size}`)
  return partsOf(x, axis, sizes)
}

/** Consecutive parts along an axis. */
export function partsOf(x: Tensor, axis: number, sizes: readonly number[]): Tensor[] {
  let start = 0
  return sizes.map((size) => {
    const ranges = x.shape.map((_, i): readonly [number, number] | null => (i === axis ? [start, start + size] : null))
    start += size
    return x.slice(ranges)
  })
}

function expand(call: NodeCall): Tensor {
  const x = call.tensor(0)
  const given = call.numbers(1)
  const rank = Math.max(given.length, x.rank)
  const at = (sizes: readonly number[], axis: number): number => sizes[axis - rank + sizes.length] ?? 1
  const shape = Array.from({ length: rank }, (_, axis) => (at(given, axis) === 1 ? at(x.shape, axis) : at(given, axis)))
  return x.broadcastTo(call.sizes(shape))
}

function tile(call: NodeCall): Tensor {
  const x = call.tensor(0)
  const repeats = call.numbers(1)
  if (repeats.length !== x.rank) throw call.failed(`${repeats.length} repeats for ${x.rank} axes`)
  const shape = call.sizes(x.shape.map((size, axis) => size * repeats[axis]!))
  return x
    .reshape(x.shape.flatMap((size) => [1, size]))
    .broadcastTo(x.shape.flatMap((size, axis) => [repeats[axis]!, size]))
    .reshape(shape)
}

function transpose(call: NodeCall): Tensor {
  const x = call.tensor(0)
  return x.permute(call.ints('perm') ?? x.shape.map((_, axis) => x.rank - 1 - axis))
}

function padded(call: NodeCall): Tensor {
  const x = call.tensor(0)
  const mode = call.string('mode', 'constant')
  const isInput = call.opset >= 11
  const widths = isInput ? call.numbers(1) : (call.ints('pads') ?? call.ints('paddings') ?? [])
  const axes = isInput && call.has(3) ? call.axes(call.numbers(3), x.rank) : x.shape.map((_, axis) => axis)
  if (widths.length !== 2 * axes.length) throw call.failed(`${widths.length} widths for ${axes.length} axes`)
  const ends = x.shape.map((): [number, number] => [0, 0])
  for (const [i, axis] of axes.entries()) ends[axis] = [widths[i]!, widths[i + axes.length]!]
  call.sizes(x.shape.map((size, axis) => Math.max(size + ends[axis]![0] + ends[axis]![1], 0)))
  const cut = x.slice(ends.map(([before, after], axis) => [Math.max(-before, 0), x.shape[axis]! - Math.max(-after, 0)]))
  const added = ends.map(([before, after]): [number, number] => [Math.max(before, 0), Math.max(after, 0)])
  if (mode === 'constant') {
    const value = isInput ? (call.has(2) ? call.number(2) : 0) : call.float('value', 0)
    return x.dtype === 'bool' ? pad(cut.cast('uint8'), added, value).cast('bool') : pad(cut, added, value)
  }
  return added.reduce((whole, [before, after], axis) => {
    if (before === 0 && after === 0) return whole
    const size = whole.shape[axis]!
    if (size === 0) throw call.failed(`axis ${axis} is empty`)
    const indices = Array.from({ length: before + size + after }, (_, i) => edgeIndex(mode, i - before, size, call))
    return gather(whole, integers(indices).tensor(), axis)
  }, cut)
}

/** The element that stands at a place outside. */
function edgeIndex(mode: string, i: number, size: number, call: NodeCall): number {
  if (mode === 'edge') return Math.min(Math.max(i, 0), size - 1)
  if (mode === 'wrap') return ((i % size) + size) % size
  if (mode !== 'reflect') throw call.unsupported(`has mode ${mode}`)
  if (size === 1) return 0
  const period = 2 * (size - 1)
  const place = ((i % period) + period) % period
  return place < size ? place : period - place
}

function constantOfShape(call: NodeCall): Tensor {
  const value = call.constantAttribute('value') ?? new Constant('float32', [1], [0])
  return full(call.sizes(call.numbers(0)), value.data[0] ?? 0, { dtype: value.dtype })
}

function range(call: NodeCall): Constant {
  const [start, limit, delta] = [call.number(0), call.number(1), call.number(2)]
  const count = delta === 0 ? NaN : Math.max(Math.ceil((limit - start) / delta), 0)
  if (!Number.isFinite(count)) throw call.failed(`a range from ${start} to ${limit} by ${delta} has no end`)
  call.sizes([count])
  return new Constant(
    call.constant(0).dtype,
    [count],
    Float64Array.from({ length: count }, (_, i) => start + i * delta),
  )
}

function join(call: NodeCall): Tensor {
  const tensors = call.tensors()
  const [first] = tensors
  if (!first) throw call.failed('it has no inputs')
  return concat(tensors, call.axis(call.int('axis', call.opset < 4 ? 1 : undefined), first.rank))
}

function depthToSpace(call: NodeCall): Tensor {
  const x = call.tensor(0)
  const [n, c, h, w] = imageShape(call, x)
  const size = call.int('blocksize')
  const isColumnRow = call.string('mode', 'DCR') === 'CRD'
  const channels = c / size ** 2
  return isColumnRow
    ? x
        .reshape([n, channels, size, size, h, w])
        .permute([0, 1, 4, 2, 5, 3])
        .reshape([n, channels, h * size, w * size])
    : x
        .reshape([n, size, size, channels, h, w])
        .permute([0, 3, 4, 1, 5, 2])
        .reshape([n, channels, h * size, w * size])
}

function spaceToDepth(call: NodeCall): Tensor {
  const x = call.tensor(0)
  const [n, c, h, w] = imageShape(call, x)
  const size = call.int('blocksize')
  return x
    .reshape([n, c, h / size, size, w / size, size])
    .permute([0, 3, 5, 1, 2, 4])
    .reshape([n, c * size ** 2, h / size, w / size])
}

function imageShape(call: NodeCall, x: Tensor): readonly [number, number, number, number] {
  if (x.rank !== 4) throw call.failed(`the input has ${x.rank} axes, not four`)
  return x.shape as unknown as readonly [number, number, number, number] // four axes
}

/** The part on or above a diagonal, or on or below it. */
function trilu(call: NodeCall): Tensor {
  const x = call.tensor(0)
  const k = call.has(1) ? call.number(1) : 0
  const isUpper = call.int('upper', 1) === 1
  const [rows, columns] = [x.shape.at(-2), x.shape.at(-1)]
  if (rows === undefined || columns === undefined) throw call.failed(`the input has ${x.rank} axes, not two`)
  const kept = Array.from({ length: rows * columns }, (_, at) => {
    const distance = (at % columns) - Math.floor(at / columns)
    return (isUpper ? distance >= k : distance <= k) ? 1 : 0
  })
  return where(new Constant('bool', [rows, columns], kept).tensor(), x, full([], 0, { dtype: x.dtype }))
}

export const shapeOperators: OperatorTable = {
  Concat: join,
  ConstantOfShape: constantOfShape,
  DepthToSpace: depthToSpace,
  Expand: expand,
  Flatten: flatten,
  Identity: (call) => call.value(0),
  Pad: padded,
  Range: range,
  Reshape: reshape,
  Shape: shapeOf,
  Size: (call) => integers([elementCount(call.shape(0))], []),
  Slice: slice,
  SpaceToDepth: spaceToDepth,
  Split: split,
  Squeeze: squeeze,
  Tile: tile,
  Transpose: transpose,
  Trilu: trilu,
  Unsqueeze: unsqueeze,
}
