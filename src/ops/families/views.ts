import { broadcastLayout, permuteLayout, reshapeLayout, sliceLayout } from '../../base/layout.ts'
import { broadcastShapes, elementCount, sameShape } from '../../base/shape.ts'
import { placeInto } from '../calls/place.ts'
import { permute, reshape } from '../calls/reshape.ts'
import { sumTo } from '../calls/sum-to.ts'
import { axesNotPermutation, cannotBroadcastTo, rankMismatch, reshapeCount, sliceAttrs } from '../errors.ts'
import { viewRules } from '../padding/views.ts'
import type { ViewRecord } from '../record.ts'
import type { OpTable } from '../table.ts'
import { checkedShape } from '../operand-types.ts'

type AttrsOf<N extends keyof OpTable> = OpTable[N]['attrs']

/** axes[i] goes back to i. */
const inverseOf = (axes: readonly number[]): number[] => {
  const inverse = new Array<number>(axes.length)
  axes.forEach((axis, i) => (inverse[axis] = i))
  return inverse
}

export const viewRecords = {
  reshape: {
    kind: 'view',
    padding: viewRules.reshape,
    infer: ([x], { shape }) => {
      if (elementCount(checkedShape('reshape', shape)) !== elementCount(x!.shape))
        throw reshapeCount('reshape', x!.shape, shape)
      return { dtype: x!.dtype, shape }
    },
    layout: (layout, { shape }, { operands }) => reshapeLayout(layout, operands[0]!.shape, shape),
    vjp: ({ operands, cotangent }) => [reshape(cotangent, operands[0]!.type.shape)],
  } satisfies ViewRecord<AttrsOf<'reshape'>>,

  permute: {
    kind: 'view',
    padding: viewRules.permute,
    infer: ([x], { axes }) => {
      const shape = x!.shape
      const isPermutation = axes.length === shape.length && shape.every((_, axis) => axes.includes(axis))
      if (!isPermutation) throw axesNotPermutation('permute', axes, shape)
      return { dtype: x!.dtype, shape: axes.map((axis) => shape[axis]!) }
    },
    layout: (layout, { axes }) => permuteLayout(layout, axes),
    vjp: ({ cotangent, attrs }) => [permute(cotangent, inverseOf(attrs.axes))],
  } satisfies ViewRecord<AttrsOf<'permute'>>,

  broadcastTo: {
    kind: 'view',
    padding: viewRules.broadcastTo,
    infer: ([x], { shape }) => {
      const joint = broadcastShapes(x!.shape, checkedShape('broadcastTo', shape))
      if (!joint || !sameShape(joint, shape)) throw cannotBroadcastTo('broadcastTo', x!.shape, shape)
      return { dtype: x!.dtype, shape }
    },
    layout: (layout, { shape }, { operands }) => broadcastLayout(layout, operands[0]!.shape, shape),
    vjp: ({ operands, cotangent }) => [sumTo(cotangent, operands[0]!.type.shape)],
  } satisfies ViewRecord<AttrsOf<'broadcastTo'>>,

  slice: {
    kind: 'view',
    padding: viewRules.slice,
    infer: ([x], { starts, sizes, steps }) => {
      const shape = x!.shape
      if (starts.length !== shape.length || sizes.length !== shape.length || steps.length !== shape.length) {
        throw rankMismatch('slice', shape, sizes)
      }
      checkedShape('slice', sizes)
      for (let axis = 0; axis < sizes.length; axis++) {
        const size = sizes[axis]!
        const start = starts[axis]!
        const step = steps[axis]!
        const last = start + (size - 1) * step
        const inside =
          size === 0
            ? start >= 0 && start <= shape[axis]!
            : isInside(start, shape[axis]!) && isInside(last, shape[axis]!)
        if (!inside || !Number.isInteger(start) || !Number.isInteger(step) || step === 0)
          throw sliceAttrs('slice', axis, shape)
      }
      return { dtype: x!.dtype, shape: sizes }
    },
    range: ({ starts, sizes, steps }) => ({ starts, sizes, steps }),
    layout: (layout, { starts, steps }) => sliceLayout(layout, starts, steps),
    vjp: ({ operands, cotangent, attrs: { starts, steps } }) => [
      placeInto(cotangent, operands[0]!.type.shape, starts, steps, 0),
    ],
  } satisfies ViewRecord<AttrsOf<'slice'>>,
}

const isInside = (position: number, size: number): boolean => position >= 0 && position < size
