import { dtypes, isFloat, type Dtype } from '../../base/dtype.ts'
import { broadcastShapes, sameShape, type TensorType } from '../../base/shape.ts'
import { cast } from '../calls/cast.ts'
import { where } from '../calls/choice.ts'
import { sumTo } from '../calls/sum-to.ts'
import { shapeMismatch } from '../errors.ts'
import type { Value } from '../interpreter.ts'
import type { ElementwiseRecord } from '../record.ts'
import type { ScalarOp } from '../scalar-builder.ts'
import type { NoAttrs, OpTable } from '../table.ts'
import { binaryType, checkedShape, requireDtype, unaryType } from '../operand-types.ts'

/** Results of `like` with the dtype bool. */
const boolOf = (like: TensorType): TensorType => (like.dtype === 'bool' ? like : { dtype: 'bool', shape: like.shape })

/** False for a NaN on either side, except notEqual, which is true. Bools compare as 0 and 1. */
const comparison = (op: string, scalarOp: ScalarOp, commutative = false): ElementwiseRecord<NoAttrs> => ({
  kind: 'elementwise',
  infer: (operands) => boolOf(binaryType(op, operands, dtypes)),
  lower: (k, [a, b], _, { operands }) =>
    operands[0]!.dtype === 'bool'
      ? k.op(scalarOp, k.cast(a!, 'bool', 'int32'), k.cast(b!, 'bool', 'int32'))
      : k.op(scalarOp, a!, b!),
  vjp: 'not differentiable',
  commutative,
})

const logical = (op: string, scalarOp: ScalarOp): ElementwiseRecord<NoAttrs> => ({
  kind: 'elementwise',
  infer: (operands) => binaryType(op, operands, ['bool']),
  lower: (k, [a, b]) => k.op(scalarOp, a!, b!),
  vjp: 'not differentiable',
  commutative: true,
})

export const choiceRecords = {
  equal: comparison('equal', 'eq', true),
  notEqual: comparison('notEqual', 'ne', true),
  less: comparison('less', 'lt'),
  lessEqual: comparison('lessEqual', 'le'),
  greater: comparison('greater', 'gt'),
  greaterEqual: comparison('greaterEqual', 'ge'),
  logicalNot: {
    kind: 'elementwise',
    infer: (operands) => unaryType('logicalNot', operands, ['bool']),
    lower: (k, [x]) => k.op('not', x!),
    vjp: 'not differentiable',
  } satisfies ElementwiseRecord<NoAttrs>,
  logicalAnd: logical('logicalAnd', 'and'),
  logicalOr: logical('logicalOr', 'or'),
  logicalXor: logical('logicalXor', 'xor'),
  where: {
    kind: 'elementwise',
    infer: ([condition, ...branches]) => {
      requireDtype('where', 'the condition', condition!.dtype, ['bool'])
      const branch = binaryType('where', branches, dtypes)
      if (sameShape(condition!.shape, branch.shape)) return branch
      const shape = broadcastShapes(condition!.shape, branch.shape)
      if (!shape) throw shapeMismatch('where', condition!.shape, branch.shape)
      return sameShape(shape, branch.shape) ? branch : { dtype: branch.dtype, shape: checkedShape('where', shape) }
    },
    lower: (k, [condition, a, b]) => k.op('select', condition!, a!, b!),
    vjp: ({ operands, cotangent, needs }) => {
      const [condition, a, b] = operands as readonly [Value, Value, Value] // by arity
      return [
        undefined,
        needs?.(1) === false ? undefined : sumTo(where(condition, cotangent, 0), a.type.shape),
        needs?.(2) === false ? undefined : sumTo(where(condition, 0, cotangent), b.type.shape),
      ]
    },
  } satisfies ElementwiseRecord<NoAttrs>,
  cast: {
    kind: 'elementwise',
    infer: ([x], { dtype }) => {
      requireDtype('cast', 'the dtype', dtype, dtypes)
      return x!.dtype === dtype ? x! : { dtype, shape: x!.shape }
    },
    lower: (k, [x], { dtype }, { operands }) => k.cast(x!, operands[0]!.dtype, dtype),
    vjp: ({ operands, result, cotangent }) => {
      const from: Dtype = operands[0]!.type.dtype
      return [isFloat(from) && isFloat(result.type.dtype) ? cast(cotangent, from) : undefined]
    },
  } satisfies ElementwiseRecord<OpTable['cast']['attrs']>,
}
