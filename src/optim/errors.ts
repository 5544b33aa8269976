import { GryphError } from '../base/errors.ts'
import { givenText } from '../ops/errors.ts'

export const noParameters = (where: string): GryphError =>
  new GryphError(
    'PARAMETERS_EMPTY',
    `[${where}] there are no parameters to train. Pass net.parameters(), or the tensors themselves.`,
  )

export const parametersInvalid = (where: string, given: unknown): GryphError =>
  new GryphError(
    'PARAMETER_INVALID',
    `[${where}] the parameters are ${givenText(given)}. Pass net.parameters(), or an array of tensors.`,
  )

export const groupsMixed = (where: string): GryphError =>
  new GryphError(
    'PARAMETER_INVALID',
    `[${where}] tensors and parameter groups are mixed. Pass tensors alone, or groups alone: [{ params, lr }, …].`,
  )

export const parameterInvalid = (where: string, position: number, is: string): GryphError =>
  new GryphError(
    'PARAMETER_INVALID',
    `[${where}] parameter ${position} is ${is}. Pass leaves: tensors made with { requiresGrad: true }, or net.parameters().`,
  )

export const parameterRepeated = (where: string, position: number, first: number): GryphError =>
  new GryphError(
    'PARAMETER_REPEATED',
    `[${where}] parameters ${first} and ${position} are the same tensor, which would be updated twice. Pass it once.`,
  )

export const hyperparameterInvalid = (where: string, name: string, given: unknown, allowed: string): GryphError =>
  new GryphError('HYPERPARAMETER_INVALID', `[${where}] ${name} is ${givenText(given)}. Use a number ${allowed}.`)

export const betasInvalid = (where: string, given: unknown): GryphError =>
  new GryphError(
    'HYPERPARAMETER_INVALID',
    `[${where}] betas is ${givenText(given)}. Use two numbers, for instance [0.9, 0.999].`,
  )

export const flagInvalid = (where: string, name: string, given: unknown): GryphError =>
  new GryphError('HYPERPARAMETER_INVALID', `[${where}] ${name} is ${givenText(given)}. Use true or false.`)

export const nesterovWithoutMomentum = (where: string): GryphError =>
  new GryphError(
    'HYPERPARAMETER_INVALID',
    `[${where}] nesterov is on, and momentum is 0. Give a momentum above 0, or leave nesterov out.`,
  )

export const nesterovWithDampening = (where: string, dampening: number): GryphError =>
  new GryphError(
    'HYPERPARAMETER_INVALID',
    `[${where}] nesterov is on, and dampening is ${dampening}. Nesterov momentum has none: leave one of the two out.`,
  )

export const stateWouldChange = (where: string, before: readonly string[], after: readonly string[]): GryphError =>
  new GryphError(
    'HYPERPARAMETER_INVALID',
    `[${where}] with these options a parameter has other state: ${after.join(', ') || 'none'}, not ${before.join(', ') || 'none'}. Make a new optimizer.`,
  )
