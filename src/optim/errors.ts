import { GryphError } from '../base/errors.ts'
import { shapeText } from '../base/shape.ts'
import { Tensor } from '../frontend/tensor.ts'
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

export const normTypeInvalid = (where: string, name: string, given: unknown): GryphError =>
  new GryphError(
    'HYPERPARAMETER_INVALID',
    `[${where}] ${name} is ${givenText(given)}. Use a number above 0, or Infinity.`,
  )

export const notAParameter = (where: string, position: number, given: unknown): GryphError =>
  new GryphError(
    'PARAMETER_INVALID',
    `[${where}] parameter ${position} is ${givenText(given)}. Pass net.parameters(), or an array of tensors.`,
  )

export const notAVariable = (where: string, position: number, given: unknown): GryphError =>
  new GryphError(
    'PARAMETER_INVALID',
    `[${where}] tensor ${position} is ${givenText(given)}, whose values nothing replaces. Pass net.parameters(), or variables.`,
  )

export const averagesSwapped = (call: string): GryphError =>
  new GryphError(
    'AVERAGES_SWAPPED',
    `[ema.${call}] the averages are in the weights' place. Call swap() before, to put the weights back.`,
  )

export const limitsInvalid = (where: string, name: string, given: unknown): GryphError =>
  new GryphError(
    'HYPERPARAMETER_INVALID',
    `[${where}] ${name} is ${Array.isArray(given) ? `[${given.map(givenText).join(', ')}]` : givenText(given)}. Use rising whole numbers above 0, for instance [15, 30].`,
  )

export const functionInvalid = (where: string, name: string, given: unknown): GryphError =>
  new GryphError(
    'HYPERPARAMETER_INVALID',
    `[${where}] ${name} is ${givenText(given)}. Use a function of the step count.`,
  )

export const choiceInvalid = (where: string, name: string, given: unknown, choices: readonly string[]): GryphError =>
  new GryphError(
    'HYPERPARAMETER_INVALID',
    `[${where}] ${name} is ${givenText(given)}. Use ${choices.map((choice) => `'${choice}'`).join(' or ')}.`,
  )

export const stepsTooFew = (where: string, name: string, given: number, least: number): GryphError =>
  new GryphError('HYPERPARAMETER_INVALID', `[${where}] ${name} is ${given}. Use a whole number of at least ${least}.`)

export const notASchedule = (where: string, given: unknown): GryphError =>
  new GryphError(
    'SCHEDULE_INVALID',
    `[${where}] the schedule is ${givenText(given)}. Pass one of optim.schedules, or a function of the step count that gives a rate.`,
  )

export const schedulesMiscounted = (given: number, groups: number): GryphError =>
  new GryphError(
    'SCHEDULE_INVALID',
    `[scheduler] there are ${given} schedules for ${groups} parameter groups. Pass one for all, or one for each.`,
  )

export const rateInvalid = (where: string, t: number, given: unknown): GryphError =>
  new GryphError(
    'SCHEDULE_INVALID',
    `[${where}] after ${t} steps the schedule gives ${givenText(given)}. Have it give a rate: a finite number of at least 0.`,
  )

export const notAnOptimizer = (where: string, given: unknown): GryphError =>
  new GryphError(
    'SCHEDULE_INVALID',
    `[${where}] the optimizer is ${givenText(given)}. Pass what optim.sgd, optim.adam and the like return.`,
  )

export const metricInvalid = (given: unknown): GryphError =>
  new GryphError(
    'SCHEDULE_INVALID',
    `[reduceOnPlateau.step] the metric is ${given instanceof Tensor ? `a tensor of shape ${shapeText(given.shape)}` : givenText(given)}. Pass a number, or a tensor with one element.`,
  )

export const gammaOrLambda = (where: string): GryphError =>
  new GryphError(
    'HYPERPARAMETER_INVALID',
    `[${where}] the decay is given twice, or not at all. Give either gamma or lambda: lr · gamma^t or lr · e^(−lambda · t).`,
  )
