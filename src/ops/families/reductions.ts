import type { Dtype } from '../../base/dtype.ts'
import { elementCount, reducedShape, type Shape } from '../../base/shape.ts'
import { mul } from '../calls/arithmetic.ts'
import { cast } from '../calls/cast.ts'
import { where } from '../calls/choice.ts'
import { equal } from '../calls/comparison.ts'
import { div } from '../calls/math.ts'
import { productOfOthers } from '../calls/product-of-others.ts'
import { sum } from '../calls/reduce.ts'
import { broadcastTo, reshape } from '../calls/reshape.ts'
import { axisOutOfRange, axisRepeated, emptyReduction } from '../errors.ts'
import type { Value } from '../interpreter.ts'
import { reductionRule } from '../padding/sums.ts'
import type { ReductionRecord, Vjp } from '../record.ts'
import type { OpTable } from '../table.ts'
import { numbers, unaryType, wideNumbers } from '../operand-types.ts'

type ReduceAttrs = OpTable['sum']['attrs']

/** `x` with the reduced axes back as size 1. */
const withAxes = (x: Value, operand: Shape, axes: readonly number[]): Value =>
  reshape(x, reducedShape(operand, axes, true))

const reduction = (
  op: string,
  combine: ReductionRecord<ReduceAttrs>['combine'],
  accepted: readonly Dtype[],
  vjp: Vjp<ReduceAttrs>,
): ReductionRecord<ReduceAttrs> => ({
  kind: 'reduction',
  combine,
  padding: reductionRule(combine),
  infer: (operands, { axes, keepDims }) => {
    const { dtype, shape } = unaryType(op, operands, accepted)
    axes.forEach((axis, i) => {
      if (!(axis in shape)) throw axisOutOfRange(op, axis, shape)
      if (i > 0 && axis <= axes[i - 1]!) throw axisRepeated(op, axes)
    })
    if (isExtreme(combine) && elementCount(axes.map((axis) => shape[axis]!)) === 0) throw emptyReduction(op, shape)
    return { dtype, shape: reducedShape(shape, axes, keepDims) }
  },
  axes: ({ axes }) => axes,
  vjp,
})

const isExtreme = (combine: string): boolean => combine === 'max' || combine === 'min'

/** Elements that tie for the extreme share the cotangent equally, as in PyTorch. */
const toExtremes: Vjp<ReduceAttrs> = ({ operands: [x], result, cotangent, attrs: { axes } }) => {
  const shape = x!.type.shape
  const attains = equal(x!, withAxes(result, shape, axes))
  const ties = sum(cast(attains, x!.type.dtype), axes, true)
  return [where(attains, div(withAxes(cotangent, shape, axes), ties), 0)]
}

export const reductionRecords = {
  sum: reduction('sum', 'add', wideNumbers, ({ operands: [x], cotangent, attrs: { axes } }) => [
    broadcastTo(withAxes(cotangent, x!.type.shape, axes), x!.type.shape),
  ]),
  prod: reduction('prod', 'mul', wideNumbers, ({ operands: [x], cotangent, attrs: { axes } }) => [
    mul(withAxes(cotangent, x!.type.shape, axes), productOfOthers(x!, axes)),
  ]),
  max: reduction('max', 'max', numbers, toExtremes),
  min: reduction('min', 'min', numbers, toExtremes),
}
