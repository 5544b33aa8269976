import { currentInterpreter, type Value } from '../interpreter.ts'
import { add } from '../calls/arithmetic.ts'
import { placeInto, sliceSteps } from '../calls/place.ts'
import { permute, reshape } from '../calls/reshape.ts'
import { windowCount } from '../calls/windows.ts'
import { convShape, dtypeMismatch } from '../errors.ts'
import { checkedShape, requireDtype, wideNumbers } from '../operand-types.ts'
import { conv2dRule } from '../padding/sums.ts'
import type { ContractionRecord, VjpArgs } from '../record.ts'
import type { OpTable } from '../table.ts'

type Attrs = OpTable['conv2d']['attrs']
type Four = readonly [number, number, number, number]

/** Columns of a window from which a sum may have several accumulators. */
const leastColumnsApart = 4

export const convolutionRecords = {
  /** result[n, o, y, x] = Σ over c, i, j of images[n, c, y·s + i·d, x·s + j·d] · weights[o, c, i, j], c within o's group. */
  conv2d: {
    kind: 'contraction',
    padding: conv2dRule,
    infer: ([x, w], { strides, dilations, groups }) => {
      if (x!.dtype !== w!.dtype) throw dtypeMismatch('conv2d', x!.dtype, w!.dtype)
      requireDtype('conv2d', 'an operand', x!.dtype, wideNumbers)
      const fail = (problem: string): never => {
        throw convShape('conv2d', x!.shape, w!.shape, groups, problem)
      }
      if (x!.shape.length !== 4 || w!.shape.length !== 4) return fail('both need four axes')
      const [n, channels, ...size] = x!.shape as Four // checked above
      const [outputs, perGroup, ...window] = w!.shape as Four // checked above
      if (outputs % groups !== 0) fail(`${outputs} outputs cannot be cut into that many parts`)
      if (perGroup * groups !== channels) fail(`a filter takes ${perGroup} of ${channels} channels`)
      const counts = window.map((points, i) => {
        const count = windowCount(size[i]!, points, strides[i]!, dilations[i]!)
        return points >= 1 && count >= 1
          ? count
          : fail(`no window fits into ${size[i]} ${i === 0 ? 'rows' : 'columns'}, padding included`)
      })
      return { dtype: x!.dtype, shape: checkedShape('conv2d', [n, outputs, ...counts]) }
    },
    slide: ([{ offset, strides: x }, { offset: start, strides: w }], { strides, dilations, groups }, { operands }) => {
      const [, perGroup, height, width] = operands[1]!.shape as Four // inferred
      return {
        groups,
        depth: [perGroup, height, width],
        windows: {
          layout: { offset, strides: [x[0]!, 0, x[2]! * strides[0], x[3]! * strides[1]] },
          depthStrides: [x[1]!, x[2]! * dilations[0], x[3]! * dilations[1]],
          groupStride: perGroup * x[1]!,
        },
        weights: { layout: { offset: start, strides: [0, w[0]!, 0, 0] }, depthStrides: w.slice(1), groupStride: 0 },
      }
    },
    part: ({ starts, sizes, steps }, { strides, dilations, groups }, { operands, result }) => {
      const [outputs, perGroup, ...window] = operands[1]!.shape as Four // inferred
      const takesAll = starts[1] === 0 && sizes[1] === outputs && steps[1] === 1
      if (!takesAll || sizes.some((size) => size === 0) || steps.some((step) => step < 1)) return undefined
      // Groups of long windows are summed in an order that follows the number of positions (docs/assumptions.md).
      if (groups > 1 && window[1]! >= leastColumnsApart) return undefined
      if (sizes.every((size, axis) => size === result.shape[axis])) return undefined
      const reach = [2, 3].map(
        (axis, i) => (sizes[axis]! - 1) * steps[axis]! * strides[i]! + (window[i]! - 1) * dilations[i]! + 1,
      )
      return {
        windows: {
          starts: [starts[0]!, 0, starts[2]! * strides[0], starts[3]! * strides[1]],
          sizes: [sizes[0]!, perGroup * groups, ...reach],
          steps: [steps[0]!, 1, 1, 1],
        },
        attrs: { strides: [strides[0] * steps[2]!, strides[1] * steps[3]!], dilations, groups },
      }
    },
    // Both gradients are convolutions again.
    vjp: (at) => [
      at.needs?.(0) === false ? undefined : imagesCotangent(at),
      at.needs?.(1) === false ? undefined : weightsCotangent(at),
    ],
  } satisfies ContractionRecord<Attrs>,
}

const convolve = (x: Value, w: Value, attrs: Attrs): Value => currentInterpreter().apply('conv2d', [x, w], attrs)
const swapped = (x: Value): Value => permute(x, [1, 0, 2, 3])

