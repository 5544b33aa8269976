import { isFloat } from '../../base/dtype.ts'
import { sameShape } from '../../base/shape.ts'
import { gather } from '../calls/gather.ts'
import { sliceParts, sliceSteps } from '../calls/place.ts'
import {
  axisOutOfRange,
  dtypeMismatch,
  indexRangeText,
  nothingToJoin,
  numberDoesNotFit,
  rankExpected,
  rankMismatch,
  sizesDiffer,
  sliceAttrs,
} from '../errors.ts'
import type { OpaqueRecord } from '../record.ts'
import type { OpTable } from '../table.ts'
import { checkedShape, requireDtype, wideNumbers } from '../operand-types.ts'

type AttrsOf<N extends keyof OpTable> = OpTable[N]['attrs']

export const joiningRecords = {
  concat: {
    kind: 'opaque',
    infer: (operands, { axis }) => {
      const [first, ...rest] = operands
      if (!first) throw nothingToJoin('concat')
      if (!(axis in first.shape)) throw axisOutOfRange('concat', axis, first.shape)
      const sizes = [...first.shape]
      for (const { dtype, shape } of rest) {
        if (dtype !== first.dtype) throw dtypeMismatch('concat', first.dtype, dtype)
        if (shape.length !== sizes.length) throw rankMismatch('concat', first.shape, shape)
        if (shape.some((size, i) => i !== axis && size !== sizes[i])) {
          throw sizesDiffer('concat', `shapes, but for axis ${axis},`, first.shape, shape)
        }
        sizes[axis]! += shape[axis]!
      }
      return { dtype: first.dtype, shape: checkedShape('concat', sizes) }
    },
    lower: (k, { axis }, { operands, result }) => {
      const steps = result.shape.map(() => 1)
      let start = 0
      operands.forEach(({ shape }, operand) => {
        k.copyInto(
          operand,
          result.shape.map((_, i) => (i === axis ? start : 0)),
          steps,
        )
        start += shape[axis]!
      })
    },
    vjp: ({ operands, cotangent, attrs: { axis } }) =>
      sliceParts(
        cotangent,
        axis,
        operands.map((operand) => operand.type.shape[axis]!),
      ),
  } satisfies OpaqueRecord<AttrsOf<'concat'>>,

  /** Operand element i is at starts + i·steps of the result; the rest is `value`. */
  pad: {
    kind: 'opaque',
    infer: ([x], { shape, starts, steps, value }) => {
      if (shape.length !== x!.shape.length || starts.length !== shape.length || steps.length !== shape.length) {
        throw rankMismatch('pad', x!.shape, shape)
      }
      x!.shape.forEach((size, axis) => {
        const last = starts[axis]! + (size - 1) * steps[axis]!
        const inside =
          size === 0 || (starts[axis]! >= 0 && starts[axis]! < shape[axis]! && last >= 0 && last < shape[axis]!)
        if (!inside || steps[axis] === 0) throw sliceAttrs('pad', axis, shape)
      })
      if (!isFloat(x!.dtype) && !Number.isInteger(value)) throw numberDoesNotFit('pad', value, x!.dtype)
      return { dtype: x!.dtype, shape: checkedShape('pad', shape) }
    },
    lower: (k, { starts, steps, value }) => {
      k.fill(value)
      k.copyInto(0, starts, steps)
    },
    vjp: ({ operands: [x], cotangent, attrs: { starts, steps } }) => [
      sliceSteps(cotangent, starts, x!.type.shape, steps),
    ],
  } satisfies OpaqueRecord<AttrsOf<'pad'>>,

  /** Sums updates that go to the same place; indices are 1-D and count from the end when negative. The adjoint of gather. */
  scatterAdd: {
    kind: 'opaque',
    infer: ([updates, indices], { axis, size }) => {
      requireDtype('scatterAdd', 'the dtype of the indices', indices!.dtype, ['int32'])
      requireDtype('scatterAdd', 'the dtype of the updates', updates!.dtype, wideNumbers)
      if (indices!.shape.length !== 1) throw rankExpected('scatterAdd', 'the indices', indices!.shape, 1)
      if (!(axis in updates!.shape)) throw axisOutOfRange('scatterAdd', axis, updates!.shape)
      const along = [updates!.shape[axis]!]
      if (!sameShape(along, indices!.shape))
        throw sizesDiffer('scatterAdd', `axis ${axis} of the updates and the indices`, along, indices!.shape)
      return {
        dtype: updates!.dtype,
        shape: checkedShape(
          'scatterAdd',
          updates!.shape.map((n, i) => (i === axis ? size : n)),
        ),
      }
    },
    lower: (k, { axis, size }) => {
      k.fill(0)
      k.scatterAdd(0, 1, axis, {
        code: 'INDEX_OUT_OF_RANGE',
        describe: (value) => indexRangeText('scatterAdd', value, axis, size),
      })
    },
    vjp: ({ operands: [, indices], cotangent, attrs: { axis } }) => [gather(cotangent, indices!, axis), undefined],
    checks: true,
  } satisfies OpaqueRecord<AttrsOf<'scatterAdd'>>,
}
