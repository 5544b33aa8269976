import type { Dtype, TypedArray } from '../../base/dtype.ts'
import type { Shape } from '../../base/shape.ts'
import { Tensor } from '../../frontend/tensor.ts'
import { Storage } from '../../runtime/storage.ts'

/** A tensor that takes `elements` over, without a copy. They are as many as the shape says, and for bool 0 or 1. */
export const tensorOf = (dtype: Dtype, shape: Shape, elements: TypedArray): Tensor =>
  new Tensor({ dtype, shape }, new Storage(dtype, elements))
