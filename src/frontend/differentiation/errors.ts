import { GryphError } from '../../base/errors.ts'
import { shapeText, type TensorType } from '../../base/shape.ts'
import { kindText } from '../control/errors.ts'

export const typeText = ({ dtype, shape }: TensorType): string => `${dtype} ${shapeText(shape)}`

export const cotangentExpected = (where: string, what: string, given: unknown, wanted: TensorType): GryphError =>
  new GryphError(
    'COTANGENT_MISMATCH',
    `[${where}] ${what} is ${kindText(given)}, and has to be ${typeText(wanted)}. Give a tensor of this dtype and shape.`,
  )

export const tangentCount = (given: number, wanted: number): GryphError =>
  new GryphError(
    'TANGENT_COUNT',
    `[jvp] there are ${given} tangents for ${wanted} primals. Give one of the same shape and dtype for each.`,
  )

export const argumentPosition = (where: string, position: unknown, count: number): GryphError =>
  new GryphError(
    'ARGNUMS_INVALID',
    `[${where}] argnums names argument ${JSON.stringify(position)} of a call with ${count}. Use positions counted from 0.`,
  )

export const resultExpected = (where: string, given: unknown, wanted: string): GryphError =>
  new GryphError('RESULT_NOT_A_TENSOR', `[${where}] the function gives ${kindText(given)}. Return ${wanted}.`)

export const scalarExpected = (where: string, given: TensorType): GryphError =>
  new GryphError(
    'RESULT_NOT_SCALAR',
    `[${where}] the function gives ${typeText(given)}, not one element. Reduce it first (sum, mean), or use jacobian.`,
  )

export const customArgument = (position: number): GryphError =>
  new GryphError(
    'CUSTOM_VJP_ARGUMENT',
    `[customVjp] argument ${position} holds tensors that require a gradient inside an array or object. Pass each as an argument of its own.`,
  )

export const customCapture = (): GryphError =>
  new GryphError(
    'CUSTOM_VJP_CAPTURE',
    '[customVjp] the forward function uses a tensor from outside that requires a gradient, and the backward function gives cotangents of arguments only. Pass the tensor as an argument, or use its detach().',
  )

export const customForward = (given: unknown): GryphError =>
  new GryphError(
    'CUSTOM_VJP_RESULT',
    `[customVjp] the forward function gives ${kindText(given)}. Return [value, residuals], where value is a tensor, or arrays and objects of tensors.`,
  )

export const customBackward = (given: unknown, count: number): GryphError =>
  new GryphError(
    'CUSTOM_VJP_RESULT',
    `[customVjp] the backward function gives ${Array.isArray(given) ? `${given.length} cotangents` : kindText(given)} for ${count} arguments. Return an array with one for each, null where none flows.`,
  )

export const customCotangent = (position: number, given: unknown, wanted: TensorType | undefined): GryphError =>
  new GryphError(
    'CUSTOM_VJP_RESULT',
    `[customVjp] the cotangent of argument ${position} is ${kindText(given)}, and ${wanted ? `the argument ${typeText(wanted)}. Give a tensor of this dtype and shape, or null.` : 'the argument has none. Give null.'}`,
  )

export const customEffects = (what: string): GryphError =>
  new GryphError(
    'CUSTOM_VJP_ASSIGNS',
    `[customVjp] ${what} assigns a variable, draws random numbers or calls backward(). Do that outside, and pass what it needs as arguments.`,
  )

export const notCritical = (slope: number): GryphError =>
  new GryphError(
    'NOT_CRITICAL',
    `[classifyCriticalPoint] the gradient is not 0: its largest element is ${slope}. Give a point where it vanishes, for instance one that minimizeNewton found, or a larger gradientTolerance.`,
  )

export const checkDtype = (given: string): GryphError =>
  new GryphError(
    'GRAD_CHECK_DTYPE',
    `[gradCheck] the function gives ${given} for arguments of float64, and differences need float64. Leave out casts inside.`,
  )
