import type { Dtype } from '../base/dtype.ts'
import { elementCount, type Shape } from '../base/shape.ts'
import type { FusionGroup } from '../ir/fusion-group.ts'
import { constant, fullLanes, load, register, zip } from './builder.ts'
import { mergeAxes, type Place, shifted } from './dimensions.ts'
import type { Effect } from './binding.ts'
import { storeEffect } from './elementwise.ts'
import { groupWithoutAnchor } from './errors.ts'
import type { Storage } from './evaluation.ts'
import { type Expr, registerScalar, type Lanes, type Statement } from './ir.ts'
import { loopNest } from './loop-nest.ts'
import type { Lowering } from './lowering.ts'
import { rowMajorLayout } from './position.ts'

/** Writes the elements of a view's operand in row-major order. */
export function lowerCopy({ kind, anchor }: FusionGroup, lowering: Lowering): Statement[] {
  const operand = anchor?.operands[0]
  if (!anchor || !operand) throw groupWithoutAnchor(kind)
  const { buffer, layout } = lowering.storageOf(anchor)
  const { offset, strides } = rowMajorLayout(operand.type.shape)
  return copyElements(
    operand.type.shape,
    lowering.storageOf(operand),
    { buffer, layout: { offset: offset + layout.offset, strides } },
    lowering,
  )
}

/** Where elements go; a computed `shift` moves it. */
export interface Target extends Storage {
  readonly shift?: Expr | undefined
}

function storeAt(to: Target, value: Expr, place: Place): Effect {
  const effect = storeEffect(to, value, place)
  return to.shift && effect.kind === 'store' ? { ...effect, at: { ...effect.at, dynamic: to.shift } } : effect
}

/** to[…] = value for every index of `shape`. */
export function fillElements(
  value: number,
  dtype: Dtype,
  shape: Shape,
  to: Target,
  { simd, names, parallel }: Pick<Lowering, 'simd' | 'names' | 'parallel'>,
): Statement[] {
  if (elementCount(shape) === 0) return []
  const scalar = registerScalar[dtype]
  const stored = dtype === 'float32' ? Math.fround(value) : value
  return loopNest({
    dimensions: mergeAxes(shape, [to.layout]),
    lanes: simd ? fullLanes(scalar) : 1,
    names,
    bindAll: false,
    parallel,
    effectsAt: (place) => [storeAt(to, constant(stored, register(scalar, place.lanes)), place)],
  })
}

/** to[…] = from[…] for every index of `shape`. */
export function copyElements(
  shape: Shape,
  from: Storage,
  to: Target,
  { simd, names, parallel }: Pick<Lowering, 'simd' | 'names' | 'parallel'>,
): Statement[] {
  if (elementCount(shape) === 0) return []
  const lanes: Lanes = simd ? fullLanes(registerScalar[from.buffer.dtype]) : 1
  return loopNest({
    dimensions: mergeAxes(shape, [from.layout, to.layout]),
    lanes,
    names,
    bindAll: false,
    parallel,
    effectsAt: (place) => {
      const address = { affine: place.address(from.layout) }
      const value = load(from.buffer, address, place.lanes, place.laneStride(from.layout), place.valid)
      return [storeAt(to, value, place)]
    },
  })
}

/** Elements of `a` and `b` in turns, from the first place of `to` on, whose last axis has steps of 2. */
export function copyPair(
  shape: Shape,
  a: Storage,
  b: Storage,
  to: Storage,
  { simd, names, parallel }: Pick<Lowering, 'simd' | 'names' | 'parallel'>,
): Statement[] {
  if (elementCount(shape) === 0) return []
  return loopNest({
    dimensions: mergeAxes(shape, [a.layout, b.layout, to.layout]),
    lanes: simd ? fullLanes(registerScalar[a.buffer.dtype]) : 1,
    names,
    bindAll: true,
    parallel,
    effectsAt: (place) => {
      const { lanes, valid } = place
      const [x, y] = [a, b].map(({ buffer, layout }) =>
        load(buffer, { affine: place.address(layout) }, lanes, place.laneStride(layout), valid),
      ) as [Expr, Expr] // of two
      const address = place.address(to.layout)
      const store = (offset: number, value: Expr, count: number): Effect => ({
        kind: 'store',
        buffer: to.buffer,
        at: { affine: shifted(address, offset) },
        value,
        laneStride: lanes > 1 ? 1 : 0,
        ...(count < lanes ? { count } : {}),
      })
      if (lanes === 1) return [store(0, x, 1), store(1, y, 1)]
      const rest = 2 * valid - lanes
      const low = store(0, zip(x, y, 0), Math.min(lanes, 2 * valid))
      return rest > 0 ? [low, store(lanes, zip(x, y, 1), rest)] : [low]
    },
  })
}
