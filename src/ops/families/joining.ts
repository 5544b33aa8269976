import { isFloat } from '../../base/dtype.ts'
import { elementCount, sameShape, type Shape } from '../../base/shape.ts'
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
} from '../errors.ts'
import { requirePlaces } from '../places.ts'
import { placeRules } from '../padding/places.ts'
import type { OpaqueRecord } from '../record.ts'
import type { OpTable } from '../table.ts'
import { checkedShape, requireDtype, wideNumbers } from '../operand-types.ts'

type AttrsOf<N extends keyof OpTable> = OpTable[N]['attrs']

export const joiningRecords = {
  concat: {
    kind: 'opaque',
    padding: placeRules.concat,
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
    padding: placeRules.pad,
    infer: ([x], { shape, starts, steps, value }) => {
      requirePlaces('pad', x!.shape, shape, starts, steps)
      if (!isFloat(x!.dtype) && !Number.isInteger(value)) throw numberDoesNotFit('pad', value, x!.dtype)
      return { dtype: x!.dtype, shape: checkedShape('pad', shape) }
    },
    lower: (k, { shape, starts, steps, value }, { operands }) => {
      const { shape: sizes } = operands[0]!
      // A frame around few elements has more to fill at its sides, a few elements at a time, than there is between.
      const isMost = 2 * elementCount(sizes) >= elementCount(shape)
      if (isMost && steps.every((step) => step === 1))
        frameParts(shape, starts, sizes).forEach((part) => k.fill(value, part))
      else k.fill(value)
      k.copyInto(0, starts, steps)
    },
    vjp: ({ operands: [x], cotangent, attrs: { starts, steps } }) => [
      sliceSteps(cotangent, starts, x!.type.shape, steps),
    ],
  } satisfies OpaqueRecord<AttrsOf<'pad'>>,

  /** Element i of an operand is at its starts + i·steps of the result, where no other's is; the rest is 0. */
  assemble: {
    kind: 'opaque',
    padding: placeRules.assemble,
    infer: (operands, { shape, starts, steps }) => {
      const [first, ...rest] = operands
      if (!first) throw nothingToJoin('assemble')
      for (const { dtype } of rest) if (dtype !== first.dtype) throw dtypeMismatch('assemble', first.dtype, dtype)
      operands.forEach((operand, i) => requirePlaces('assemble', operand.shape, shape, starts[i] ?? [], steps[i] ?? []))
      return { dtype: first.dtype, shape: checkedShape('assemble', shape) }
    },
    lower: (k, { shape, starts, steps }, { operands }) => {
      const given = operands.reduce((sum, operand) => sum + elementCount(operand.shape), 0)
      if (given < elementCount(shape)) k.fill(0)
      for (let i = 0; i < operands.length; i++) {
        const pairs =
          i + 1 < operands.length &&
          sameShape(operands[i]!.shape, operands[i + 1]!.shape) &&
          takeTurns({ starts: starts[i]!, steps: steps[i]! }, { starts: starts[i + 1]!, steps: steps[i + 1]! })
        if (pairs) k.copyPairInto(i, ++i, starts[i - 1]!, steps[i - 1]!)
        else k.copyInto(i, starts[i]!, steps[i]!)
      }
    },
    vjp: ({ operands, cotangent, attrs: { starts, steps } }) =>
      operands.map((operand, i) => sliceSteps(cotangent, starts[i]!, operand.type.shape, steps[i]!)),
  } satisfies OpaqueRecord<AttrsOf<'assemble'>>,

  /** Sums updates that go to the same place; indices are 1-D and count from the end when negative. The adjoint of gather. */
  scatterAdd: {
    kind: 'opaque',
    padding: placeRules.scatterAdd,
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

interface Places {
  readonly starts: readonly number[]
  readonly steps: readonly number[]
}

/** Whether the second operand's elements follow the first one's along the last axis, one of each in turns. */
const takeTurns = (first: Places, second: Places): boolean =>
  first.steps.at(-1) === 2 &&
  first.steps.every((step, axis) => step === second.steps[axis]) &&
  first.starts.every((start, axis, { length }) => second.starts[axis] === start + (axis === length - 1 ? 1 : 0))

interface Part {
  readonly starts: readonly number[]
  readonly sizes: readonly number[]
}

/** What is left of `shape` around a block of `sizes` at `starts`: before and after it along each axis, within the block along those before. */
function frameParts(shape: Shape, starts: readonly number[], sizes: Shape): Part[] {
  const part = (axis: number, start: number, size: number): Part => ({
    starts: shape.map((_, i) => (i < axis ? starts[i]! : i === axis ? start : 0)),
    sizes: shape.map((whole, i) => (i < axis ? sizes[i]! : i === axis ? size : whole)),
  })
  return shape.flatMap((whole, axis) => {
    const end = starts[axis]! + sizes[axis]!
    return [part(axis, 0, starts[axis]!), part(axis, end, whole - end)].filter(({ sizes: of }) => of[axis]! > 0)
  })
}
