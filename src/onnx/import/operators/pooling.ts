import { contiguousStrides, elementCount, type Shape } from '../../../base/shape.ts'
import { isFloat } from '../../../base/dtype.ts'
import { where } from '../../../frontend/functions/elementwise.ts'
import { pad } from '../../../frontend/functions/structure.ts'
import type { Tensor } from '../../../frontend/tensor.ts'
import { Constant, integers } from '../constant.ts'
import type { NodeCall, NodeResult, OperatorTable } from '../node-call.ts'
import { windowsOf, type Windows } from './windows.ts'

/** Windows whose last one along an axis may reach past the end: `after` is made as large as it takes. */
function poolWindows(call: NodeCall, x: Tensor): Windows & { readonly counts: readonly number[] } {
  const spatial = x.shape.slice(2)
  if (spatial.length === 0) throw call.failed(`an input of ${x.rank} axes has no windows`)
  const windows = windowsOf(call, spatial, call.ints('kernel_shape') ?? [])
  const { kernel, strides, dilations, before } = windows
  const isCeil = call.int('ceil_mode', 0) === 1
  const counts = spatial.map((size, i) => {
    const room = size + before[i]! + windows.after[i]! - (kernel[i]! - 1) * dilations[i]! - 1
    const steps = room / strides[i]!
    const count = (isCeil ? Math.ceil(steps) : Math.floor(steps)) + 1
    // A window that begins past the input and the padding before it would see nothing.
    return isCeil && (count - 1) * strides[i]! >= size + before[i]! ? count - 1 : count
  })
  if (counts.some((count) => count < 1)) throw call.failed(`no window fits into [${spatial.join(', ')}]`)
  const after = spatial.map((size, i) =>
    Math.max((counts[i]! - 1) * strides[i]! + (kernel[i]! - 1) * dilations[i]! + 1 - size - before[i]!, 0),
  )
  call.sizes([...x.shape.slice(0, 2), ...spatial.map((size, i) => size + before[i]! + after[i]!)])
  const points = isLarge(kernel) ? kernel.reduce((sum, size) => sum + size, 0) : elementCount(kernel)
  if (points > mostPoints) throw call.unsupported(`has windows of more than ${mostPoints} points`)
  return { ...windows, after, counts }
}

/** Each is an operation of its own. */
const mostPoints = 4096
/** Windows of more points are combined axis by axis. */
const isLarge = (kernel: readonly number[]): boolean => kernel.length > 1 && elementCount(kernel) > 64

/** All points of each window of what has been framed, combined. */
function combined(
  x: Tensor,
  windows: Windows & { readonly counts: readonly number[] },
  combine: (a: Tensor, b: Tensor) => Tensor,
): Tensor {
  if (!isLarge(windows.kernel)) return pointsOf(x, windows).reduce(combine)
  return windows.kernel.reduce((current, _, axis) => {
    const only = (list: readonly number[], otherwise: (i: number) => number): number[] =>
      list.map((value, i) => (i === axis ? value : otherwise(i)))
    return pointsOf(current, {
      ...windows,
      kernel: only(windows.kernel, () => 1),
      strides: only(windows.strides, () => 1),
      dilations: only(windows.dilations, () => 1),
      counts: only(windows.counts, (i) => current.shape[i + 2]!),
    }).reduce(combine)
  }, x)
}

/** For each point of a window in row-major order, that point of all windows. */
function pointsOf(
  x: Tensor,
  { kernel, strides, dilations, counts }: Windows & { counts: readonly number[] },
): Tensor[] {
  const steps = contiguousStrides(kernel)
  return Array.from({ length: elementCount(kernel) }, (_, at) =>
    x.slice([
      null,
      null,
      ...kernel.map((size, i): readonly [number, number, number] => {
        const start = (Math.floor(at / steps[i]!) % size) * dilations[i]!
        return [start, start + (counts[i]! - 1) * strides[i]! + 1, strides[i]!]
      }),
    ]),
  )
}

const framed = (x: Tensor, { before, after }: Windows, value: number): Tensor =>
  pad(x, [[0, 0], [0, 0], ...before.map((width, i): [number, number] => [width, after[i]!])], value)

