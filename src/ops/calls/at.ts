import { elementCount, sameShape, type Shape } from '../../base/shape.ts'
import {
  maskNotAlone,
  maskRead,
  maskShape,
  severalIndexLists,
  sliceBound,
  sliceRanges,
  sliceTooManyRanges,
} from '../errors.ts'
import type { Value } from '../interpreter.ts'
import { numbers, requireDtype, wideNumbers } from '../operand-types.ts'
import type { Block } from '../table.ts'
import { add } from './arithmetic.ts'
import { checkedIndex, readBlock, writeBlock } from './block.ts'
import { where } from './choice.ts'
import { asIndices, gather } from './gather.ts'
import { askNumbers, isValue, storedAs, type Operand } from './operands.ts'
import { reshape, spreadTo } from './reshape.ts'
import { scatterRows } from './scatter.ts'
import { type AxisRange, rangeOfAxis } from './slice.ts'

/**
 * What to take along one axis: as in `slice`; or integers in a tensor, known when the program runs. One of them takes the axis away, more
 * stand in its place. A bool tensor alone is a mask over the first axes.
 */
export type AtRange = AxisRange | Value

/** The elements at a place. @throws GryphError INDEX_OUT_OF_RANGE, SLICE_INVALID, MASK_INVALID */
export function readAt(x: Value, ranges: readonly AtRange[]): Value {
  if (maskIn(x, ranges)) throw maskRead('at')
  const { sizes, shifts, block, list, shape } = placeOf(x, ranges)
  const part = readBlock(x, sizes, shifts, block)
  return reshape(list ? gather(part, reshape(list.indices, [-1]), list.axis) : part, shape)
}

/** The last step of a change at a place: a new tensor, or the same one changed. */
export interface PlaceWriter {
  readonly writeBlock: typeof writeBlock
  readonly scatterRows: typeof scatterRows
}
const pureWriter: PlaceWriter = { writeBlock, scatterRows }

/** `x` with the elements at a place replaced by `value`, or with it added to them; indices that repeat add each time, and set the last. */
export function writeAt(
  x: Value,
  ranges: readonly AtRange[],
  value: Operand,
  combine: 'set' | 'add',
  writer = pureWriter,
): Value {
  if (combine === 'add') requireDtype('at', 'the dtype of what is added to', x.type.dtype, numbers)
  const given = storedAs('at', value, x.type.dtype)
  const mask = maskIn(x, ranges)
  if (mask)
    return where(
      mask,
      combine === 'set' ? spreadTo('at', given, x.type.shape) : add(x, spreadTo('at', given, x.type.shape)),
      x,
    )
  const { sizes, shifts, block, list, shape } = placeOf(x, ranges)
  const spread = spreadTo('at', given, shape)
  if (!list) {
    const part = reshape(spread, sizes)
    return writer.writeBlock(x, combine === 'set' ? part : add(readBlock(x, sizes, shifts, block), part), shifts, block)
  }
  const { axis, indices } = list
  if (combine === 'add') requireDtype('at', 'the dtype of what is added to', x.type.dtype, wideNumbers)
  const flat = reshape(checkedIndex(indices, axis, x.type.shape[axis]!), [-1])
  const updates = reshape(spread, sizes.with(axis, elementCount(indices.type.shape)))
  const part = readBlock(x, sizes, shifts, block)
  if (part === x) return writer.scatterRows(x, updates, flat, axis, combine)
  return writer.writeBlock(x, scatterRows(part, updates, flat, axis, combine), shifts, block)
}

/** The mask with an axis for each of `x`. */
function maskIn(x: Value, ranges: readonly AtRange[]): Value | undefined {
  const mask = ranges.find((range): range is Value => isValue(range) && range.type.dtype === 'bool')
  if (!mask) return undefined
  if (ranges.length > 1) throw maskNotAlone('at')
  const { shape } = mask.type
  if (!sameShape(shape, x.type.shape.slice(0, shape.length))) throw maskShape('at', shape, x.type.shape)
  return reshape(mask, [...shape, ...x.type.shape.slice(shape.length).map(() => 1)])
}

interface Place {
  /** Of the block, in which the axis of `list` is whole. */
  readonly sizes: Shape
  readonly shifts: readonly Value[]
  readonly block: Block
  readonly list: { readonly axis: number; readonly indices: Value } | undefined
  /** Of what is read there. */
  readonly shape: Shape
}

function placeOf(x: Value, ranges: readonly AtRange[]): Place {
  const whole = x.type.shape
  if (ranges.length > whole.length) throw sliceTooManyRanges('at', ranges.length, whole)
  const [starts, sizes, steps, axes] = [[], [], [], []] as [number[], number[], number[], number[]] // four
  const [shifts, shape]: [Value[], number[]] = [[], []]
  let list: Place['list']
  whole.forEach((length, axis) => {
    const range = ranges[axis]
    if (isValue(range) && range.weak) {
      const fraction = askNumbers('is a whole number', [range], (number) => Number.isInteger(number) || number)
      if (typeof fraction === 'number') throw sliceBound('at', axis, 'position', fraction)
    }
    const indices = isValue(range) ? asIndices('at', range) : undefined
    if (indices) requireDtype('at', 'the dtype of the indices', indices.type.dtype, ['int32'])
    const isList = indices !== undefined && indices.type.shape.length > 0
    if (isList && list) throw severalIndexLists('at')
    if (typeof range === 'object' && range !== null && !indices && !Array.isArray(range)) throw sliceRanges('at', range)
    const part = rangeOfAxis('at', axis, length, indices ? null : (range as AxisRange | undefined)) // the others
    starts.push(part.start)
    steps.push(part.step)
    sizes.push(indices && !isList ? 1 : part.size)
    if (isList) shape.push(...indices.type.shape)
    else if (!indices && !part.isDropped) shape.push(part.size)
    if (isList) list = { axis, indices }
    else if (indices) {
      axes.push(axis)
      shifts.push(checkedIndex(indices, axis, length))
    }
  })
  return { sizes, shifts, block: { starts, steps, axes }, list, shape }
}
