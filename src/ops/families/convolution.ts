import { currentInterpreter, type Value } from '../interpreter.ts'
import { placeInto, sliceSteps } from '../calls/place.ts'
import { permute, reshape } from '../calls/reshape.ts'
import { windowCount } from '../calls/windows.ts'
import { convShape, dtypeMismatch } from '../errors.ts'
import { checkedShape, requireDtype, wideNumbers } from '../operand-types.ts'
import type { ContractionRecord, VjpArgs } from '../record.ts'
import type { OpTable } from '../table.ts'

type Attrs = OpTable['conv2d']['attrs']

export const convolutionRecords = {
  /** result[n, o, y, x] = Σ over c, i, j of images[n, c, y·s + i·d, x·s + j·d] · weights[o, c, i, j], c within o's group. */
  conv2d: {
    kind: 'contraction',
    infer: ([x, w], { strides, dilations, groups }) => {
      if (x!.dtype !== w!.dtype) throw dtypeMismatch('conv2d', x!.dtype, w!.dtype)
      requireDtype('conv2d', 'an operand', x!.dtype, wideNumbers)
      const fail = (problem: string): never => {
        throw convShape('conv2d', x!.shape, w!.shape, groups, problem)
      }
      if (x!.shape.length !== 4 || w!.shape.length !== 4) return fail('both need four axes')
      const [n, channels, ...size] = x!.shape as [number, number, number, number] // four axes
      const [outputs, perGroup, ...window] = w!.shape as [number, number, number, number] // four axes
      if (outputs % groups !== 0) fail(`${outputs} outputs cannot be cut into that many parts`)
      if (perGroup * groups !== channels) fail(`a filter takes ${perGroup} of ${channels} channels`)
      const counts = window.map((points, i) => {
        const count = windowCount(size[i]!, points, strides[i]!, dilations[i]!)
        return points >= 1 && count >= 1 ? count : fail(`no window fits into ${size[i]} ${i === 0 ? 'rows' : 'columns'}, padding included`)
      })
      return { dtype: x!.dtype, shape: checkedShape('conv2d', [n, outputs, ...counts]) }
    },
    slide: ([{ offset, strides: x }, { offset: start, strides: w }], { strides, dilations, groups }, { operands }) => {
      const [, perGroup, height, width] = operands[1]!.shape as [number, number, number, number] // inferred
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
    // Both gradients are convolutions again.
    vjp: (at) => [
      at.needs?.(0) === false ? undefined : imagesCotangent(at),
      at.needs?.(1) === false ? undefined : weightsCotangent(at),
    ],
  } satisfies ContractionRecord<Attrs>,
}

const convolve = (x: Value, w: Value, attrs: Attrs): Value => currentInterpreter().apply('conv2d', [x, w], attrs)
const swapped = (x: Value): Value => permute(x, [1, 0, 2, 3])

/** dX: dY, spread out by the strides, under the filters turned by 180° with inputs and outputs exchanged. */
function imagesCotangent({ operands: [x, w], cotangent, attrs: { strides, dilations, groups } }: VjpArgs<Attrs>): Value {
  const [n, channels, height, width] = x!.type.shape as [number, number, number, number] // inferred
  const [outputs, perGroup, rows, columns] = w!.type.shape as [number, number, number, number] // inferred
  const reach = [(rows - 1) * dilations[0], (columns - 1) * dilations[1]] as const
  const spread = placeInto(
    cotangent,
    [n, outputs, height + reach[0], width + reach[1]],
    [0, 0, ...reach],
    [1, 1, ...strides],
    0,
  )
  const turned = sliceSteps(w!, [0, 0, rows - 1, columns - 1], w!.type.shape, [1, 1, rows > 1 ? -1 : 1, columns > 1 ? -1 : 1])
  const parts = reshape(turned, [groups, outputs / groups, perGroup, rows, columns])
  const exchanged =
    groups === 1 ? swapped(turned) : reshape(permute(parts, [0, 2, 1, 3, 4]), [channels, outputs / groups, rows, columns])
  return convolve(spread, exchanged, { strides: [1, 1], dilations, groups })
}

/** dW: dY slides over the images; examples are summed, and strides and dilations change places. */
function weightsCotangent({ operands: [x, w], cotangent, attrs: { strides, dilations, groups } }: VjpArgs<Attrs>): Value {
  const [n, channels] = x!.type.shape as [number, number, number, number] // inferred
  const [, perGroup, rows, columns] = w!.type.shape as [number, number, number, number] // inferred
  const [, , high, wide] = cotangent.type.shape as [number, number, number, number] // inferred
  const size = [(high - 1) * strides[0] + (rows - 1) * dilations[0] + 1, (wide - 1) * strides[1] + (columns - 1) * dilations[1] + 1] as const
  const seen = sliceSteps(x!, [0, 0, 0, 0], [n, channels, ...size], [1, 1, 1, 1])
  const parts = reshape(seen, [n, groups, perGroup, ...size])
  const images = groups === 1 ? swapped(seen) : reshape(permute(parts, [2, 1, 0, 3, 4]), [perGroup, groups * n, ...size])
  return swapped(convolve(images, swapped(cotangent), { strides: dilations, dilations: strides, groups }))
}
