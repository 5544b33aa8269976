import { pad } from '../../../frontend/functions/structure.ts'
import { conv2d } from '../../../frontend/functions/images.ts'
import { lift } from '../../../frontend/functions/lift.ts'
import type { Tensor } from '../../../frontend/tensor.ts'
import { placeInto as placeValue } from '../../../ops/calls/place.ts'
import type { NodeCall, OperatorTable } from '../node-call.ts'
import { windowsOf, type Windows } from './windows.ts'

const placeInto = lift(placeValue)

/** Where the windows of a correlation without padding lie. */
type Steps = Pick<Windows, 'strides' | 'dilations'> & { readonly groups: number }

/**
 * A correlation over any number of spatial axes: one axis is a row of an image, and of three or more the first is summed over here, each
 * of its planes in turn taking part in the batch.
 */
function correlate(x: Tensor, weight: Tensor, steps: Steps): Tensor {
  const { strides, dilations, groups } = steps
  if (x.rank === 3)
    return correlate(x.expandDims(2), weight.expandDims(2), {
      strides: [1, ...strides],
      dilations: [1, ...dilations],
      groups,
    }).squeeze(2)
  if (x.rank === 4)
    return conv2d(x, weight, null, {
      stride: [strides[0]!, strides[1]!],
      dilation: [dilations[0]!, dilations[1]!],
      groups,
    })
  const [n, channels, depth, ...rest] = x.shape as readonly [number, number, number, ...number[]] // five axes or more
  const size = weight.shape[2]!
  const count = Math.floor((depth - (size - 1) * dilations[0]! - 1) / strides[0]!) + 1
  const inner = { strides: strides.slice(1), dilations: dilations.slice(1), groups }
  const parts = Array.from({ length: size }, (_, k) => {
    const start = k * dilations[0]!
    const planes = x.slice([null, null, [start, start + (count - 1) * strides[0]! + 1, strides[0]!]])
    const images = planes.transpose(1, 2).reshape([n * count, channels, ...rest])
    return correlate(images, weight.slice([null, null, k]), inner)
  })
  const sum = parts.reduce((total, part) => total.add(part))
  return sum.reshape([n, count, ...sum.shape.slice(1)]).transpose(1, 2)
}

const framed = (x: Tensor, { before, after }: Windows): Tensor =>
  pad(x, [[0, 0], [0, 0], ...before.map((width, i): [number, number] => [width, after[i]!])])

const biased = (x: Tensor, bias: Tensor | undefined): Tensor =>
  bias ? x.add(bias.reshape([bias.size, ...x.shape.slice(2).map(() => 1)])) : x

function requireImages(call: NodeCall, x: Tensor, weight: Tensor): void {
  if (x.rank < 3 || weight.rank !== x.rank)
    throw call.failed(`an input of ${x.rank} axes and a weight of ${weight.rank} make no convolution`)
}

function convolution(call: NodeCall): Tensor {
  const [x, weight, bias] = [call.tensor(0), call.tensor(1), call.maybe(2)]
  return biased(convolved(call, x, weight), bias)
}

export function convolved(call: NodeCall, x: Tensor, weight: Tensor): Tensor {
  requireImages(call, x, weight)
  const windows = windowsOf(call, x.shape.slice(2), weight.shape.slice(2))
  call.sizes(x.shape.map((size, i) => (i < 2 ? size : size + windows.before[i - 2]! + windows.after[i - 2]!)))
  return correlate(framed(x, windows), weight, { ...windows, groups: call.int('group', 1) })
}

/** A correlation of the input, its elements a stride apart, with the weight turned round. */
function transposed(call: NodeCall): Tensor {
  const [x, weight, bias] = [call.tensor(0), call.tensor(1), call.maybe(2)]
  requireImages(call, x, weight)
  const groups = call.int('group', 1)
  const spatial = x.shape.slice(2)
  const windows = transposedWindows(call, spatial, weight.shape.slice(2))
  const { kernel, strides, dilations, before, after } = windows
  const reach = kernel.map((size, i) => (size - 1) * dilations[i]!)
  // Negative frames, where more is cut off than the window reaches, are cut afterwards.
  const lead = reach.map((width, i) => Math.max(width - before[i]!, 0))
  const trail = reach.map((width, i) => Math.max(width - after[i]!, 0))
  const spread = spatial.map((size, i) => (size - 1) * strides[i]! + 1 + lead[i]! + trail[i]!)
  const apart = placeInto(x, call.sizes([...x.shape.slice(0, 2), ...spread]), [0, 0, ...lead], [1, 1, ...strides], 0)
  const [channels, perGroup] = [weight.shape[0]!, weight.shape[1]!]
  const turned = weight
    .slice([null, null, ...kernel.map((): readonly [null, null, number] => [null, null, -1])])
    .reshape([groups, channels / groups, perGroup, ...kernel])
    .transpose(1, 2)
    .reshape([groups * perGroup, channels / groups, ...kernel])
  const full = correlate(apart, turned, { strides: kernel.map(() => 1), dilations, groups })
  const cut = full.slice([
    null,
    null,
    ...reach.map((width, i): readonly [number, number] => [
      Math.max(before[i]! - width, 0),
      full.shape[i + 2]! - Math.max(after[i]! - width, 0),
    ]),
  ])
  return biased(cut, bias)
}

/** What is cut off at both ends; `after` is less than 0 where the output is padded. */
function transposedWindows(call: NodeCall, spatial: readonly number[], kernel: readonly number[]): Windows {
  const windows = windowsOf(call, spatial, kernel)
  const extra = call.ints('output_padding') ?? spatial.map(() => 0)
  const natural = spatial.map(
    (size, i) => (size - 1) * windows.strides[i]! + (kernel[i]! - 1) * windows.dilations[i]! + 1 + extra[i]!,
  )
  const auto = call.string('auto_pad', 'NOTSET')
  const isSame = auto.startsWith('SAME')
  const shape = call.ints('output_shape') ?? (isSame ? spatial.map((size, i) => size * windows.strides[i]!) : undefined)
  if (!shape) return { ...windows, after: windows.after.map((width, i) => width - extra[i]!) }
  if (shape.length < spatial.length) throw call.failed(`the output shape is [${shape.join(', ')}]`)
  const wanted = shape.slice(-spatial.length)
  const total = natural.map((size, i) => size - wanted[i]!)
  const smaller = total.map((width) => Math.floor(width / 2))
  const before = total.map((width, i) => (auto === 'SAME_UPPER' ? smaller[i]! : width - smaller[i]!))
  return { ...windows, before, after: total.map((width, i) => width - before[i]! - extra[i]!) }
}

export const convolutionOperators: OperatorTable = { Conv: convolution, ConvTranspose: transposed }
