import { GryphError } from '../base/errors.ts'
import { shapeText, type Shape } from '../base/shape.ts'
import { givenText } from '../ops/errors.ts'

/** A value as a sentence has it: an object by its class. */
export const shown = (given: unknown): string =>
  typeof given === 'object' &&
  given !== null &&
  !Array.isArray(given) &&
  Object.getPrototypeOf(given) === Object.prototype
    ? 'an object'
    : givenText(given)

export const stepInvalid = (given: unknown): GryphError =>
  new GryphError(
    'STEP_INVALID',
    `[fit] the step is ${shown(given)}. Pass a function of a batch that returns its loss, for instance hybridize(trainStep).`,
  )

export const lossInvalid = (given: string): GryphError =>
  new GryphError(
    'LOSS_INVALID',
    `[fit] the step returned ${given}. Return the loss as a tensor of one element or a number, or an object such as { loss, accuracy } of them.`,
  )

export const epochsInvalid = (given: unknown): GryphError =>
  new GryphError('EPOCHS_INVALID', `[fit] epochs is ${shown(given)}. Use a whole number of at least 1.`)

export const batchesInvalid = (where: string, what: string, given: unknown): GryphError =>
  new GryphError(
    'LOADER_INVALID',
    `[${where}] ${what} ${shown(given)}. Pass something to iterate over that yields batches, such as an array or a DataLoader, or a function of the epoch that gives it.`,
  )

export const loaderEmpty = (where: string, epoch: number, isFunction: boolean): GryphError =>
  new GryphError(
    'LOADER_EMPTY',
    epoch === 1 || isFunction
      ? `[${where}] the loader gave no batch in epoch ${epoch}. Check the size of the data set and of the batches.`
      : `[${where}] the loader gave no batch in epoch ${epoch}: it can be gone through only once, like a generator. Pass a function that makes a new one for each epoch.`,
  )

export const callbackInvalid = (position: number, given: unknown): GryphError =>
  new GryphError(
    'CALLBACK_INVALID',
    `[fit] callback ${position} is ${shown(given)}. Pass objects with methods such as onEpochEnd, for instance { onStep: () => scheduler.step() }.`,
  )

export const callbacksInvalid = (given: unknown): GryphError =>
  new GryphError('CALLBACK_INVALID', `[fit] callbacks are ${shown(given)}. Pass an array of callbacks.`)

export const validationInvalid = (given: unknown): GryphError =>
  new GryphError(
    'METRIC_INVALID',
    `[fit] validate returned ${shown(given)}. Return an object of numbers, for instance { accuracy }, or nothing.`,
  )

export const metricNameTaken = (name: string): GryphError =>
  new GryphError(
    'METRIC_INVALID',
    `[fit] a metric is named ${JSON.stringify(name)}, as what fit itself notes of an epoch is. Name it otherwise, for instance ${JSON.stringify(`validation${name[0]!.toUpperCase()}${name.slice(1)}`)}.`,
  )

export const numberInvalid = (where: string, name: string, given: unknown, allowed: string): GryphError =>
  new GryphError('NUMBER_INVALID', `[${where}] ${name} is ${shown(given)}. Use ${allowed}.`)

export const notStateful = (where: string, name: string, given: unknown): GryphError =>
  new GryphError(
    'NOT_STATEFUL',
    `[${where}] ${name} is ${shown(given)}. Pass something with stateDict() and loadStateDict(), such as a module or an optimizer.`,
  )

export const monitorUnknown = (where: string, name: string, known: readonly string[]): GryphError =>
  new GryphError(
    'MONITOR_UNKNOWN',
    `[${where}] the epoch has no ${JSON.stringify(name)}. Use one of ${known.join(', ')}, or have validate return it.`,
  )

export const inRecording = (functionName: string): GryphError =>
  new GryphError(
    'FIT_IN_TRACE',
    `[fit] ${functionName}, which is hybridized, calls fit, which is more than one program. Hybridize the step and call fit outside.`,
  )

export function lossNotFinite(message: string, cause: unknown): GryphError {
  const error = new GryphError('LOSS_NOT_FINITE', message)
  error.cause = cause
  return error
}

export const predictionMismatch = (where: string, prediction: Shape, target: Shape, wanted: string): GryphError =>
  new GryphError(
    'PREDICTION_MISMATCH',
    `[${where}] predictions are ${shapeText(prediction)} and targets ${shapeText(target)}. ${wanted}`,
  )

export const metricEmpty = (where: string): GryphError =>
  new GryphError('METRIC_EMPTY', `[${where}] there is nothing to compute it of. Call update with a batch first.`)

export const classOutOfRange = (where: string, what: string, given: number, classCount: number): GryphError =>
  new GryphError(
    'CLASS_OUT_OF_RANGE',
    `[${where}] ${what} is ${given}, and there are ${classCount} classes. Use whole numbers from 0 to ${classCount - 1}.`,
  )

export const metricInvalid = (name: string, given: unknown): GryphError =>
  new GryphError(
    'METRIC_INVALID',
    `[evaluate] ${name} is ${shown(given)}, not a metric. Pass for instance { accuracy: train.accuracy() }.`,
  )

export const batchWithoutTarget = (given: unknown): GryphError =>
  new GryphError(
    'BATCH_INVALID',
    `[evaluate] a batch is ${shown(given)}. Yield arrays of inputs and, last, the targets, for instance [x, y].`,
  )

export const predictionInvalid = (what: string, given: unknown): GryphError =>
  new GryphError('PREDICTION_INVALID', `[evaluate] ${what} is ${shown(given)}, not a tensor.`)
