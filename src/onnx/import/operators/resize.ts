import { gather } from '../../../frontend/functions/structure.ts'
import type { Tensor } from '../../../frontend/tensor.ts'
import { where } from '../../../frontend/functions/elementwise.ts'
import { Constant, integers } from '../constant.ts'
import type { NodeCall, OperatorTable } from '../node-call.ts'

/** One axis that changes its size. */
interface Axis {
  readonly axis: number
  readonly from: number
  readonly to: number
  readonly scale: number
  /** Part of the axis that `tf_crop_and_resize` takes. */
  readonly roi: readonly [start: number, end: number]
}

function resize(call: NodeCall): Tensor {
  const x = call.tensor(0)
  const axes = axesOf(call, x)
  const mode = call.string('mode', 'nearest')
  if (call.int('antialias', 0) === 1) throw call.unsupported('resizes with antialias')
  return axes.reduce((current, axis) => {
    const places = Array.from({ length: axis.to }, (_, i) => placeOf(call, axis, i))
    if (mode === 'nearest')
      return gather(current, integers(places.map((at) => nearest(call, at, axis))).tensor(), axis.axis)
    if (mode === 'linear') return blended(call, current, axis, places, linearTaps)
    if (mode === 'cubic') return blended(call, current, axis, places, cubicTaps(call.float('cubic_coeff_a', -0.75)))
    throw call.unsupported(`has mode ${mode}`)
  }, x)
}

function axesOf(call: NodeCall, x: Tensor): Axis[] {
  const isOld = call.opset < 11
  const listed = call.ints('axes')
  const axes = listed ? call.axes(listed, x.rank) : x.shape.map((_, axis) => axis)
  const scalesInput = isOld ? 1 : 2
  const given = (input: number): number[] | undefined =>
    call.has(input) && call.shape(input)[0] !== 0 ? call.numbers(input) : undefined
  const scales = call.floats('scales') ?? given(scalesInput)
  const sizes = isOld ? undefined : given(3)
  const roi = isOld ? undefined : given(1)
  if (!scales && !sizes) throw call.failed('it has neither scales nor sizes')
  if ((scales ?? sizes)!.length !== axes.length)
    throw call.failed(`${(scales ?? sizes)!.length} sizes for ${axes.length} axes`)
  const policy = call.string('keep_aspect_ratio_policy', 'stretch')
  const ratios = sizes?.map((size, i) => size / x.shape[axes[i]!]!)
  const common =
    ratios && policy !== 'stretch' ? (policy === 'not_larger' ? Math.min(...ratios) : Math.max(...ratios)) : undefined
  const result = axes.map((axis, i): Axis => {
    const from = x.shape[axis]!
    const scale = scales?.[i] ?? common ?? ratios![i]!
    const [start, end] = [roi?.[i] ?? 0, roi?.[i + axes.length] ?? 1]
    const isCropped = call.string('coordinate_transformation_mode', 'half_pixel') === 'tf_crop_and_resize'
    const to = scales
      ? Math.floor(from * (isCropped ? end - start : 1) * scale)
      : common !== undefined
        ? Math.round(from * common)
        : sizes![i]!
    return { axis, from, to, scale, roi: [start, end] }
  })
  call.sizes(x.shape.map((size, axis) => result.find((each) => each.axis === axis)?.to ?? size))
  if (result.some(({ from, to }) => from === 0 && to > 0)) throw call.failed('there is nothing to resize')
  return result.filter(({ from, to, scale, roi }) => from !== to || scale !== 1 || roi[0] !== 0 || roi[1] !== 1)
}

