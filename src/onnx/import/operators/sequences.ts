import { concat, stack } from '../../../frontend/functions/structure.ts'
import { integers, Constant } from '../constant.ts'
import { Sequence, type NodeCall, type NodeResult, type NodeValue, type OperatorTable } from '../node-call.ts'
import { partsOf } from './shapes.ts'

const placeIn = (call: NodeCall, items: readonly NodeValue[], input: number, isEndAllowed: boolean): number => {
  const given = call.number(input)
  const place = given < 0 ? given + items.length : given
  if (place < 0 || place > items.length - (isEndAllowed ? 0 : 1))
    throw call.failed(`there is no place ${given} in a sequence of ${items.length}`)
  return place
}

function inserted(call: NodeCall): Sequence {
  const items = call.sequence(0)
  const place = call.has(2) ? placeIn(call, items, 2, true) : items.length
  return new Sequence(items.toSpliced(place, 0, call.value(1)))
}

function erased(call: NodeCall): Sequence {
  const items = call.sequence(0)
  return new Sequence(items.toSpliced(call.has(1) ? placeIn(call, items, 1, false) : items.length - 1, 1))
}

function joined(call: NodeCall): NodeValue {
  const tensors = call.sequence(0).map((item) => {
    if (item instanceof Sequence) throw call.failed('a sequence lies in the sequence')
    return item instanceof Constant ? item.tensor() : item
  })
  const [first] = tensors
  if (!first) throw call.failed('the sequence is empty')
  const isNew = call.int('new_axis', 0) === 1
  const axis = call.axis(call.int('axis'), first.rank + (isNew ? 1 : 0))
  return isNew ? stack(tensors, axis) : concat(tensors, axis)
}

function cut(call: NodeCall): Sequence {
  const x = call.tensor(0)
  const axis = call.axis(call.int('axis', 0), x.rank)
  const length = x.shape[axis]!
  const given = call.has(1) ? call.numbers(1) : [1]
  const isEven = !call.has(1) || call.shape(1).length === 0
  const size = given[0] ?? 0
  if (isEven && size < 1) throw call.failed(`parts of ${size} elements`)
  const sizes = isEven
    ? Array.from({ length: Math.ceil(length / size) }, (_, i) => Math.min(size, length - i * size))
    : given
  if (sizes.some((each) => each < 0) || sizes.reduce((sum, each) => sum + each, 0) !== length)
    throw call.failed(`parts of ${sizes.join(', ')} are not ${length}`)
  const parts = partsOf(x, axis, sizes)
  const isSqueezed = !call.has(1) && call.int('keepdims', 1) === 0
  return new Sequence(isSqueezed ? parts.map((part) => part.squeeze(axis)) : parts)
}

function mapped(call: NodeCall): NodeResult {
  const [first, ...others] = call.inputs
  if (!(first instanceof Sequence)) throw call.failed('input 0 is no sequence')
  const body = call.graph('body')
  const results = first.items.map((item, i) =>
    call.run.runGraph(body, [
      item,
      ...others.map((other) => {
        const value = other instanceof Sequence ? other.items[i] : other
        if (value === undefined) throw call.failed('the sequences differ in length')
        return value
      }),
    ]),
  )
  return body.outputs.map((_, i) => new Sequence(results.map((result) => result[i]!)))
}

export const sequenceOperators: OperatorTable = {
  ConcatFromSequence: joined,
  SequenceAt: (call) => call.sequence(0)[placeIn(call, call.sequence(0), 1, false)]!,
  SequenceConstruct: (call) => new Sequence(call.inputs.map((_, i) => call.value(i))),
  SequenceEmpty: () => new Sequence([]),
  SequenceErase: erased,
  SequenceInsert: inserted,
  SequenceLength: (call) => integers([call.sequence(0).length], []),
  SequenceMap: mapped,
  SplitToSequence: cut,
}
