import {
  adaptiveAvgPool2d as averageTo,
  avgPool2d as average,
  maxPool2d as largest,
  type OutputSize,
  type PoolOptions,
} from '../frontend/functions/images.ts'
import type { Tensor } from '../frontend/tensor.ts'
import { outputPair, type Pairable } from '../ops/calls/index.ts'
import { checkOptions } from '../ops/calls/options.ts'
import { poolOptionNames } from '../ops/calls/pool.ts'
import { Module } from './module.ts'

/** What the pooling layers share: a window, and what becomes of its elements. */
abstract class Pool2d extends Module {
  readonly #pool: typeof largest
  readonly #kernel: Pairable
  readonly #options: PoolOptions | undefined

  constructor(where: string, pool: typeof largest, kernel: Pairable, options: PoolOptions | undefined) {
    super()
    checkOptions(where, options, poolOptionNames)
    this.#pool = pool
    this.#kernel = kernel
    this.#options = options
  }

  /** @param x shape [n, channels, height, width] @throws POOL_SHAPE, WINDOW_OPTION */
  forward(x: Tensor): Tensor {
    return this.#pool(x, this.#kernel, this.#options)
  }

  protected override describe(): string {
    return `kernel=${String(this.#kernel)}`
  }
}

/** The largest element of each window. */
export class MaxPool2d extends Pool2d {
  constructor(kernel: Pairable, options?: PoolOptions) {
    super('maxPool2d', largest, kernel, options)
  }
}

/** The mean of each window. */
export class AvgPool2d extends Pool2d {
  constructor(kernel: Pairable, options?: PoolOptions) {
    super('avgPool2d', average, kernel, options)
  }
}

/** A layer that takes the largest element of each window. @example maxPool2d(2).forward(ones([32, 6, 28, 28])).shape // [32, 6, 14, 14] */
export const maxPool2d = (kernel: Pairable, options?: PoolOptions): MaxPool2d => new MaxPool2d(kernel, options)
/** A layer that takes the mean of each window. @example avgPool2d(2).forward(ones([32, 6, 28, 28])).shape // [32, 6, 14, 14] */
export const avgPool2d = (kernel: Pairable, options?: PoolOptions): AvgPool2d => new AvgPool2d(kernel, options)

/** Means of windows that are laid so that there are as many as asked for. */
export class AdaptiveAvgPool2d extends Module {
  readonly outputSize: OutputSize

  /** @throws WINDOW_OPTION */
  constructor(outputSize: OutputSize) {
    super()
    outputPair('adaptiveAvgPool2d', outputSize)
    this.outputSize = outputSize
  }

  /** @param x shape [n, channels, height, width] @throws POOL_SHAPE */
  forward(x: Tensor): Tensor {
    return averageTo(x, this.outputSize)
  }

  protected override describe(): string {
    return `outputSize=${String(this.outputSize)}`
  }
}

/** A layer whose result has `outputSize` points along height and width, each a mean. @example adaptiveAvgPool2d(1).forward(ones([32, 6, 7, 7])).shape // [32, 6, 1, 1] */
export const adaptiveAvgPool2d = (outputSize: OutputSize): AdaptiveAvgPool2d => new AdaptiveAvgPool2d(outputSize)
