import { variable, type CreateOptions } from '../frontend/create.ts'
import type { TensorData } from '../frontend/nested.ts'
import type { Tensor } from '../frontend/tensor.ts'

/** Options of `parameter` and `buffer`. */
export type StateOptions = Pick<CreateOptions, 'dtype' | 'shape'>

/**
 * A trained tensor: a variable that `backward` leaves a gradient on. A module finds those among its fields.
 *
 * @throws DTYPE_NOT_DIFFERENTIABLE unless float32 or float64
 * @example class Scale extends Module { readonly factor = parameter(1); forward(x: Tensor): Tensor { return x.mul(this.factor) } }
 */
export const parameter = (data: TensorData | Tensor, options: StateOptions = {}): Tensor =>
  variable(data, { ...options, requiresGrad: true })

/** State that belongs to a module but is not trained, for instance a running mean; `assign` replaces it. */
export const buffer = (data: TensorData | Tensor, options: StateOptions = {}): Tensor => variable(data, options)
