import type { Dtype } from '../base/dtype.ts'
import { GryphError } from '../base/errors.ts'
import { sameShape, shapeText, type Shape, type TensorType } from '../base/shape.ts'

/** What was given, as text: strings in quotes. A number argument of a function that is being traced has no value to show. */
export function givenText(given: unknown): string {
  if (typeof given === 'string') return JSON.stringify(given)
  if (typeof given === 'function') return 'a function'
  if (typeof given !== 'object' || given === null) return String(given)
  if ((given as { weak?: unknown }).weak === true)
    // only to look for `weak`
    return 'a number argument of a hybridized function, which has to be listed in staticArgs to be used here'
  return describe(given)
}

const list = (values: readonly unknown[]): string =>
  values.length < 2 ? values.join('') : `${values.slice(0, -1).join(', ')} or ${String(values.at(-1))}`

export const shapeMismatch = (where: string, a: Shape, b: Shape): GryphError =>
  new GryphError(
    'SHAPE_MISMATCH',
    `[${where}] shapes ${shapeText(a)} and ${shapeText(b)} do not broadcast. Make their sizes equal or 1, counted from the last axis.`,
  )

export const cannotBroadcastTo = (where: string, from: Shape, to: Shape): GryphError =>
  new GryphError(
    'SHAPE_MISMATCH',
    `[${where}] shape ${shapeText(from)} does not broadcast to ${shapeText(to)}. Only axes of size 1 can grow, and new axes are added in front.`,
  )

export const sizesDiffer = (where: string, what: string, a: Shape, b: Shape): GryphError =>
  new GryphError('SHAPE_MISMATCH', `[${where}] ${what} are ${shapeText(a)} and ${shapeText(b)}. Make them equal.`)

export const stateShape = (where: string, shape: Shape): GryphError =>
  new GryphError(
    'SHAPE_MISMATCH',
    `[${where}] a generator state has shape ${shapeText(shape)}. Pass int32 of shape [4].`,
  )

export const dtypeMismatch = (where: string, a: Dtype, b: Dtype): GryphError =>
  new GryphError('DTYPE_MISMATCH', `[${where}] operands are ${a} and ${b}. Cast one of them to the dtype of the other.`)

export const dtypeUnsupported = (where: string, what: string, dtype: unknown, accepted: readonly Dtype[]): GryphError =>
  new GryphError('DTYPE_UNSUPPORTED', `[${where}] ${what} is ${String(dtype)}. Use ${list(accepted)}.`)

export const axisOutOfRange = (where: string, axis: unknown, shape: Shape): GryphError =>
  new GryphError(
    'AXIS_OUT_OF_RANGE',
    shape.length === 0
      ? `[${where}] axis ${givenText(axis)} is out of range for shape []. Leave the axis out: a scalar has none.`
      : `[${where}] axis ${givenText(axis)} is out of range for shape ${shapeText(shape)}. Use ${-shape.length} … ${shape.length - 1}.`,
  )

export const axisInvalid = (where: string, axis: unknown): GryphError =>
  new GryphError(
    'AXIS_INVALID',
    `[${where}] the axis is ${givenText(axis)}. Pass a whole number, or an array of them where several are meant.`,
  )

export const axisRepeated = (where: string, axes: readonly number[]): GryphError =>
  new GryphError('AXIS_REPEATED', `[${where}] axes ${shapeText(axes)} name an axis twice. Name each axis once.`)

export const axesNotPermutation = (where: string, axes: readonly unknown[], shape: Shape): GryphError =>
  new GryphError(
    'AXES_NOT_PERMUTATION',
    `[${where}] axes [${axes.map(givenText).join(', ')}] do not reorder shape ${shapeText(shape)}. Name each of its ${shape.length} axes once.`,
  )

export const axisNotOne = (where: string, axis: number, shape: Shape): GryphError =>
  new GryphError(
    'SHAPE_MISMATCH',
    `[${where}] axis ${axis} of shape ${shapeText(shape)} has size ${shape[axis]}. Only axes of size 1 can be removed.`,
  )

export const sizeInvalid = (where: string, what: string, size: unknown): GryphError =>
  new GryphError('SIZE_INVALID', `[${where}] ${what} is ${givenText(size)}. Use a whole number from 0 to 2147483647.`)

export const shapeInvalid = (where: string, shape: unknown): GryphError =>
  new GryphError('SIZE_INVALID', `[${where}] the shape is ${givenText(shape)}. Pass an array of sizes.`)

