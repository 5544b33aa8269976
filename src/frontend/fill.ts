import type { Dtype } from '../base/dtype.ts'
import type { Shape } from '../base/shape.ts'
import * as calls from '../ops/calls/index.ts'
import { checkOptions } from '../ops/calls/options.ts'
import type { Value } from '../ops/interpreter.ts'
import { tensor, type CreateOptions } from './create.ts'
import type { Tensor } from './tensor.ts'

/** Options of the makers of tensors with known contents. */
export type FillOptions = Pick<CreateOptions, 'dtype' | 'requiresGrad'>

const optionNames: readonly (keyof FillOptions)[] = ['dtype', 'requiresGrad']

function made(where: string, options: FillOptions | undefined, make: (dtype: Dtype | undefined) => Value): Tensor {
  checkOptions(where, options, optionNames)
  const result = make(options?.dtype) as Tensor // the eager interpreter only makes tensors
  // Constants are shared inside; users may hang a gradient on theirs.
  return options?.requiresGrad ? tensor(result, { requiresGrad: true }) : result.detach()
}

/** All elements 0. @param shape sizes, [] for a scalar @example zeros([2, 2]).toArray() // [[0, 0], [0, 0]] */
export const zeros = (shape: Shape, options?: FillOptions): Tensor =>
  made('zeros', options, (dtype) => calls.zeros(shape, dtype))

/** All elements 1. */
export const ones = (shape: Shape, options?: FillOptions): Tensor =>
  made('ones', options, (dtype) => calls.ones(shape, dtype))

/** All elements `value`. */
export const full = (shape: Shape, value: number, options?: FillOptions): Tensor =>
  made('full', options, (dtype) => calls.full(shape, value, dtype))

/** 1 on the diagonal and 0 elsewhere: shape [rows, columns], square when `columns` is left out. */
export const eye = (rows: number, columns?: number, options?: FillOptions): Tensor =>
  made('eye', options, (dtype) => calls.eye(rows, columns, dtype))

/**
 * start, start + step, … up to but without `stop`; with one number, 0, 1, … without it. int32 when all are whole, else float32.
 *
 * @example arange(3).toArray() // [0, 1, 2]
 */
export const arange = (start: number, stop?: number, step?: number, options?: FillOptions): Tensor =>
  made('arange', options, (dtype) => calls.arange(start, stop, step, dtype))

/** `count` numbers from `start` to `stop`, both included, at equal distances. */
export const linspace = (start: number, stop: number, count: number, options?: FillOptions): Tensor =>
  made('linspace', options, (dtype) => calls.linspace(start, stop, count, dtype))
