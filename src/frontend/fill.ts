import type { Shape } from '../base/shape.ts'
import * as calls from '../ops/calls/index.ts'
import type { Value } from '../ops/interpreter.ts'
import { tensor, type CreateOptions } from './create.ts'
import type { Tensor } from './tensor.ts'

/** Options of the makers of tensors with known contents. */
export type FillOptions = Pick<CreateOptions, 'dtype' | 'requiresGrad'>

function made(value: Value, options: FillOptions | undefined): Tensor {
  const result = value as Tensor // the eager interpreter only makes tensors
  // Constants are shared inside; users may hang a gradient on theirs.
  return options?.requiresGrad ? tensor(result, { requiresGrad: true }) : result.detach()
}

/** All elements 0. @param shape sizes, [] for a scalar @example zeros([2, 2]).toArray() // [[0, 0], [0, 0]] */
export const zeros = (shape: Shape, options?: FillOptions): Tensor => made(calls.zeros(shape, options?.dtype), options)

/** All elements 1. */
export const ones = (shape: Shape, options?: FillOptions): Tensor => made(calls.ones(shape, options?.dtype), options)

/** All elements `value`. */
export const full = (shape: Shape, value: number, options?: FillOptions): Tensor => made(calls.full(shape, value, options?.dtype), options)

/** 1 on the diagonal and 0 elsewhere: shape [rows, columns], square when `columns` is left out. */
export const eye = (rows: number, columns?: number, options?: FillOptions): Tensor => made(calls.eye(rows, columns, options?.dtype), options)

/**
 * start, start + step, … up to but without `stop`; with one number, 0, 1, … without it. int32 when all are whole, else float32.
 *
 * @example arange(3).toArray() // [0, 1, 2]
 */
export const arange = (start: number, stop?: number, step?: number, options?: FillOptions): Tensor => made(calls.arange(start, stop, step, options?.dtype), options)

/** `count` numbers from `start` to `stop`, both included, at equal distances. */
export const linspace = (start: number, stop: number, count: number, options?: FillOptions): Tensor => made(calls.linspace(start, stop, count, options?.dtype), options)
