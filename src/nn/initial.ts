import type { Shape } from '../base/shape.ts'
import { noGrad } from '../frontend/context.ts'
import { full } from '../frontend/fill.ts'
import { rand, randn } from '../frontend/random.ts'
import type { Tensor } from '../frontend/tensor.ts'
import { parameter } from './parameter.ts'
import type { ParameterDtype } from './requirements.ts'

/** A parameter that starts uniform within ±bound. */
export const uniformParameter = (shape: Shape, bound: number, dtype: ParameterDtype): Tensor =>
  noGrad(() =>
    parameter(
      rand(shape, { dtype })
        .mul(2 * bound)
        .sub(bound),
    ),
  )

/** A parameter that starts normal, with mean 0 and standard deviation 1. */
export const normalParameter = (shape: Shape, dtype: ParameterDtype): Tensor =>
  noGrad(() => parameter(randn(shape, { dtype })))

/** A parameter that starts the same everywhere. */
export const constantParameter = (shape: Shape, value: number, dtype: ParameterDtype): Tensor =>
  noGrad(() => parameter(full(shape, value, { dtype })))
