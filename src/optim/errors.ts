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

export const betasInvalid = (given: unknown): GryphError =>
  new GryphError(
    'HYPERPARAMETER_INVALID',
    `[adam] betas is ${givenText(given)}. Use two numbers, for instance [0.9, 0.999].`,
  )

export const nesterovWithoutMomentum = (): GryphError =>
  new GryphError(
    'HYPERPARAMETER_INVALID',
    '[sgd] nesterov is on, and momentum is 0. Give a momentum above 0, or leave nesterov out.',
  )
