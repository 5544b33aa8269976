import { sameShape, type Shape, type TensorType } from '../../base/shape.ts'
import { scatterRows } from '../calls/scatter.ts'
import { readBlock, writeBlock } from '../calls/block.ts'
import { where } from '../calls/choice.ts'
import { equal } from '../calls/comparison.ts'
import { full, iota, zeros } from '../calls/create.ts'
import { gather } from '../calls/gather.ts'
import { reshape } from '../calls/reshape.ts'
import {
  axesNotPermutation,
  axisOutOfRange,
  dtypeMismatch,
  indexRangeText,
  rankExpected,
  rankMismatch,
  sizesDiffer,
} from '../errors.ts'
import { checkedShape, requireDtype, wideNumbers } from '../operand-types.ts'
import { requirePlaces } from '../places.ts'
import { placeRules } from '../padding/places.ts'
import type { GeneratorRecord, OpaqueRecord } from '../record.ts'
import type { Block, OpTable } from '../table.ts'

type AttrsOf<N extends keyof OpTable> = OpTable[N]['attrs']

/** Parts of a tensor at places known when the program runs. That they are inside is for who applies them to know: `checkedIndex` does. */
export const blockRecords = {
  dynamicSlice: {
    kind: 'gather',
    padding: placeRules.dynamicSlice,
    infer: ([x, ...shifts], { starts, sizes, steps, axes }) => {
      requireBlock('dynamicSlice', sizes, x!.shape, { starts, steps, axes }, shifts)
      return { dtype: x!.dtype, shape: checkedShape('dynamicSlice', sizes) }
    },
    lower: (k, { starts, steps, axes }, { operands: [x] }) => {
      const position = x!.shape.map((_, axis) => k.spaced(k.index(axis), starts[axis]!, steps[axis]!))
      axes.forEach((axis, i) => (position[axis] = k.shifted(position[axis]!, k.read(1 + i, []))))
      return k.read(0, position)
    },
    vjp: ({ operands: [x, ...shifts], cotangent, attrs }) => [
      writeBlock(zeros(x!.type.shape, x!.type.dtype), cotangent, shifts, attrs),
      ...shifts.map(() => undefined),
    ],
  } satisfies GeneratorRecord<AttrsOf<'dynamicSlice'>>,

  checkedIndex: {
    kind: 'index',
    padding: placeRules.checkedIndex,
    infer: ([index]) => {
      requireDtype('checkedIndex', 'the dtype of the indices', index!.dtype, ['int32'])
      return index!
    },
    lower: (k, { axis, size, extent }, { result }) => {
      const given = k.read(
        0,
        result.shape.map((_, i) => k.index(i)),
      )
      const fromEnd = k.op('lt', given, k.constant(0, 'int32'))
      const index = k.op('select', fromEnd, k.op('add', given, k.constant(size, 'int32')), given)
      k.check(k.op('ltU', index, k.constant(Math.max(size - extent + 1, 0), 'int32')), given, {
        code: 'INDEX_OUT_OF_RANGE',
        describe: (value) => indexRangeText('at', value, axis, size, extent),
      })
      return index
    },
    vjp: 'not differentiable',
    checks: true,
  } satisfies GeneratorRecord<AttrsOf<'checkedIndex'>>,

  setSlice: {
    kind: 'opaque',
    padding: placeRules.setSlice,
    infer: ([x, value, ...shifts], block) => {
      if (x!.dtype !== value!.dtype) throw dtypeMismatch('setSlice', x!.dtype, value!.dtype)
      requireBlock('setSlice', value!.shape, x!.shape, block, shifts)
      return x!
    },
    lower: (k, { starts, steps, axes }) => {
      k.copyWhole(0)
      k.copyBlock(
        1,
        starts,
        steps,
        axes.map((axis, i) => ({ axis, operand: 2 + i })),
      )
    },
    vjp: ({ operands: [, value, ...shifts], cotangent, attrs, needs = () => true }) => {
      const { dtype, shape } = value!.type
      return [
        needs(0) ? writeBlock(cotangent, zeros(shape, dtype), shifts, attrs) : undefined,
        needs(1) ? readBlock(cotangent, shape, shifts, attrs) : undefined,
        ...shifts.map(() => undefined),
      ]
    },
    updatesFirst: true,
  } satisfies OpaqueRecord<AttrsOf<'setSlice'>>,

  /** Of several updates of one element the last one stays, or they are added one after the other. */
  scatter: {
    kind: 'opaque',
    padding: placeRules.scatter,
    infer: ([x, updates, indices], { axis, combine }) => {
      requireDtype('scatter', 'the dtype of the indices', indices!.dtype, ['int32'])
      if (combine === 'add') requireDtype('scatter', 'the dtype of the updates', updates!.dtype, wideNumbers)
      if (x!.dtype !== updates!.dtype) throw dtypeMismatch('scatter', x!.dtype, updates!.dtype)
      if (indices!.shape.length !== 1) throw rankExpected('scatter', 'the indices', indices!.shape, 1)
      if (x!.shape.length !== updates!.shape.length) throw rankMismatch('scatter', x!.shape, updates!.shape)
      if (!(axis in x!.shape)) throw axisOutOfRange('scatter', axis, x!.shape)
      const fitting = x!.shape.with(axis, indices!.shape[0]!)
      if (!sameShape(fitting, updates!.shape))
        throw sizesDiffer('scatter', 'what the indices stand for and the updates', fitting, updates!.shape)
      return x!
    },
    lower: (k, { axis, combine }) => {
      k.copyWhole(0)
      k.scatter(1, 2, axis, combine)
    },
    vjp: ({ operands: [, updates, indices], cotangent, attrs: { axis, combine }, needs = () => true }) => {
      if (combine === 'add') return [cotangent, needs(1) ? gather(cotangent, indices!, axis) : undefined, undefined]
      const { dtype, shape } = updates!.type
      const count = shape[axis]!
      // The update that stays at each position; of no other comes anything.
      const winners = (): typeof cotangent => {
        const order = iota([count])
        const last = scatterRows(full([cotangent.type.shape[axis]!], -1, 'int32'), order, indices!, 0, 'set')
        const stays = equal(gather(last, indices!), order)
        const along = shape.map((_, i) => (i === axis ? count : 1))
        return where(reshape(stays, along), gather(cotangent, indices!, axis), zeros([], dtype))
      }
      return [
        needs(0) ? scatterRows(cotangent, zeros(shape, dtype), indices!, axis, 'set') : undefined,
        needs(1) ? winners() : undefined,
        undefined,
      ]
    },
    updatesFirst: true,
  } satisfies OpaqueRecord<AttrsOf<'scatter'>>,
}

/** Throws unless a block of `sizes` fits into `shape`, with an int32 scalar for each of its `axes`. */
function requireBlock(
  where: string,
  sizes: Shape,
  shape: Shape,
  { starts, steps, axes }: Block,
  shifts: readonly TensorType[],
): void {
  requirePlaces(where, sizes, shape, starts, steps)
  if (new Set(axes).size < axes.length || axes.length !== shifts.length) throw axesNotPermutation(where, axes, shape)
  for (const axis of axes) if (!(axis in shape)) throw axisOutOfRange(where, axis, shape)
  for (const shift of shifts) {
    requireDtype(where, 'the dtype of a start', shift.dtype, ['int32'])
    if (shift.shape.length > 0) throw rankExpected(where, 'a start', shift.shape, 0)
  }
}
