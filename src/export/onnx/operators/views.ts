import type { OpTable } from '../../../ops/table.ts'
import { int, ints, type GraphWriter, type Ref } from '../graph-writer.ts'
import { inInt32, type Operator, type OperatorsOf } from './operator.ts'

type AttrsOf<N extends keyof OpTable> = OpTable[N]['attrs']

/** Elements starts + i·steps, `sizes` of them along each axis. */
export function sliced(
  writer: GraphWriter,
  x: Ref,
  starts: readonly number[],
  sizes: readonly number[],
  steps: readonly number[],
): Ref {
  const axes = sizes.flatMap((size, axis) =>
    starts[axis] === 0 && steps[axis] === 1 && size === x.shape[axis] ? [] : [axis],
  )
  if (axes.length === 0) return x
  // Before the first element, −1 would be the last one.
  const ends = axes.map((axis) => {
    const size = sizes[axis]!
    if (size === 0) return starts[axis]!
    const last = starts[axis]! + (size - 1) * steps[axis]!
    return steps[axis]! > 0 ? last + 1 : last === 0 ? -(2 ** 31) : last - 1
  })
  const lists = [axes.map((axis) => starts[axis]!), ends, axes, axes.map((axis) => steps[axis]!)]
  return writer.node('Slice', [x, ...lists.map((list) => writer.ints(list))], {
    elementType: x.elementType,
    shape: sizes,
  })
}

/** `x` at `starts` of a tensor of `shape` that has `value` elsewhere, its elements `steps` apart. */
export function padded(writer: GraphWriter, x: Ref, { shape, starts, steps, value }: AttrsOf<'pad'>): Ref {
  const zero = shape.map(() => 0)
  const isBackwards = steps.map((step, axis) => step < 0 && x.shape[axis]! > 1)
  let spread = isBackwards.includes(true)
    ? sliced(
        writer,
        x,
        x.shape.map((size, axis) => (isBackwards[axis] ? size - 1 : 0)),
        x.shape,
        isBackwards.map((backwards) => (backwards ? -1 : 1)),
      )
    : x
  const fill = writer.scalar(x.elementType, value)
  const pad = (of: Ref, before: readonly number[], after: readonly number[]): Ref => {
    if ([...before, ...after].every((count) => count === 0)) return of
    const type = { elementType: of.elementType, shape: of.shape.map((size, i) => before[i]! + size + after[i]!) }
    return writer.node('Pad', [of, writer.ints([...before, ...after]), fill], type)
  }
  // Along an axis of its own each element gets its gap; the last one's may be cut off below.
  x.shape.forEach((size, axis) => {
    const step = Math.abs(steps[axis]!)
    if (step === 1 || size < 2) return
    const apart = writer.reshape(spread, spread.shape.toSpliced(axis + 1, 0, 1))
    const gapped = pad(
      apart,
      apart.shape.map(() => 0),
      apart.shape.map((_, i) => (i === axis + 1 ? step - 1 : 0)),
    )
    spread = writer.reshape(gapped, spread.shape.with(axis, size * step))
  })
  const before = zero.map((_, axis) => {
    const size = x.shape[axis]!
    return isBackwards[axis] ? starts[axis]! + (size - 1) * steps[axis]! : starts[axis]!
  })
  return pad(
    spread,
    before,
    shape.map((size, axis) => size - before[axis]! - spread.shape[axis]!),
  )
}

/** No two operands have an element at one place, so what they are padded with may be added. */
const assemble: Operator<AttrsOf<'assemble'>> = (writer, { operands, attrs: { shape, starts, steps }, result }) => {
  const places = (i: number) => ({ shape, starts: starts[i]!, steps: steps[i]!, value: 0 })
  if (result.elementType === 'bool')
    return operands
      .map((operand, i) => padded(writer, operand, places(i)))
      .reduce((a, b) => writer.node('Or', [a, b], result))
  return inInt32((inner, { operands: given, result: sum }) =>
    given.map((operand, i) => padded(inner, operand, places(i))).reduce((a, b) => inner.node('Add', [a, b], sum)),
  )(writer, { operands, attrs: {}, result })
}

export const viewOperators: OperatorsOf<
  'reshape' | 'permute' | 'broadcastTo' | 'slice' | 'concat' | 'pad' | 'assemble'
> = {
  reshape: (writer, { operands: [x], attrs: { shape } }) => writer.reshape(x!, shape),
  permute: (writer, { operands: [x], attrs: { axes }, result }) =>
    axes.every((axis, i) => axis === i) ? x! : writer.node('Transpose', [x], result, { perm: ints(axes) }),
  broadcastTo: (writer, { operands: [x], attrs: { shape }, result }) =>
    x!.shape.length === shape.length && x!.shape.every((size, axis) => size === shape[axis])
      ? x!
      : writer.node('Expand', [x, writer.ints(shape)], result),
  slice: (writer, { operands: [x], attrs: { starts, sizes, steps } }) => sliced(writer, x!, starts, sizes, steps),
  concat: (writer, { operands, attrs: { axis }, result }) =>
    operands.length === 1 ? operands[0]! : writer.node('Concat', operands, result, { axis: int(axis) }),
  pad: (writer, { operands: [x], attrs }) => padded(writer, x!, attrs),
  assemble,
}