export const tooLarge = (where: string, shape: Shape): GryphError =>
  new GryphError(
    'SIZE_INVALID',
    `[${where}] shape ${shapeText(shape)} has more than 2147483647 elements. Use a smaller one.`,
  )

export const rangeInvalid = (where: string, what: string, value: unknown): GryphError =>
  new GryphError('RANGE_INVALID', `[${where}] ${what} is ${givenText(value)}. Use a finite number.`)

export const stepZero = (where: string): GryphError =>
  new GryphError('RANGE_INVALID', `[${where}] the step is 0. Use a step that is not 0.`)

export const sliceBound = (where: string, axis: number, what: string, value: unknown): GryphError =>
  new GryphError(
    'SLICE_INVALID',
    `[${where}] the ${what} for axis ${axis} is ${givenText(value)}. Use a whole number, or null for the edge.`,
  )

export const sliceOutOfRange = (where: string, axis: number, position: unknown, size: number): GryphError =>
  new GryphError('INDEX_OUT_OF_RANGE', indexRangeText(where, Number(position), axis, size))

export const sliceRanges = (where: string, ranges: unknown): GryphError =>
  new GryphError(
    'SLICE_INVALID',
    `[${where}] the ranges are ${givenText(ranges)}. Pass an array with one range per axis, for instance [[0, 2], null, 1].`,
  )

export const tensorsExpected = (where: string, given: unknown): GryphError =>
  new GryphError('OPERAND_INVALID', `[${where}] the tensors are ${describe(given)}. Pass an array of tensors.`)

export const sliceTooManyRanges = (where: string, count: number, shape: Shape): GryphError =>
  new GryphError(
    'SLICE_INVALID',
    `[${where}] ${count} ranges were given for shape ${shapeText(shape)}. Give at most one per axis (${shape.length}).`,
  )

export const sliceAttrs = (where: string, axis: number, shape: Shape): GryphError =>
  new GryphError(
    'SLICE_INVALID',
    `[${where}] axis ${axis} leaves shape ${shapeText(shape)}. Keep every position inside it.`,
  )

export const indexRangeText = (where: string, index: number, axis: number, size: number, extent = 1): string =>
  size === 0
    ? `[${where}] index ${index} is out of range for axis ${axis} of size 0. An empty axis has no elements to take.`
    : extent === 1
      ? `[${where}] index ${index} is out of range for axis ${axis} of size ${size}. Use ${-size} … ${size - 1}.`
      : `[${where}] a block of ${extent} at ${index} is out of range for axis ${axis} of size ${size}. Begin at ${-size} … ${-extent} or 0 … ${size - extent}.`

export const labelRangeText = (where: string, label: number, depth: number): string =>
  depth === 0
    ? `[${where}] label ${label} is out of range for 0 classes. Use at least one class.`
    : `[${where}] label ${label} is out of range for ${depth} classes. Use 0 … ${depth - 1}.`

export const notTrueText = (message: string, position: number, shape: Shape): string =>
  `[debug.assert] ${message.replace(/\.$/, '')}. The condition is false${placeText(position, shape)}.`

export const notFiniteText = (name: string, is: string, position: number, shape: Shape): string =>
  `[debug.checkFinite] ${name} is ${is}${placeText(position, shape)}. Check what it is computed from in the same way, or print it.`

export const singularText = (where: string): string =>
  `[${where}] the matrix is singular: a pivot is 0. Add something to its diagonal, or leave out rows that depend on others.`

/** ` at [1, 2] of shape [2, 3]`, for the row-major position of an element. */
export function placeText(position: number, shape: Shape): string {
  if (shape.length === 0) return ''
  let rest = position
  const index = shape.toReversed().map((size) => {
    const along = rest % size
    rest = Math.floor(rest / size)
    return along
  })
  return ` at [${index.toReversed().join(', ')}] of shape ${shapeText(shape)}`
}

export const reshapeCount = (where: string, from: Shape, to: Shape): GryphError =>
  new GryphError(
    'RESHAPE_SIZES',
    `[${where}] shape ${shapeText(from)} cannot become ${shapeText(to)}: the numbers of elements differ. Keep the product of the sizes, or give one size as -1.`,
  )

export const reshapeUnknowns = (where: string, to: Shape): GryphError =>
  new GryphError(
    'RESHAPE_SIZES',
    `[${where}] the new shape ${shapeText(to)} has -1 more than once. Give one size as -1 at most.`,
  )

