import { elementCount, type Shape } from '../base/shape.ts'
import type { FusionGroup } from '../ir/fusion-group.ts'
import { fullLanes, load } from './builder.ts'
import { mergeAxes } from './dimensions.ts'
import { storeEffect } from './elementwise.ts'
import { groupWithoutAnchor } from './errors.ts'
import type { Storage } from './evaluation.ts'
import { registerScalar, type Lanes, type Statement } from './ir.ts'
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

/** to[…] = from[…] for every index of `shape`. */
export function copyElements(
  shape: Shape,
  from: Storage,
  to: Storage,
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
    effectsAt: (place) => [
      storeEffect(
        to,
        load(
          from.buffer,
          { affine: place.address(from.layout) },
          place.lanes,
          place.laneStride(from.layout),
          place.valid,
        ),
        place,
      ),
    ],
  })
}
