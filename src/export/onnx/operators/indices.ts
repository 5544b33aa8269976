import { elementCount } from '../../../base/shape.ts'
import type { OpTable } from '../../../ops/table.ts'
import { int, text, type GraphWriter, type Ref } from '../graph-writer.ts'
import type { Operator, OperatorsOf, Refusal } from './operator.ts'
import { sliced } from './views.ts'

type AttrsOf<N extends keyof OpTable> = OpTable[N]['attrs']

const random: Refusal = {
  why: 'draws random numbers',
  remedy:
    'Pass them as an argument, or export the function in eval mode: ONNX has no generator that gives the same ones',
}

const counted = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

const iota: Operator<AttrsOf<'iota'>> = (writer, { attrs: { axis }, result }) => {
  const { elementType, shape } = result
  const count = shape[axis]!
  const line = writer.constant({ elementType, shape: shape.map((_, i) => (i === axis ? count : 1)) }, counted(count))
  return elementCount(shape) === count ? line : writer.node('Expand', [line, writer.ints(shape)], result)
}

/** A label that is no class is no error here: its row is all zeros. */
const oneHot: Operator<AttrsOf<'oneHot'>> = (writer, { operands: [labels], attrs: { depth }, result }) => {
  const column = writer.reshape(labels!, [...labels!.shape, 1])
  const classes = writer.constant({ elementType: 'int32', shape: [depth] }, counted(depth))
  const isClass = writer.node('Equal', [column, classes], { elementType: 'bool', shape: result.shape })
  return writer.cast(isClass, result.elementType)
}

/** Each row of updates needs the indices of all its elements. */
function scattered(
  writer: GraphWriter,
  x: Ref,
  updates: Ref,
  indices: Ref,
  { axis, combine }: AttrsOf<'scatter'>,
): Ref {
  if (elementCount(updates.shape) === 0) return x
  const { shape } = updates
  const along = writer.reshape(
    indices,
    shape.map((size, i) => (i === axis ? size : 1)),
  )
  const places = writer.node('Expand', [along, writer.ints(shape)], { elementType: 'int32', shape })
  return writer.node('ScatterElements', [x, places, updates], x, {
    axis: int(axis),
    ...(combine === 'add' ? { reduction: text('add') } : {}),
  })
}

/** Along axes with a place known when the model runs, elements are gathered: a slice with steps backwards could not end before the first one. */
const dynamicSlice: Operator<AttrsOf<'dynamicSlice'>> = (writer, { operands, attrs }) => {
  const [x, ...shifts] = operands as readonly [Ref, ...Ref[]] // by arity
  const { starts, sizes, steps, axes } = attrs
  const isMoving = sizes.map((_, axis) => axes.includes(axis))
  const still = sliced(
    writer,
    x,
    starts.map((start, axis) => (isMoving[axis] ? 0 : start)),
    sizes.map((size, axis) => (isMoving[axis] ? x.shape[axis]! : size)),
    steps.map((step, axis) => (isMoving[axis] ? 1 : step)),
  )
  return axes.reduce((part, axis, i) => {
    const size = sizes[axis]!
    const places = writer.constant(
      { elementType: 'int32', shape: [size] },
      counted(size).map((at) => starts[axis]! + at * steps[axis]!),
    )
    const isAtShift = size === 1 && starts[axis] === 0
    const moved = isAtShift
      ? writer.reshape(shifts[i]!, [1])
      : writer.node('Add', [places, shifts[i]], { elementType: 'int32', shape: [size] })
    const type = { elementType: part.elementType, shape: part.shape.with(axis, size) }
    return writer.node('Gather', [part, moved], type, { axis: int(axis) })
  }, still)
}

/** The block's places along the axes that it does not take whole, one list of coordinates for each. */
const setSlice: Operator<AttrsOf<'setSlice'>> = (writer, { operands, attrs, result }) => {
  const [x, value, ...places] = operands as readonly [Ref, Ref, ...Ref[]] // by arity
  const { starts, steps, axes } = attrs
  const sizes = value.shape
  if (elementCount(sizes) === 0) return x
  const isWhole = sizes.map(
    (size, axis) => size === x.shape[axis] && starts[axis] === 0 && steps[axis] === 1 && !axes.includes(axis),
  )
  const depth = isWhole.lastIndexOf(false) + 1
  if (depth === 0) return value
  const outer = sizes.slice(0, depth)
  const coordinates = counted(elementCount(outer)).flatMap((place) => {
    let rest = place
    return outer
      .toReversed()
      .map((size, i) => {
        const axis = depth - 1 - i
        const at = rest % size
        rest = (rest - at) / size
        return starts[axis]! + at * steps[axis]!
      })
      .toReversed()
  })
  const indexType = { elementType: 'int64', shape: [...outer, depth] } as const
  let indices = writer.constant(indexType, coordinates)
  if (axes.length > 0) {
    const zero = writer.ints([0])
    const shiftOf = (axis: number): Ref => {
      const i = axes.indexOf(axis)
      return i < 0 ? zero : writer.reshape(writer.cast(places[i]!, 'int64'), [1])
    }
    const shifts = outer.map((_, axis) => shiftOf(axis))
    const shift =
      depth === 1
        ? shifts[0]!
        : writer.node('Concat', shifts, { elementType: 'int64', shape: [depth] }, { axis: int(0) })
    indices = writer.node('Add', [indices, shift], indexType)
  }
  return writer.node('ScatterND', [x, indices, value], result)
}

const checkedIndex: Operator<AttrsOf<'checkedIndex'>> = (writer, { operands: [index], attrs: { size }, result }) => {
  const isFromEnd = writer.node('Less', [index, writer.scalar('int32', 0)], { ...result, elementType: 'bool' })
  const fromStart = writer.node('Add', [index, writer.scalar('int32', size)], result)
  return writer.node('Where', [isFromEnd, fromStart, index], result)
}

/** A model cannot stop: what was asserted is a value like any other. */
const assertion: Operator<AttrsOf<'assertion'>> = (writer, { operands: [x], attrs: { test }, result }) => {
  if (test === 'true') return x!
  const { elementType, shape } = x!
  if (test === 'finite') {
    const size = writer.node('Abs', [x], { elementType, shape })
    return writer.node('Less', [size, writer.scalar(elementType, Infinity)], result)
  }
  return writer.node('Not', [writer.node('Equal', [x, writer.scalar(elementType, 0)], result)], result)
}

export const indexOperators: OperatorsOf<
  | 'iota'
  | 'oneHot'
  | 'gather'
  | 'assertion'
  | 'dynamicSlice'
  | 'checkedIndex'
  | 'random'
  | 'scatterAdd'
  | 'setSlice'
  | 'scatter'
  | 'permutation'
> = {
  iota,
  oneHot,
  gather: (writer, { operands, attrs: { axis }, result }) =>
    writer.node('Gather', operands, result, { axis: int(axis) }),
  assertion,
  dynamicSlice,
  checkedIndex,
  random,
  scatterAdd: (writer, { operands: [updates, indices], attrs: { axis }, result }) =>
    scattered(writer, writer.filled(result, 0), updates!, indices!, { axis, combine: 'add' }),
  setSlice,
  scatter: (writer, { operands: [x, updates, indices], attrs }) => scattered(writer, x!, updates!, indices!, attrs),
  permutation: random,
}
