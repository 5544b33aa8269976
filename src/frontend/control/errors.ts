import { GryphError } from '../../base/errors.ts'
import { shapeText, type TensorType } from '../../base/shape.ts'
import { Tensor } from '../tensor.ts'

const typeText = ({ dtype, shape }: TensorType): string => `${dtype} ${shapeText(shape)}`

/** A value of a state or a result in words. */
export function kindText(value: unknown): string {
  if (value instanceof Tensor)
    return value.weak ? 'a number' : `${typeText(value.type)}${value.isVariable ? ' (a variable)' : ''}`
  if (typeof value === 'number') return `the number ${value}`
  if (typeof value === 'object' && value !== null) return `an object of ${value.constructor?.name || 'no class'}`
  return typeof value === 'function' ? `the function ${value.name}` : String(value)
}

export const hostReadInRegion = (functionName: string, region: string, what: string): GryphError =>
  new GryphError(
    'HOST_READ_IN_REGION',
    `[${region}] ${functionName} reads a tensor's values with ${what} inside ${region}, which is traced once for all calls and has no values. Compute with tensor ops there, or read the values outside.`,
  )

export const valueInRegion = (region: string): GryphError =>
  new GryphError(
    'HOST_READ_IN_REGION',
    `[${region}] a tensor's value is needed inside ${region}, which is traced once for all calls and has no values. Compute with tensor ops there; give numbers that steer a call as plain numbers.`,
  )

export const regionTensorEscaped = (functionName: string, region: string): GryphError =>
  new GryphError(
    'REGION_TENSOR_ESCAPED',
    `[${region}] ${functionName} uses a tensor outside of ${region} that was made inside, where it may never be computed. Return it from there.`,
  )

export const testInvalid = (where: string, given: unknown): GryphError =>
  new GryphError(
    'CONTROL_TEST_INVALID',
    `[${where}] the test is ${kindText(given)}. Give a boolean or a tensor of one element, for instance x.sum().greater(0).`,
  )

export const structuresDiffer = (where: string, a: string, b: string, first: string, second: string): GryphError =>
  new GryphError(
    'CONTROL_STRUCTURE',
    `[${where}] ${a} gives ${first}, and ${b} gives ${second}. Return the same arrays and objects, with the same keys, from both.`,
  )

export const branchesDiffer = (where: string, at: string, a: string, b: string, x: unknown, y: unknown): GryphError =>
  new GryphError(
    'BRANCH_MISMATCH',
    `[${where}] at ${at}, ${a} gives ${kindText(x)}, and ${b} gives ${kindText(y)}. ${adviceFor(x, y)}`,
  )

export const stateChanged = (where: string, at: string, before: unknown, after: unknown): GryphError =>
  new GryphError(
    'LOOP_STATE_MISMATCH',
    `[${where}] at ${at}, a pass begins with ${kindText(before)} and ends with ${kindText(after)}. ${adviceFor(before, after)}`,
  )

function adviceFor(x: unknown, y: unknown): string {
  if (!(x instanceof Tensor) && !(y instanceof Tensor)) return 'Make them equal, or make tensors of them.'
  const isNumber = (value: unknown): boolean => typeof value === 'number' || (value instanceof Tensor && value.weak)
  if (isNumber(x) || isNumber(y))
    return 'Make a tensor of the number, for instance with tensor(0, { dtype }) or zeros(shape).'
  if (!(x instanceof Tensor) || !(y instanceof Tensor)) return 'Give a tensor of one shape and dtype on both ways.'
  return x.dtype === y.dtype
    ? 'Make the shapes equal, for instance with broadcastTo(…) or reshape(…).'
    : `Make the dtypes equal, for instance with cast('${x.dtype}').`
}

export const backwardThroughPasses = (where: string): GryphError =>
  new GryphError(
    'BACKWARD_THROUGH_PASSES',
    `[${where}] backward() inside the body goes on into the passes before this one, which a traced loop does not keep for it. Use detach() on the state, or call backward() after the loop.`,
  )

export const gradientCleared = (where: string): GryphError =>
  new GryphError(
    'GRADIENT_CLEARED',
    `[${where}] a gradient is there when the loop begins and null after a pass. Clear it before the loop too, for instance with zeroGrad().`,
  )

export const boundInvalid = (given: unknown): GryphError =>
  new GryphError(
    'LOOP_BOUND_INVALID',
    `[forLoop] a bound is ${kindText(given)}. Give a whole number, or a tensor of one element.`,
  )

export const scannedInvalid = (what: string): GryphError =>
  new GryphError(
    'SCAN_INPUT_INVALID',
    `[scan] ${what}. Give one tensor or more, whose first axes have one size that is not 0.`,
  )

export const scanResultInvalid = (given: unknown): GryphError =>
  new GryphError(
    'SCAN_RESULT_INVALID',
    `[scan] the body gives ${kindText(given)}. Return [state, y], where y is a tensor, or arrays and objects of tensors.`,
  )

export const maybeChangedVariable = (functionName: string, source: string | undefined): GryphError =>
  new GryphError(
    'MAYBE_CHANGED_VARIABLE',
    `[hybridize] ${functionName} uses a value${source ? ` from ${source}` : ''} that may be a variable itself, which has changed since: a loop that makes no pass, or a branch, gives on the variable. Compiled code has a copy of what the variable was. Give the loop or branch a copy, w.clone(), or use the value before the change.`,
  )