/**
 * dX: dY under the filters turned by 180° with inputs and outputs exchanged. With a stride s, the rows a, a + s, … of dX see only the rows
 * a, a + s, … of the filters, so each of these phases is a convolution of its own; no product with a zero between the steps is made.
 */
function imagesCotangent({
  operands: [x, w],
  cotangent,
  attrs: { strides, dilations, groups },
}: VjpArgs<Attrs>): Value {
  const shape = x!.type.shape as Four // inferred
  const turned = (of: Value): Value => exchanged(of, groups)
  // Strided and dilated, rows of dX do not fall into such phases: dY is spread out by the strides instead.
  if (strides.some((stride, i) => stride > 1 && dilations[i]! > 1)) {
    const [outputs, perGroup, rows, columns] = w!.type.shape as Four // inferred
    const reach = [(rows - 1) * dilations[0], (columns - 1) * dilations[1]] as const
    const frame = [shape[0], outputs, shape[2] + reach[0], shape[3] + reach[1]]
    const spread = placeInto(cotangent, frame, [0, 0, ...reach], [1, 1, ...strides], 0)
    const backwards = sliceSteps(w!, [0, 0, rows - 1, columns - 1], [outputs, perGroup, rows, columns], [1, 1, -1, -1])
    return convolve(spread, turned(backwards), { strides: [1, 1], dilations, groups })
  }
  const [rowPhases, columnPhases] = [
    phasesOf(shape[2], w!.type.shape[2]!, strides[0]),
    phasesOf(shape[3], w!.type.shape[3]!, strides[1]),
  ]
  const parts = rowPhases.flatMap((row) =>
    columnPhases.map((column) => {
      const [n, outputs] = cotangent.type.shape as Four // inferred
      const [tall, wide] = [(row.taps - 1) * dilations[0], (column.taps - 1) * dilations[1]]
      const framed = placeInto(
        cotangent,
        [n, outputs, row.count + tall, column.count + wide],
        [0, 0, tall, wide],
        [1, 1, 1, 1],
        0,
      )
      const taps = sliceSteps(
        w!,
        [0, 0, row.lastTap, column.lastTap],
        [outputs, w!.type.shape[1]!, row.taps, column.taps],
        [1, 1, -strides[0], -strides[1]],
      )
      const part = convolve(framed, turned(taps), { strides: [1, 1], dilations, groups })
      return placeInto(part, shape, [0, 0, row.first, column.first], [1, 1, ...strides], 0)
    }),
  )
  return parts.reduce((sum, part) => add(sum, part))
}

interface Phase {
  /** Where its rows begin, and how many there are. */
  readonly first: number
  readonly count: number
  /** The rows of a filter that it sees: how many, and the last of them. */
  readonly taps: number
  readonly lastTap: number
}

function phasesOf(length: number, window: number, stride: number): Phase[] {
  return Array.from({ length: Math.min(stride, window) }, (_, first): Phase => {
    const taps = Math.ceil((window - first) / stride)
    return { first, count: Math.ceil((length - first) / stride), taps, lastTap: first + (taps - 1) * stride }
  })
}

/** [groups · outputs, inputs, …] as [groups · inputs, outputs, …]. */
function exchanged(w: Value, groups: number): Value {
  if (groups === 1) return swapped(w)
  const [outputs, perGroup, rows, columns] = w.type.shape as Four // inferred
  const parts = reshape(w, [groups, outputs / groups, perGroup, rows, columns])
  return reshape(permute(parts, [0, 2, 1, 3, 4]), [groups * perGroup, outputs / groups, rows, columns])
}

/** dW: dY slides over the images; examples are summed, and strides and dilations change places. */
function weightsCotangent({
  operands: [x, w],
  cotangent,
  attrs: { strides, dilations, groups },
}: VjpArgs<Attrs>): Value {
  const [n, channels] = x!.type.shape as Four // inferred
  const [, perGroup, rows, columns] = w!.type.shape as Four // inferred
  const [, , high, wide] = cotangent.type.shape as Four // inferred
  const size = [
    (high - 1) * strides[0] + (rows - 1) * dilations[0] + 1,
    (wide - 1) * strides[1] + (columns - 1) * dilations[1] + 1,
  ] as const
  const seen = sliceSteps(x!, [0, 0, 0, 0], [n, channels, ...size], [1, 1, 1, 1])
  const parts = reshape(seen, [n, groups, perGroup, ...size])
  const images =
    groups === 1 ? swapped(seen) : reshape(permute(parts, [2, 1, 0, 3, 4]), [perGroup, groups * n, ...size])
  return swapped(convolve(images, swapped(cotangent), { strides: dilations, dilations: strides, groups }))
}