export const matmulInnerSizes = (where: string, a: Shape, b: Shape): GryphError =>
  new GryphError(
    'MATMUL_INNER_SIZES',
    `[${where}] a is ${shapeText(a)} and b is ${shapeText(b)}, so a row of a has ${a.at(-1)} elements and a column of b has ${b.at(-2) ?? b[0]}. ` +
      'Make them equal, or transpose one operand.',
  )

export const matmulScalar = (where: string, a: Shape, b: Shape): GryphError =>
  new GryphError(
    'MATMUL_RANK',
    `[${where}] a is ${shapeText(a)} and b is ${shapeText(b)}. Both need at least one axis; use mul for scalars.`,
  )

export const convShape = (where: string, x: Shape, weight: Shape, groups: number, problem: string): GryphError =>
  new GryphError(
    'CONV_SHAPE',
    `[${where}] x is ${shapeText(x)} and the weight is ${shapeText(weight)}, with ${groups} ${groups === 1 ? 'group' : 'groups'}: ${problem}. Pass x as [n, channels, height, width] and the weight as [outputs, channels / groups, height, width].`,
  )

export const convBias = (where: string, bias: Shape, outputs: number): GryphError =>
  new GryphError(
    'CONV_SHAPE',
    `[${where}] the bias is ${shapeText(bias)}. Pass one number for each of the ${outputs} outputs.`,
  )

export const poolShape = (where: string, x: Shape, problem: string): GryphError =>
  new GryphError(
    'POOL_SHAPE',
    `[${where}] x is ${shapeText(x)}: ${problem}. Pass x as [n, channels, height, width], with windows that fit.`,
  )

export const windowOption = (where: string, name: string, given: unknown, least: number): GryphError =>
  new GryphError(
    'WINDOW_OPTION',
    `[${where}] ${name} is ${Array.isArray(given) ? `[${given.map(givenText).join(', ')}]` : givenText(given)}. Use a whole number of at least ${least}, or two of them for height and width.`,
  )

export const rankMismatch = (where: string, a: Shape, b: Shape): GryphError =>
  new GryphError(
    'SHAPE_MISMATCH',
    `[${where}] shapes ${shapeText(a)} and ${shapeText(b)} have different ranks. Make them equal.`,
  )

export const rankExpected = (where: string, what: string, shape: Shape, rank: number): GryphError =>
  new GryphError(
    'SHAPE_MISMATCH',
    `[${where}] ${what} has shape ${shapeText(shape)}. Pass one with ${rank} ${rank === 1 ? 'axis' : 'axes'}.`,
  )

export const emptyReduction = (where: string, shape: Shape): GryphError =>
  new GryphError(
    'REDUCE_EMPTY',
    `[${where}] shape ${shapeText(shape)} has no elements along the reduced axes, and ${where} of nothing is not defined. Reduce at least one element.`,
  )

export const nothingToJoin = (where: string): GryphError =>
  new GryphError('OPERANDS_MISSING', `[${where}] no tensors were given. Pass at least one.`)

export const numberDoesNotFit = (where: string, value: number, dtype: Dtype): GryphError =>
  new GryphError(
    'NUMBER_OUT_OF_RANGE',
    `[${where}] ${value} does not fit ${dtype}. Cast the tensor to a wider dtype first.`,
  )

export const operandInvalid = (where: string, given: unknown): GryphError =>
  new GryphError(
    'OPERAND_INVALID',
    `[${where}] an operand is ${describe(given)}. Pass a tensor, a number or a boolean.`,
  )

export const padWidths = (where: string, shape: Shape): GryphError =>
  new GryphError(
    'PAD_WIDTHS',
    `[${where}] the widths do not fit shape ${shapeText(shape)}. Pass one number, or one [before, after] per axis (${shape.length}), whole and not negative.`,
  )

export function labelsShape(where: string, logits: Shape, labels: TensorType): GryphError {
  const wanted = logits.slice(0, -1)
  const classesAtOne = logits.length > 2 && sameShape(logits.toSpliced(1, 1), labels.shape)
  const hint = sameShape(labels.shape, wanted)
    ? " These are floats: make class numbers of them with targets.cast('int32')."
    : classesAtOne
      ? ` Classes are the last axis: logits.permute([${[0, ...logits.keys()].toSpliced(1, 2).concat(1).join(', ')}]).`
      : ''
  return new GryphError(
    'SHAPE_MISMATCH',
    `[${where}] logits are ${shapeText(logits)} and targets are ${labels.dtype} ${shapeText(labels.shape)}. Pass class numbers of shape ${shapeText(wanted)}, int32 or uint8, or probabilities of the shape of the logits.${hint}`,
  )
}

