import { elementCount } from '../base/shape.ts'
import type { Tensor } from '../frontend/tensor.ts'
import { normalizeAxis } from '../ops/calls/axes.ts'
import { axisInvalid } from '../ops/errors.ts'
import { flattenScalar } from './errors.ts'
import { Module } from './module.ts'

/** Joins all axes from `startAxis` to `endAxis`. */
export class Flatten extends Module {
  readonly startAxis: number
  readonly endAxis: number

  /** @throws AXIS_INVALID */
  constructor(startAxis = 1, endAxis = -1) {
    super()
    for (const axis of [startAxis, endAxis]) if (!Number.isInteger(axis)) throw axisInvalid('flatten', axis)
    this.startAxis = startAxis
    this.endAxis = endAxis
  }

  /** @param x shape [batch, ...] @returns shape [batch, features] @throws FLATTEN_SCALAR, AXIS_OUT_OF_RANGE */
  forward(x: Tensor): Tensor {
    const { shape } = x
    if (shape.length === 0) throw flattenScalar()
    if (shape.length === 1 && this.startAxis === 1) return x.expandDims(1)
    const [start, end] = [
      normalizeAxis('flatten', this.startAxis, shape),
      normalizeAxis('flatten', this.endAxis, shape),
    ]
    if (end < start) return x
    return x.reshape([...shape.slice(0, start), elementCount(shape.slice(start, end + 1)), ...shape.slice(end + 1)])
  }

  protected override describe(): string {
    return this.startAxis === 1 && this.endAxis === -1 ? '' : `startAxis=${this.startAxis}, endAxis=${this.endAxis}`
  }
}

/**
 * A layer that joins axes: all but the batch unless given.
 *
 * @throws AXIS_INVALID
 * @example flatten().forward(ones([32, 28, 28])).shape // [32, 784]
 */
export const flatten = (startAxis?: number, endAxis?: number): Flatten => new Flatten(startAxis, endAxis)