/** Where a place of the result lies in the input. */
function placeOf(call: NodeCall, { from, to, scale, roi: [start, end] }: Axis, i: number): number {
  const mode = call.string('coordinate_transformation_mode', call.opset < 11 ? 'asymmetric' : 'half_pixel')
  switch (mode) {
    case 'asymmetric':
      return i / scale
    case 'half_pixel':
      return (i + 0.5) / scale - 0.5
    case 'pytorch_half_pixel':
      return to > 1 ? (i + 0.5) / scale - 0.5 : 0
    case 'align_corners':
      // The exact size, of which `to` is the whole part.
      return to > 1 ? (i * (from - 1)) / (from * scale - 1) : 0
    case 'half_pixel_symmetric': {
      const adjustment = to / (scale * from)
      return (from / 2) * (1 - adjustment) + (i + 0.5) / scale - 0.5
    }
    case 'tf_half_pixel_for_nn':
      return (i + 0.5) / scale
    case 'tf_crop_and_resize':
      return to > 1
        ? start * (from - 1) + (i * (end - start) * (from - 1)) / (to - 1)
        : 0.5 * (start + end) * (from - 1)
    default:
      throw call.unsupported(`has coordinates ${mode}`)
  }
}

function nearest(call: NodeCall, at: number, { from }: Axis): number {
  const mode = call.string('nearest_mode', call.opset < 11 ? 'floor' : 'round_prefer_floor')
  const place =
    mode === 'floor'
      ? Math.floor(at)
      : mode === 'ceil'
        ? Math.ceil(at)
        : mode === 'round_prefer_ceil'
          ? Math.floor(at + 0.5)
          : Math.ceil(at - 0.5)
  return Math.min(Math.max(place, 0), from - 1)
}

/** Elements around a place, from `first` on, and how much of each. */
type Taps = (fraction: number) => { readonly first: number; readonly weights: readonly number[] }

const linearTaps: Taps = (fraction) => ({ first: 0, weights: [1 - fraction, fraction] })

const cubicTaps =
  (a: number): Taps =>
  (t) => ({
    first: -1,
    weights: [
      ((a * (t + 1) - 5 * a) * (t + 1) + 8 * a) * (t + 1) - 4 * a,
      ((a + 2) * t - (a + 3)) * t * t + 1,
      ((a + 2) * (1 - t) - (a + 3)) * (1 - t) * (1 - t) + 1,
      ((a * (2 - t) - 5 * a) * (2 - t) + 8 * a) * (2 - t) - 4 * a,
    ],
  })

function blended(call: NodeCall, x: Tensor, { axis, from }: Axis, places: readonly number[], taps: Taps): Tensor {
  const isInside = call.int('exclude_outside', 0) === 1
  const isCropped = call.string('coordinate_transformation_mode', 'half_pixel') === 'tf_crop_and_resize'
  const lines = places.map((at) => {
    const { first, weights } = taps(at - Math.floor(at))
    const indices = weights.map((_, k) => Math.floor(at) + first + k)
    const used = weights.map((weight, k) => (isInside && (indices[k]! < 0 || indices[k]! >= from) ? 0 : weight))
    const total = isInside ? used.reduce((sum, weight) => sum + weight, 0) : 1
    return {
      indices: indices.map((index) => Math.min(Math.max(index, 0), from - 1)),
      weights: used.map((w) => w / total),
    }
  })
  const along = x.shape.map((_, i) => (i === axis ? places.length : 1))
  const count = lines[0]?.weights.length ?? 0
  if (count === 0) return gather(x, integers([]).tensor(), axis)
  const parts = Array.from({ length: count }, (_, k) => {
    const part = gather(x, integers(lines.map(({ indices }) => indices[k]!)).tensor(), axis)
    const weights = lines.map((line) => line.weights[k]!)
    return part.mul(new Constant('float32', along, weights).tensor())
  })
  const sum = parts.reduce((a, b) => a.add(b))
  if (!isCropped) return sum
  const isOutside = places.map((at) => Number(at < 0 || at > from - 1))
  const value = call.float('extrapolation_value', 0)
  return where(new Constant('bool', along, isOutside).tensor(), sum.mul(0).add(value), sum)
}

export const resizeOperators: OperatorTable = { Resize: resize, Upsample: resize }