export const classesExpected = (where: string, dtype: Dtype): GryphError =>
  new GryphError('SHAPE_MISMATCH', `[${where}] targets are ${dtype}. Pass class numbers, int32 or uint8.`)

export const normalizedShapeMismatch = (where: string, shape: Shape, normalized: unknown): GryphError =>
  new GryphError(
    'NORMALIZED_SHAPE',
    `[${where}] x is ${shapeText(shape)}, and normalizedShape is ${Array.isArray(normalized) ? shapeText(normalized as Shape) : givenText(normalized)}. Pass the sizes of the last axes of x.`, // only to be shown
  )

export const batchNormShape = (where: string, shape: Shape): GryphError =>
  new GryphError('BATCH_NORM_SHAPE', `[${where}] x is ${shapeText(shape)}. Pass it as [n, channels, ...].`)

export const batchTooSmall = (where: string, shape: Shape): GryphError =>
  new GryphError(
    'BATCH_TOO_SMALL',
    `[${where}] x is ${shapeText(shape)}, with fewer than two values per channel, which have no variance to train with. Use a larger batch, or eval().`,
  )

export const paddingIndex = (where: string, given: unknown, rows: number): GryphError =>
  optionValue(where, 'paddingIdx', given, `a whole number from ${-rows} to ${rows - 1}`)

export const attentionShapes = (where: string, query: Shape, key: Shape, value: Shape): GryphError =>
  new GryphError(
    'ATTENTION_SHAPE',
    `[${where}] query, key and value are ${shapeText(query)}, ${shapeText(key)} and ${shapeText(value)}. Pass [..., queries, features], [..., keys, features] and [..., keys, outputs].`,
  )

export const boundsCrossed = (where: string, lower: number, upper: number): GryphError =>
  new GryphError('RANGE_INVALID', `[${where}] the lower bound ${lower} is above the upper bound ${upper}. Swap them.`)

/** `known` are the names of all options of the call. */
export const optionUnknown = (where: string, name: string, known: readonly string[]): GryphError =>
  new GryphError('OPTION_UNKNOWN', `[${where}] there is no option ${JSON.stringify(name)}. Use ${list(known)}.`)

/** `wanted` completes "Use …". */
export const optionValue = (where: string, name: string, given: unknown, wanted: string): GryphError =>
  new GryphError('OPTION_INVALID', `[${where}] ${name} is ${givenText(given)}. Use ${wanted}.`)

export const optionsInvalid = (where: string, given: unknown, known: readonly string[]): GryphError =>
  new GryphError(
    'OPTION_INVALID',
    `[${where}] the options are ${givenText(given)}. Pass an object such as { ${known[0]}: … }, with ${list(known)}.`,
  )

function describe(given: unknown): string {
  if (given === null) return 'null'
  if (Array.isArray(given)) return 'an array'
  if (typeof given === 'object' && (given as { type?: unknown }).type !== undefined) return 'a tensor' // only to look for `type`
  if (typeof given === 'object') {
    const name = given.constructor?.name ?? 'none'
    return name === 'Object' ? 'an object' : `an object of class ${name}`
  }
  if (typeof given === 'number') return `the number ${given}`
  return typeof given === 'string' ? `the string ${JSON.stringify(given)}` : String(typeof given)
}

export const maskNotAlone = (where: string): GryphError =>
  new GryphError(
    'MASK_INVALID',
    `[${where}] a mask stands beside other ranges. Pass it alone; it may have fewer axes than the tensor.`,
  )

export const maskShape = (where: string, mask: Shape, shape: Shape): GryphError =>
  new GryphError(
    'MASK_INVALID',
    `[${where}] the mask has shape ${shapeText(mask)}, and the tensor ${shapeText(shape)}. Give it the sizes of the tensor's first axes.`,
  )

export const maskRead = (where: string): GryphError =>
  new GryphError(
    'MASK_INVALID',
    `[${where}] how many elements a mask takes depends on its values, so they have no shape. Read with where(mask, x, 0), or change them with set and add.`,
  )

export const severalIndexLists = (where: string): GryphError =>
  new GryphError(
    'INDICES_INVALID',
    `[${where}] two axes have tensors of indices. Give one of them, or single positions.`,
  )
