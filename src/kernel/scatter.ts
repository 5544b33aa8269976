import type { Layout } from '../base/layout.ts'
import type { Shape } from '../base/shape.ts'
import type { GraphNode } from '../ir/graph.ts'
import type { CheckFailure } from '../ops/scalar-builder.ts'
import { add, at, compare, fullLanes, i32, load, mul, select } from './builder.ts'
import type { Effect } from './binding.ts'
import { mergeAxes, type Place } from './dimensions.ts'
import type { Storage } from './evaluation.ts'
import { type Lanes, registerScalar, type Statement } from './ir.ts'
import { loopNest } from './loop-nest.ts'
import type { Lowering } from './lowering.ts'

export interface ScatterParts {
  readonly node: GraphNode
  /** Shape of the updates. */
  readonly shape: Shape
  readonly axis: number
  readonly combine: 'set' | 'add'
  /** Of an index out of range; without it they are known to be positions from 0. */
  readonly failure?: CheckFailure
  readonly result: Storage
  readonly updates: Storage
  /** One index for each position along `axis`, counted from the end when negative. */
  readonly indices: Storage
}

/**
 * result[…, indices[j], …] = updates[…, j, …], or += it, in row-major order of the updates. Lanes lie along a later axis only, so that no two of
 * them meet in one element.
 */
export function scatterStatements(
  { node, shape, axis, combine, failure, result, updates, indices }: ScatterParts,
  { simd, names, siteOf }: Lowering,
): Statement[] {
  if (shape.includes(0)) return []
  const size = node.type.shape[axis]!
  const site = failure && siteOf(node, failure)
  const along = (layout: Layout, stride: number): Layout => ({
    offset: layout.offset,
    strides: shape.map((_, i) => (i === axis ? stride : 0)),
  })
  const indexLayout = along(indices.layout, indices.layout.strides[0]!)
  const target: Layout = {
    offset: result.layout.offset,
    strides: result.layout.strides.map((stride, i) => (i === axis ? 0 : stride)),
  }
  const targetStride = result.layout.strides[axis]!
  const dimensions = mergeAxes(shape, [updates.layout, target, indexLayout])
  const scalar = registerScalar[node.type.dtype]
  const hasLaterAxis = dimensions.length > 0 && dimensions.at(-1)!.axes.every((each) => each > axis)
  const lanes: Lanes = simd && hasLaterAxis && scalar !== 'bool' ? fullLanes(scalar) : 1

  const effectsAt = (place: Place): Effect[] => {
    const given = load(indices.buffer, { affine: place.address(indexLayout) }, 1, 0)
    const index = failure ? select(compare('lt', given, i32(0)), add(given, i32(size)), given) : given
    const address = at(place.address(target), targetStride === 1 ? index : mul(index, i32(targetStride)))
    const update = load(
      updates.buffer,
      { affine: place.address(updates.layout) },
      place.lanes,
      place.laneStride(updates.layout),
      place.valid,
    )
    const laneStride = place.laneStride(target)
    const value =
      combine === 'set' ? update : add(load(result.buffer, address, place.lanes, laneStride, place.valid), update)
    const store: Effect = {
      kind: 'store',
      buffer: result.buffer,
      at: address,
      value,
      laneStride,
      ...(place.valid < place.lanes ? { count: place.valid } : {}),
    }
    return site === undefined
      ? [store]
      : [{ kind: 'check', ok: compare('ltU', index, i32(size)), value: given, site }, store]
  }
  return loopNest({ dimensions, lanes, names, bindAll: false, parallel: false, effectsAt })
}
