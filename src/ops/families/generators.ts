import { dtypes } from '../../base/dtype.ts'
import { elementCount } from '../../base/shape.ts'
import { reshape } from '../calls/reshape.ts'
import { scatterAdd } from '../calls/scatter.ts'
import { axisOutOfRange, indexRangeText, labelRangeText } from '../errors.ts'
import { placeRules } from '../padding/places.ts'
import type { GeneratorRecord } from '../record.ts'
import type { OpTable } from '../table.ts'
import { checkedShape, numbers, requireDtype } from '../operand-types.ts'

type AttrsOf<N extends keyof OpTable> = OpTable[N]['attrs']

export const generatorRecords = {
  iota: {
    kind: 'index',
    padding: placeRules.iota,
    infer: (_, { shape, axis, dtype }) => {
      requireDtype('iota', 'the dtype', dtype, numbers)
      if (!(axis in shape)) throw axisOutOfRange('iota', axis, shape)
      return { dtype, shape: checkedShape('iota', shape) }
    },
    lower: (k, { axis, dtype }) => k.cast(k.value(k.index(axis)), 'int32', dtype),
    vjp: 'not differentiable',
  } satisfies GeneratorRecord<AttrsOf<'iota'>>,

  oneHot: {
    kind: 'index',
    padding: placeRules.oneHot,
    infer: ([labels], { depth, dtype }) => {
      requireDtype('oneHot', 'the dtype of the labels', labels!.dtype, ['int32'])
      requireDtype('oneHot', 'the dtype', dtype, dtypes)
      return { dtype, shape: checkedShape('oneHot', [...labels!.shape, depth]) }
    },
    lower: (k, { depth, dtype }, { operands }) => {
      const rank = operands[0]!.shape.length
      const label = k.read(
        0,
        Array.from({ length: rank }, (_, axis) => k.index(axis)),
      )
      const inRange = k.op(
        'and',
        k.op('ge', label, k.constant(0, 'int32')),
        k.op('lt', label, k.constant(depth, 'int32')),
      )
      k.check(inRange, label, {
        code: 'LABEL_OUT_OF_RANGE',
        describe: (value) => labelRangeText('oneHot', value, depth),
      })
      return k.cast(k.op('eq', label, k.value(k.index(rank))), 'bool', dtype)
    },
    vjp: 'not differentiable',
    checks: true,
  } satisfies GeneratorRecord<AttrsOf<'oneHot'>>,

  /** Indices count from the end when negative; result shape x.shape[:axis] + indices.shape + x.shape[axis+1:]. */
  gather: {
    kind: 'gather',
    padding: placeRules.gather,
    infer: ([x, indices], { axis }) => {
      requireDtype('gather', 'the dtype of the indices', indices!.dtype, ['int32'])
      if (!(axis in x!.shape)) throw axisOutOfRange('gather', axis, x!.shape)
      const shape = [...x!.shape.slice(0, axis), ...indices!.shape, ...x!.shape.slice(axis + 1)]
      return { dtype: x!.dtype, shape: checkedShape('gather', shape) }
    },
    lower: (k, { axis }, { operands: [x, indices], result }) => {
      const size = x!.shape[axis]!
      const after = axis + indices!.shape.length
      const position = result.shape.map((_, i) => k.index(i))
      const given = k.read(1, position.slice(axis, after))
      const fromEnd = k.op('lt', given, k.constant(0, 'int32'))
      const index = k.op('select', fromEnd, k.op('add', given, k.constant(size, 'int32')), given)
      // One unsigned comparison covers both ends.
      const inRange = k.op('ltU', index, k.constant(size, 'int32'))
      k.check(inRange, given, {
        code: 'INDEX_OUT_OF_RANGE',
        describe: (value) => indexRangeText('gather', value, axis, size),
      })
      return k.read(0, [...position.slice(0, axis), k.computed(index), ...position.slice(after)])
    },
    vjp: ({ operands: [x, indices], cotangent, attrs: { axis } }) => {
      const shape = x!.type.shape
      const count = elementCount(indices!.type.shape)
      const updates = reshape(cotangent, [...shape.slice(0, axis), count, ...shape.slice(axis + 1)])
      return [scatterAdd(updates, reshape(indices!, [count]), axis, shape[axis]!), undefined]
    },
    checks: true,
  } satisfies GeneratorRecord<AttrsOf<'gather'>>,
}
