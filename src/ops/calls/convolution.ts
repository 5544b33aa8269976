import { promote } from '../../base/dtype.ts'
import { elementCount } from '../../base/shape.ts'
import { convBias } from '../errors.ts'
import { currentInterpreter, type Value } from '../interpreter.ts'
import { requireDtype, wideNumbers } from '../operand-types.ts'
import { add } from './arithmetic.ts'
import { cast } from './cast.ts'
import { valueOf, type Operand } from './operands.ts'
import { padImages, pairOf, type Pairable } from './windows.ts'
import { reshape } from './reshape.ts'

/** How the windows of a convolution lie. */
export interface ConvOptions {
  /** Steps from window to window. Default 1. */
  readonly stride?: Pairable
  /** Zeros added at both ends of an axis. Default 0. */
  readonly padding?: Pairable
  /** Steps from point to point of a window. Default 1. */
  readonly dilation?: Pairable
  /** Parts that the channels are cut into; each part of the outputs sees its own. Default 1. */
  readonly groups?: number
}

/**
 * Weighted sums over windows: result[n, o, y, x] = bias[o] + Σ x[n, c, y·stride + i·dilation, x·stride + j·dilation] · weight[o, c, i, j], the
 * products added in the order of c, i, j. Padding takes part as zeros, so next to an infinite weight it makes NaN.
 *
 * @param x shape [n, channels, height, width]; float32, float64 or int32
 * @param weight shape [outputs, channels / groups, height, width]
 * @param bias shape [outputs]
 * @throws GryphError CONV_SHAPE when the shapes do not fit each other; WINDOW_OPTION
 * @example conv2d(ones([1, 1, 28, 28]), ones([6, 1, 5, 5]), null, { padding: 2 }).shape // [1, 6, 28, 28]
 */
export function conv2d(x: Operand, weight: Operand, bias?: Operand | null, options: ConvOptions = {}): Value {
  const [images, filters] = [valueOf('conv2d', x), valueOf('conv2d', weight)]
  const strides = pairOf('conv2d', 'stride', options.stride ?? 1, 1)
  const padding = pairOf('conv2d', 'padding', options.padding ?? 0, 0)
  const dilations = pairOf('conv2d', 'dilation', options.dilation ?? 1, 1)
  const [groups] = pairOf('conv2d', 'groups', options.groups ?? 1, 1)
  const dtype = promote(images.type.dtype, filters.type.dtype)
  requireDtype('conv2d', 'an operand', dtype, wideNumbers)
  const padded = padImages(cast(images, dtype), padding, 0)
  const product = currentInterpreter().apply('conv2d', [padded, cast(filters, dtype)], { strides, dilations, groups })
  if (bias === undefined || bias === null) return product
  const shift = valueOf('conv2d', bias)
  const outputs = filters.type.shape[0]!
  if (shift.type.shape.length !== 1 || elementCount(shift.type.shape) !== outputs)
    throw convBias('conv2d', shift.type.shape, outputs)
  return add(product, reshape(shift, [outputs, 1, 1]))
}
