import * as calls from '../../ops/calls/index.ts'
import { lift } from './lift.ts'

export type { ConvOptions, OutputSize, PoolOptions } from '../../ops/calls/index.ts'

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
export const conv2d = lift(calls.conv2d)
/**
 * Largest element of each window; NaN if any is NaN. Of equal elements the first in row-major order counts, and gets the whole gradient, as
 * in PyTorch. Padding is −∞.
 *
 * @param x shape [n, channels, height, width]
 * @throws GryphError POOL_SHAPE; WINDOW_OPTION
 * @example maxPool2d(ones([1, 6, 28, 28]), 2).shape // [1, 6, 14, 14]
 */
export const maxPool2d = lift(calls.maxPool2d)
/**
 * Mean of each window: its elements added in row-major order, divided by their number. Padding counts as zeros.
 *
 * @param x shape [n, channels, height, width]; integers as float32
 * @throws GryphError POOL_SHAPE; WINDOW_OPTION
 * @example avgPool2d(ones([1, 6, 28, 28]), 2).shape // [1, 6, 14, 14]
 */
export const avgPool2d = lift(calls.avgPool2d)
/**
 * Means of windows that are laid so that there are `outputSize` of them along height and width, as in PyTorch; null keeps an axis.
 *
 * @param x shape [n, channels, height, width]; integers as float32
 * @throws GryphError POOL_SHAPE; WINDOW_OPTION
 * @example adaptiveAvgPool2d(ones([1, 6, 7, 9]), 1).shape // [1, 6, 1, 1]
 */
export const adaptiveAvgPool2d = lift(calls.adaptiveAvgPool2d)
