import { poolShape, windowOption } from '../errors.ts'
import type { Value } from '../interpreter.ts'
import { asFloat } from './math.ts'
import { stack } from './join.ts'
import { valueOf, type Operand } from './operands.ts'
import { mean } from './reduce.ts'
import { reshape } from './reshape.ts'
import { slice } from './slice.ts'

/** How many windows there are along height and width: one number for both; null keeps the size of that axis. */
export type OutputSize = number | readonly [height: number | null, width: number | null]

/** The output size as two entries. */
export function outputPair(where: string, given: OutputSize): readonly [number | null, number | null] {
  const pair: readonly unknown[] = Array.isArray(given) ? given : [given, given]
  if (pair.length !== 2 || !pair.every((n) => n === null || (Number.isInteger(n) && Number(n) >= 1)))
    throw windowOption(where, 'outputSize', given, 1)
  return pair as unknown as readonly [number | null, number | null] // checked above
}

/**
 * Means of windows that are laid so that there are `outputSize` of them: window i of an axis goes from ⌊i · size / count⌋ up to, without,
 * ⌈(i + 1) · size / count⌉, as in PyTorch.
 *
 * @param x shape [n, channels, height, width]; integers as float32
 * @throws GryphError POOL_SHAPE; WINDOW_OPTION
 * @example adaptiveAvgPool2d(ones([1, 6, 7, 9]), 1).shape // [1, 6, 1, 1]
 */
export function adaptiveAvgPool2d(x: Operand, outputSize: OutputSize): Value {
  const value = asFloat(valueOf('adaptiveAvgPool2d', x))
  const asked = outputPair('adaptiveAvgPool2d', outputSize)
  const { shape } = value.type
  if (shape.length !== 4) throw poolShape('adaptiveAvgPool2d', shape, 'it needs four axes')
  const [n, channels, height, width] = shape as readonly [number, number, number, number] // the line above
  if (height === 0 || width === 0) throw poolShape('adaptiveAvgPool2d', shape, 'there is nothing to take the mean of')
  const [rows, columns] = [asked[0] ?? height, asked[1] ?? width]
  if (rows === height && columns === width) return value
  if (height % rows === 0 && width % columns === 0)
    return mean(reshape(value, [n, channels, rows, height / rows, columns, width / columns]), [3, 5])
  // A window is a rectangle, so its mean is that of the means of its rows.
  return meansAlong(meansAlong(value, 2, rows), 3, columns)
}

function meansAlong(x: Value, axis: number, count: number): Value {
  const size = x.type.shape[axis]!
  if (size === count) return x
  const before = Array.from({ length: axis }, () => null)
  const means = Array.from({ length: count }, (_, i) => {
    const range = [Math.floor((i * size) / count), Math.ceil(((i + 1) * size) / count)] as const
    return mean(slice(x, [...before, range]), axis)
  })
  return stack(means, axis)
}
