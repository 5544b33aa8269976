import {
  classifyCriticalPoint,
  customVjp,
  grad,
  gradCheck,
  hybridize,
  jacobian,
  jvp,
  linalg,
  newtonStep,
  ones,
  tensor,
  variable,
  vjp,
  type Tensor,
} from '../../src/index.ts'
import type { Case } from './op-errors.ts'

/** What a caller without types may pass. */
const wrong = (given: unknown): never => given as never // to check what happens at run time
const x = ones([2])
const sum = (y: Tensor): Tensor => y.sum()
const gradOf = (f: (y: Tensor) => Tensor, at: Tensor = x): unknown => grad((y: Tensor) => f(y).sum())(at)

/** Errors of derivatives, of gradients that users write, and of linear algebra. */
export const ofDifferentiation: readonly Case[] = [
  [
    'COTANGENT_MISMATCH',
    '[vjp] the cotangent is float32 [3], and has to be float32 [2]. Give a tensor of this dtype and shape.',
    () => vjp((y: Tensor) => y.square(), x)[1](ones([3])),
  ],
  [
    'TANGENT_COUNT',
    '[jvp] there are 0 tangents for 1 primals. Give one of the same shape and dtype for each.',
    () => jvp(sum, [x], wrong([])),
  ],
  [
    'ARGNUMS_INVALID',
    '[jacobian] argnums names argument 1 of a call with 1. Use positions counted from 0.',
    () => jacobian(sum, { argnums: 1 })(x),
  ],
  [
    'RESULT_NOT_A_TENSOR',
    '[jacobian] the function gives the number 3. Return a tensor, or an array of tensors.',
    () => jacobian(wrong(() => 3))(wrong(x)),
  ],
  [
    'RESULT_NOT_SCALAR',
    '[newtonStep] the function gives float32 [2], not one element. Reduce it first (sum, mean), or use jacobian.',
    () => newtonStep((y) => y.square(), x),
  ],
  [
    'NOT_CRITICAL',
    '[classifyCriticalPoint] the gradient is not 0: its largest element is 2. Give a point where it vanishes, for instance one that minimizeNewton found, or a larger gradientTolerance.',
    () => classifyCriticalPoint((y) => y.square().sum(), x),
  ],
  [
    'GRAD_CHECK_DTYPE',
    '[gradCheck] the function gives float32 for arguments of float64, and differences need float64. Leave out casts inside.',
    () => gradCheck((y: Tensor) => y.cast('float32').sum(), [x]),
  ],
  [
    'DTYPE_NOT_DIFFERENTIABLE',
    '[gradCheck] a tensor of int32 cannot have a gradient. Use float32 or float64.',
    () => gradCheck((y: Tensor) => y.sum(), [tensor([1], { dtype: 'int32' })]),
  ],
  [
    'CUSTOM_VJP_ARGUMENT',
    '[customVjp] argument 0 holds tensors that require a gradient inside an array or object. Pass each as an argument of its own.',
    () =>
      customVjp(
        ([y]: Tensor[]) => [y!.square(), null],
        () => [null],
      )([variable([1], { requiresGrad: true })]),
  ],
  [
    'CUSTOM_VJP_CAPTURE',
    '[customVjp] the forward function uses a tensor from outside that requires a gradient, and the backward function gives cotangents of arguments only. Pass the tensor as an argument, or use its detach().',
    () => {
      const w = variable([1, 2], { requiresGrad: true })
      customVjp(
        (y: Tensor) => [y.mul(w), null],
        (_, cotangent: Tensor) => [cotangent],
      )(x)
    },
  ],
  [
    'CUSTOM_VJP_RESULT',
    '[customVjp] the forward function gives float32 [2]. Return [value, residuals], where value is a tensor, or arrays and objects of tensors.',
    () =>
      customVjp(
        wrong((y: Tensor) => y),
        wrong(() => []),
      )(wrong(x)),
  ],
  [
    'CUSTOM_VJP_RESULT',
    '[customVjp] the backward function gives 2 cotangents for 1 arguments. Return an array with one for each, null where none flows.',
    () =>
      gradOf(
        customVjp(
          (y: Tensor) => [y, null],
          (_, cotangent: Tensor) => [cotangent, cotangent],
        ),
      ),
  ],
  [
    'CUSTOM_VJP_RESULT',
    '[customVjp] the cotangent of argument 0 is float32 [], and the argument float32 [2]. Give a tensor of this dtype and shape, or null.',
    () =>
      gradOf(
        customVjp(
          (y: Tensor) => [y, null],
          (_, cotangent: Tensor) => [cotangent.sum()],
        ),
      ),
  ],
  [
    'CUSTOM_VJP_ASSIGNS',
    '[customVjp] the forward function assigns a variable, draws random numbers or calls backward(). Do that outside, and pass what it needs as arguments.',
    () => {
      const calls = variable(0)
      const counted = customVjp(
        (y: Tensor) => {
          calls.add_(1)
          return [y, null]
        },
        (_, cotangent: Tensor) => [cotangent],
      )
      hybridize((y: Tensor) => gradOf(counted, y))(x)
    },
  ],
  [
    'CUSTOM_VJP_ORDER',
    '[customVjp] a gradient of order 4 goes through a backward function that calls a function with a gradient of its own, and a hybridized function has 3 orders of it. Compute it outside of hybridize.',
    () => {
      const exp: (y: Tensor) => Tensor = customVjp(
        (y: Tensor) => [y.exp(), y],
        (y, cotangent: Tensor) => [cotangent.mul(exp(y))],
      )
      const once = (f: (y: Tensor) => Tensor) => grad((y: Tensor) => f(y).sum())
      hybridize(once(once(once(once(exp)))))(x)
    },
  ],
  [
    'MATRIX_NOT_SQUARE',
    '[linalg.eigh] the matrix has shape [2, 3]. Give one whose last two sizes are equal.',
    () => linalg.eigh(ones([2, 3])),
  ],
  [
    'SOLVE_SHAPE',
    '[linalg.solve] the matrix has shape [2, 2], and the right side [3]. Give [n, n] and [n] or [n, k].',
    () => linalg.solve(ones([2, 2]), ones([3])),
  ],
  [
    'MATRIX_SINGULAR',
    '[linalg.solve] the matrix is singular: a pivot is 0. Add something to its diagonal, or leave out rows that depend on others.',
    () => linalg.solve(ones([2, 2]), x),
  ],
  [
    'NOT_FINITE',
    '[debug.checkFinite] the matrix of linalg.eigvalsh is NaN at [0, 1] of shape [2, 2]. Check what it is computed from in the same way, or print it.',
    () =>
      linalg.eigvalsh(
        tensor([
          [1, NaN],
          [0, 1],
        ]),
      ),
  ],
]
