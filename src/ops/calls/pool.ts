import { poolShape } from '../errors.ts'
import type { Value } from '../interpreter.ts'
import type { Pair } from '../table.ts'
import { add } from './arithmetic.ts'
import { where } from './choice.ts'
import { greater, isNaN, logicalOr } from './comparison.ts'
import { asFloat, div } from './math.ts'
import { valueOf, type Operand } from './operands.ts'
import { checkOptions } from './options.ts'
import { sliceSteps } from './place.ts'
import { padImages, pairOf, type Pairable, windowCount } from './windows.ts'

/** How the windows of a pooling lie. */
export interface PoolOptions {
  /** Steps from window to window. Default: the size of a window. */
  readonly stride?: Pairable
  /** Points added at both ends of an axis, at most half a window. Default 0. */
  readonly padding?: Pairable
}

export const poolOptionNames: readonly (keyof PoolOptions)[] = ['stride', 'padding']

/**
 * Largest element of each window; NaN if any is NaN. Of equal elements the first in row-major order counts, and gets the whole gradient, as
 * in PyTorch. Padding is −∞.
 *
 * @param x shape [n, channels, height, width]
 * @throws GryphError POOL_SHAPE; WINDOW_OPTION
 * @example maxPool2d(ones([1, 6, 28, 28]), 2).shape // [1, 6, 14, 14]
 */
export function maxPool2d(x: Operand, kernel: Pairable, options: PoolOptions = {}): Value {
  return pointsOf('maxPool2d', asFloat(valueOf('maxPool2d', x)), kernel, options, -Infinity).reduce((largest, point) =>
    where(logicalOr(greater(point, largest), isNaN(point)), point, largest),
  )
}

/**
 * Mean of each window: its elements added in row-major order, divided by their number. Padding counts as zeros.
 *
 * @param x shape [n, channels, height, width]; integers as float32
 * @throws GryphError POOL_SHAPE; WINDOW_OPTION
 * @example avgPool2d(ones([1, 6, 28, 28]), 2).shape // [1, 6, 14, 14]
 */
export function avgPool2d(x: Operand, kernel: Pairable, options: PoolOptions = {}): Value {
  const points = pointsOf('avgPool2d', asFloat(valueOf('avgPool2d', x)), kernel, options, 0)
  return div(
    points.reduce((sum, point) => add(sum, point)),
    points.length,
  )
}

/** For each point of a window, in row-major order, that point of all windows. */
function pointsOf(where: string, x: Value, kernel: Pairable, options: PoolOptions, padding: number): Value[] {
  checkOptions(where, options, poolOptionNames)
  const size = pairOf(where, 'kernel', kernel, 1)
  const strides = pairOf(where, 'stride', options.stride ?? size, 1)
  const frame = pairOf(where, 'padding', options.padding ?? 0, 0)
  const { shape } = x.type
  if (shape.length !== 4) throw poolShape(where, shape, 'it needs four axes')
  if (frame.some((width, i) => 2 * width > size[i]!))
    throw poolShape(where, shape, `padding ${frame.join(' × ')} is more than half of a window of ${size.join(' × ')}`)
  const padded = padImages(x, frame, padding)
  const [n, channels, height, width] = padded.type.shape as [number, number, number, number] // four axes
  const counts: Pair = [windowCount(height, size[0], strides[0], 1), windowCount(width, size[1], strides[1], 1)]
  if (counts.some((count) => count < 1))
    throw poolShape(where, shape, `no window of ${size.join(' × ')} fits, padding included`)
  const points: Value[] = []
  for (let i = 0; i < size[0]; i++)
    for (let j = 0; j < size[1]; j++)
      points.push(sliceSteps(padded, [0, 0, i, j], [n, channels, ...counts], [1, 1, ...strides]))
  return points
}