function maxPool(call: NodeCall): NodeResult {
  const x = call.tensor(0)
  const windows = poolWindows(call, x)
  const whole = framed(x, windows, isFloat(x.dtype) ? -Infinity : 0)
  const larger = (point: Tensor, best: Tensor): Tensor =>
    isFloat(x.dtype) ? point.greater(best).logicalOr(point.isNaN()) : point.greater(best)
  if (!call.hasOutput(1)) return combined(whole, windows, (best, point) => where(larger(point, best), point, best))
  if (isLarge(windows.kernel) && elementCount(windows.kernel) > mostPoints)
    throw call.unsupported(`has windows of more than ${mostPoints} points`)
  const points = pointsOf(whole, windows)
  const places = pointsOf(framed(placesIn(x.shape, call.int('storage_order', 0) === 1), windows, 0), windows)
  let [best, place] = [points[0]!, places[0]!.broadcastTo(points[0]!.shape)]
  for (const [i, point] of points.entries()) {
    const isLarger = larger(point, best)
    place = where(isLarger, places[i]!, place)
    best = where(isLarger, point, best)
  }
  return [best, place]
}

/** Where each element lies in the whole tensor. */
function placesIn(shape: Shape, isColumnMajor: boolean): Tensor {
  if (!isColumnMajor)
    return integers(
      Array.from({ length: elementCount(shape) }, (_, at) => at),
      shape,
    ).tensor()
  const spatial = shape.slice(2)
  const [size, row, column] = [elementCount(spatial), contiguousStrides(spatial), columnStrides(spatial)]
  return integers(
    Array.from({ length: elementCount(shape) }, (_, at) =>
      spatial.reduce(
        (place, length, i) => place + (Math.floor((at % size) / row[i]!) % length) * column[i]!,
        Math.floor(at / size) * size,
      ),
    ),
    shape,
  ).tensor()
}

const columnStrides = (shape: Shape): number[] => shape.map((_, i) => elementCount(shape.slice(0, i)))

function averagePool(call: NodeCall): Tensor {
  const x = call.tensor(0)
  const windows = poolWindows(call, x)
  const sum = combined(framed(x, windows, 0), windows, (total, point) => total.add(point))
  return sum.div(new Constant(x.dtype, [1, 1, ...windows.counts], divisors(call, x.shape.slice(2), windows)).tensor())
}

/** How many points each window has: those in the input, or also those in the padding that the model asks for. */
function divisors(call: NodeCall, spatial: Shape, windows: Windows & { counts: readonly number[] }): number[] {
  const { kernel, strides, dilations, before, counts } = windows
  const isPaddingCounted = call.int('count_include_pad', 0) === 1
  const pads = call.ints('pads') ?? []
  const along = counts.map((count, i) =>
    Array.from({ length: count }, (_, window) => {
      const start = window * strides[i]! - before[i]!
      const end = spatial[i]! + (isPaddingCounted ? (pads[spatial.length + i] ?? windows.after[i]!) : 0)
      const first = isPaddingCounted ? -before[i]! : 0
      const points = Array.from({ length: kernel[i]! }, (_, k) => start + k * dilations[i]!)
      return points.filter((at) => at >= first && at < end).length
    }),
  )
  return along.reduce<number[]>((all, axis) => all.flatMap((count) => axis.map((each) => count * each)), [1])
}

const overSpace =
  (reduce: (x: Tensor, axes: readonly number[]) => Tensor) =>
  (call: NodeCall): Tensor => {
    const x = call.tensor(0)
    return reduce(
      x,
      x.shape.flatMap((_, axis) => (axis < 2 ? [] : [axis])),
    )
  }

function powerPool(call: NodeCall): Tensor {
  const x = call.tensor(0)
  const p = call.int('p', 2)
  const windows = poolWindows(call, x)
  return combined(framed(x, windows, 0).abs().pow(p), windows, (total, point) => total.add(point)).pow(1 / p)
}

export const poolingOperators: OperatorTable = {
  AveragePool: averagePool,
  GlobalAveragePool: overSpace((x, axes) => x.mean(axes, true)),
  GlobalLpPool: (call) => {
    const p = call.int('p', 2)
    return overSpace((x, axes) =>
      x
        .abs()
        .pow(p)
        .sum(axes, true)
        .pow(1 / p),
    )(call)
  },
  GlobalMaxPool: overSpace((x, axes) => x.max(axes, true)),
  LpPool: powerPool,
  MaxPool: maxPool,
}
