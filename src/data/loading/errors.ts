import { GryphError } from '../../base/errors.ts'
import { shapeText, type Shape } from '../../base/shape.ts'
import { Place } from '../../frontend/place.ts'
import { givenText } from '../../ops/errors.ts'

export const countInvalid = (where: string, what: string, given: unknown, least: 0 | 1 = 1): GryphError =>
  new GryphError(
    'LOADER_OPTION_INVALID',
    `[${where}] ${what} is ${givenText(given)}. Use a whole number of at least ${least}.`,
  )

export const loaderSeedInvalid = (where: string, given: unknown): GryphError =>
  new GryphError(
    'LOADER_OPTION_INVALID',
    `[${where}] the seed is ${givenText(given)}. Use a whole number from 0 to 2⁵³ − 1.`,
  )

export const samplersConflict = (names: readonly string[]): GryphError =>
  new GryphError(
    'LOADER_OPTION_INVALID',
    `[dataLoader] ${names.join(' and ')} were given together, and each decides the order. Use one of them.`,
  )

export const datasetInvalid = (where: string, given: unknown): GryphError =>
  new GryphError(
    'DATASET_INVALID',
    `[${where}] the dataset is ${givenText(given)}. Pass an array of tensors, or an object with length and get(index).`,
  )

export const columnsDiffer = (where: string, shapes: readonly Shape[]): GryphError =>
  new GryphError(
    'DATASET_INVALID',
    `[${where}] the tensors are ${shapes.map(shapeText).join(', ')}. Give each the same number of rows, along its first axis.`,
  )

export const sampleOutOfRange = (where: string, index: unknown, length: number): GryphError =>
  new GryphError(
    'SAMPLE_OUT_OF_RANGE',
    `[${where}] example ${givenText(index)} was asked for, of ${length}. Let samplers give whole numbers from 0 to ${length - 1}.`,
  )

export const tooManySamples = (where: string, count: number, available: number, of: string): GryphError =>
  new GryphError(
    'SAMPLER_INVALID',
    `[${where}] ${count} of ${available} ${of} cannot be taken without replacement. Ask for at most that many, or use { replacement: true }.`,
  )

export const weightsInvalid = (what: string): GryphError =>
  new GryphError('SAMPLER_INVALID', `[weightedSampler] ${what}. Use finite weights of at least 0 that are not all 0.`)

export const samplerInvalid = (given: unknown, wanted: string): GryphError =>
  new GryphError('SAMPLER_INVALID', `[dataLoader] the sampler gives ${givenText(given)}. Let it give ${wanted}.`)

export const examplesDiffer = (path: string, first: string, position: number, other: string): GryphError =>
  new GryphError(
    'EXAMPLES_DIFFER',
    `[dataLoader] the examples of a batch do not fit together: ${path} is ${first} in the first and ${other} in number ${position}. Make them alike, or pass collate.`,
  )

export const exampleUnsupported = (path: string, given: unknown): GryphError =>
  new GryphError(
    'EXAMPLES_DIFFER',
    `[dataLoader] ${path} is ${given instanceof Place ? 'a place, x.at(…)' : givenText(given)}, of which no tensor can be made. ${given instanceof Place ? 'Read it with x.at(…).get(). ' : ''}Use tensors, numbers, typed arrays, or arrays and objects of them; or pass collate.`,
  )

export const datasetAsync = (): GryphError =>
  new GryphError(
    'DATASET_ASYNC',
    '[dataLoader] the dataset answers with a promise, which for … of cannot wait for. Use for await (const batch of loader).',
  )

export const loaderStateInvalid = (given: unknown): GryphError =>
  new GryphError(
    'LOADER_STATE_INVALID',
    `[loadStateDict] the state is ${givenText(given)}. Pass what stateDict() of a loader returned: { seed, epoch, position }.`,
  )

export const loaderStateMismatch = (position: number, length: number): GryphError =>
  new GryphError(
    'LOADER_STATE_INVALID',
    `[loadStateDict] the state has seen ${position} batches of an epoch, and the loader has ${length}. Load it into a loader with the same dataset and options.`,
  )

export const splitInvalid = (given: unknown, count: number): GryphError =>
  new GryphError(
    'SPLIT_INVALID',
    `[trainTestSplit] testSize is ${givenText(given)}, of ${count} examples. Use a share between 0 and 1 or a number of examples, which leaves some on both sides.`,
  )

export const notStandardisable = (given: string): GryphError =>
  new GryphError(
    'STANDARDISE_INVALID',
    `[standardise] x is ${given}. Pass a tensor with at least one row, along its first axis.`,
  )

export const notFiniteColumn = (column: number): GryphError =>
  new GryphError(
    'STANDARDISE_INVALID',
    `[standardise] column ${column} has a mean or a deviation that is not finite. Replace values that are missing or infinite first.`,
  )
