import { elementCount } from '../base/shape.ts'
import type { Tensor } from '../frontend/tensor.ts'
import { flattenScalar } from './errors.ts'
import { Module } from './module.ts'

/** Joins all axes but the first. */
export class Flatten extends Module {
  /** @param x shape [batch, ...] @returns shape [batch, features] @throws FLATTEN_SCALAR */
  forward(x: Tensor): Tensor {
    const [batch, ...rest] = x.shape
    if (batch === undefined) throw flattenScalar()
    return x.reshape([batch, elementCount(rest)])
  }
}

/** A layer that joins all axes but the batch. @example flatten().forward(ones([32, 28, 28])).shape // [32, 784] */
export const flatten = (): Flatten => new Flatten()
