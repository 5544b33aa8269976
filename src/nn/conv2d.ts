import { conv2d as convolve, type ConvOptions } from '../frontend/functions/images.ts'
import type { Tensor } from '../frontend/tensor.ts'
import { checkOptions } from '../ops/calls/options.ts'
import { convOptionNames } from '../ops/calls/convolution.ts'
import { pairOf, type Pairable } from '../ops/calls/index.ts'
import { channelsMismatch, groupsInvalid } from './errors.ts'
import { uniformParameter } from './initial.ts'
import { Module } from './module.ts'
import { requireCount } from './requirements.ts'

/** Options of `conv2d`. */
export interface Conv2dOptions extends ConvOptions {
  /** Whether a trained bias is added. Default true. */
  readonly bias?: boolean
  /** Of the parameters. Default float32. */
  readonly dtype?: 'float32' | 'float64'
}

const optionNames: readonly (keyof Conv2dOptions)[] = ['bias', 'dtype', ...convOptionNames]

/** Weighted sums over windows of images, plus bias. */
export class Conv2d extends Module {
  readonly inChannels: number
  readonly outChannels: number
  /** Shape [outChannels, inChannels / groups, height, width]. */
  readonly weight: Tensor
  /** Shape [outChannels]. */
  readonly bias: Tensor | null
  readonly #windows: ConvOptions

  /** @throws FEATURES_INVALID, WINDOW_OPTION */
  constructor(inChannels: number, outChannels: number, kernel: Pairable, options: Conv2dOptions = {}) {
    super()
    checkOptions('conv2d', options, optionNames)
    const { bias = true, dtype = 'float32', ...windows } = options
    requireCount('conv2d', 'inChannels', inChannels)
    requireCount('conv2d', 'outChannels', outChannels)
    const size = pairOf('conv2d', 'kernel', kernel, 1)
    pairOf('conv2d', 'stride', windows.stride ?? 1, 1)
    pairOf('conv2d', 'padding', windows.padding ?? 0, 0)
    pairOf('conv2d', 'dilation', windows.dilation ?? 1, 1)
    const { groups = 1 } = windows
    if (!Number.isInteger(groups) || groups < 1 || inChannels % groups !== 0 || outChannels % groups !== 0)
      throw groupsInvalid(groups, inChannels, outChannels)
    this.inChannels = inChannels
    this.outChannels = outChannels
    this.#windows = windows
    const shape = [outChannels, inChannels / groups, ...size]
    // Uniform within ±1/√(numbers in a filter), as in PyTorch.
    const bound = 1 / Math.sqrt((inChannels / groups) * size[0] * size[1])
    this.weight = uniformParameter(shape, bound, dtype)
    this.bias = bias ? uniformParameter([outChannels], bound, dtype) : null
  }

  /** @param x shape [n, inChannels, height, width] @throws CHANNELS_MISMATCH, CONV_SHAPE */
  forward(x: Tensor): Tensor {
    if (x.shape.length !== 4 || x.shape[1] !== this.inChannels) throw channelsMismatch(x.shape, this.inChannels)
    return convolve(x, this.weight, this.bias, this.#windows)
  }

  protected override describe(): string {
    const [, , height, width] = this.weight.shape
    return `inChannels=${this.inChannels}, outChannels=${this.outChannels}, kernel=${height}x${width}, bias=${this.bias !== null}`
  }
}

/**
 * A layer of weighted sums over windows of images; weight and bias start uniform within ±1/√(numbers in a filter).
 *
 * @throws FEATURES_INVALID, GROUPS_INVALID, WINDOW_OPTION
 * @example conv2d(1, 6, 5, { padding: 2 }).forward(ones([32, 1, 28, 28])).shape // [32, 6, 28, 28]
 */
export const conv2d = (inChannels: number, outChannels: number, kernel: Pairable, options?: Conv2dOptions): Conv2d =>
  new Conv2d(inChannels, outChannels, kernel, options)
