import { isFloat, promote, type Dtype } from '../../base/dtype.ts'
import { sameShape, type Shape } from '../../base/shape.ts'
import {
  nothingToJoin,
  numberDoesNotFit,
  operandInvalid,
  padWidths,
  rangeInvalid,
  sizesDiffer,
  tensorsExpected,
} from '../errors.ts'
import { currentInterpreter, type Value } from '../interpreter.ts'
import { normalizeAxis } from './axes.ts'
import { cast } from './cast.ts'
import { fits, isValue, settled, unify, valueOf, type Operand } from './operands.ts'
import { placeInto } from './place.ts'
import { expandDims } from './reshape.ts'

/**
 * Tensors one after another along an existing axis; the other axes have equal sizes, dtypes are promoted.
 *
 * @throws GryphError SHAPE_MISMATCH when another axis differs in size
 */
export function concat(tensors: readonly Value[], axis = 0): Value {
  if (!Array.isArray(tensors)) throw tensorsExpected('concat', tensors)
  const odd = tensors.find((tensor) => !isValue(tensor))
  if (odd !== undefined) throw operandInvalid('concat', odd)
  const [first] = tensors
  if (!first) throw nothingToJoin('concat')
  const along = normalizeAxis('concat', axis, first.type.shape)
  return joined(sameDtype(tensors), along)
}

/**
 * Tensors of one shape one after another along a new axis; dtypes are promoted, and plain numbers alone become float32.
 *
 * @param axis of the result
 * @throws GryphError SHAPE_MISMATCH when shapes differ
 */
export function stack(tensors: readonly Operand[], axis = 0): Value {
  if (!Array.isArray(tensors)) throw tensorsExpected('stack', tensors)
  const values = unify('stack', tensors as readonly Operand[], 'any').map(settled) // isArray gives any[]
  const [first] = values
  if (!first) throw nothingToJoin('stack')
  const along = normalizeAxis('stack', axis, [...first.type.shape, 1])
  const odd = values.find((value) => !sameShape(value.type.shape, first.type.shape))
  if (odd) throw sizesDiffer('stack', 'shapes', first.type.shape, odd.type.shape)
  return concat(
    values.map((value) => expandDims(value, along)),
    along,
  )
}

/** An engine takes about 1000 parameters of a function, and a kernel has one for each tensor. */
const largestJoin = 256

function joined(values: readonly Value[], axis: number): Value {
  if (values.length === 1) return values[0]!
  if (values.length <= largestJoin) return currentInterpreter().apply('concat', values, { axis })
  const parts = Array.from({ length: Math.ceil(values.length / largestJoin) }, (_, i) =>
    joined(values.slice(i * largestJoin, (i + 1) * largestJoin), axis),
  )
  return joined(parts, axis)
}

/** How many elements to add at both ends of every axis, or before and after each axis. */
export type PadWidths = number | readonly (readonly [before: number, after: number])[]

/**
 * `x` framed by `value`.
 *
 * @param widths one number for all ends, or one [before, after] per axis
 * @throws GryphError PAD_WIDTHS unless the widths are whole, not negative, and one pair per axis
 * @example pad(ones([2]), [[1, 2]]) // [0, 1, 1, 0, 0]
 */
export function pad(x: Operand, widths: PadWidths, value = 0): Value {
  const tensor = valueOf('pad', x)
  const { shape, dtype } = tensor.type
  const pairs = widthPairs(shape, widths)
  if (typeof value !== 'number') throw rangeInvalid('pad', 'the value', value)
  if (!isFloat(dtype) && !(Number.isInteger(value) && fits(value, dtype))) throw numberDoesNotFit('pad', value, dtype)
  const padded = shape.map((size, axis) => size + pairs[axis]![0] + pairs[axis]![1])
  return placeInto(
    tensor,
    padded,
    pairs.map(([before]) => before),
    shape.map(() => 1),
    value,
  )
}

function widthPairs(shape: Shape, widths: PadWidths): readonly (readonly [number, number])[] {
  const pairs = typeof widths === 'number' ? shape.map(() => [widths, widths] as const) : widths
  const isWidth = (width: unknown): boolean => Number.isInteger(width) && Number(width) >= 0
  if (
    !Array.isArray(pairs) ||
    pairs.length !== shape.length ||
    !pairs.every((pair: readonly unknown[]) => pair.length === 2 && pair.every(isWidth))
  ) {
    throw padWidths('pad', shape)
  }
  return pairs as readonly (readonly [number, number])[] // checked above
}

function sameDtype(values: readonly Value[]): readonly Value[] {
  const dtype = values.reduce<Dtype | undefined>(
    (joint, { type }) => (joint ? promote(joint, type.dtype) : type.dtype),
    undefined,
  )
  return values.every((value) => value.type.dtype === dtype) ? values : values.map((value) => cast(value, dtype!))
}
