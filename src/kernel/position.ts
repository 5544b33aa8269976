import type { Layout } from '../base/layout.ts'
import { contiguousStrides, type Shape } from '../base/shape.ts'
import type { IndexValue } from '../ops/scalar-builder.ts'
import { binary, constant, lane, register } from './builder.ts'
import type { Expr } from './ir.ts'
import type { Place } from './dimensions.ts'

/** An index: affine in the axes a kernel walks, plus, when computed, an i32. */
export interface Index extends IndexValue, Layout {
  readonly dynamic?: Expr
}
/** One index per axis of a tensor. */
export type Position = readonly Index[]

/** Indices of op records are made here and nowhere else. */
export const indexOf = (value: IndexValue): Index => value as Index // records get no other values

/** The position that follows the walked axes: `axisOf[i]` is the walked axis that axis i of the tensor is. */
export const positionAlong = (rank: number, axisOf: readonly number[]): Position =>
  axisOf.map((walked) => ({
    kind: 'index',
    offset: 0,
    strides: Array.from({ length: rank }, (_, axis) => (axis === walked ? 1 : 0)),
  }))

export const identityPosition = (rank: number): Position =>
  positionAlong(
    rank,
    Array.from({ length: rank }, (_, axis) => axis),
  )

export const fixedIndex = (rank: number, offset: number): Index => ({
  kind: 'index',
  offset,
  strides: new Array<number>(rank).fill(0),
})

/** The element that a broadcasting operand of shape `from` gives at `position` of shape `to`. */
export function broadcastPosition(position: Position, from: Shape, to: Shape, rank: number): Position {
  const added = to.length - from.length
  return from.map((size, axis) =>
    size === 1 && to[axis + added] !== 1 ? fixedIndex(rank, 0) : position[axis + added]!,
  )
}

/**
 * Where an element of a view, whose axes are walked, lies in what it is a view of: an index for each axis of the row-major `shape`. Undefined
 * where some step of the view goes over the end of an axis.
 */
export function positionThrough(view: Layout, viewShape: Shape, shape: Shape): Position | undefined {
  const steps = contiguousStrides(shape)
  let rest = view.offset
  const indices = shape.map((size, axis) => {
    const first = size > 1 ? Math.floor(rest / steps[axis]!) : 0
    rest -= first * steps[axis]!
    return { first, least: first, most: first, strides: new Array<number>(viewShape.length).fill(0) }
  })
  for (const [walked, size] of viewShape.entries()) {
    const stride = view.strides[walked]!
    if (size === 1 || stride === 0) continue
    const axis = shape.findIndex((extent, i) => extent > 1 && steps[i]! <= Math.abs(stride))
    if (axis < 0 || stride % steps[axis]! !== 0) return undefined
    const index = indices[axis]!
    const step = stride / steps[axis]!
    index.strides[walked] = step
    const end = step * (size - 1)
    if (end < 0) index.least += end
    else index.most += end
  }
  if (indices.some(({ least, most }, axis) => least < 0 || most >= shape[axis]!)) return undefined
  return indices.map(({ first, strides }) => ({ kind: 'index', offset: first, strides }))
}

/** Σ index · stride over the axes of `layout`, as one index. */
export function composeIndex(layout: Layout, position: Position, rank: number): { layout: Layout; dynamic?: Expr } {
  let offset = layout.offset
  const strides = new Array<number>(rank).fill(0)
  let dynamic: Expr | undefined
  position.forEach((index, axis) => {
    const stride = layout.strides[axis]!
    offset += index.offset * stride
    index.strides.forEach((step, walked) => (strides[walked]! += step * stride))
    if (!index.dynamic || stride === 0) return
    const term = stride === 1 ? index.dynamic : binary('mul', index.dynamic, constant(stride, index.dynamic.type))
    dynamic = dynamic ? binary('add', dynamic, term) : term
  })
  return dynamic ? { layout: { offset, strides }, dynamic } : { layout: { offset, strides } }
}

/** The value of an index as an i32 register. */
export function indexExpr(index: Index, place: Place): Expr {
  const affine: Expr = {
    kind: 'indexValue',
    type: register('i32', place.lanes),
    affine: place.address(index),
    laneStride: place.laneStride(index),
  }
  const simple: Expr =
    affine.affine.terms.length === 0 && affine.laneStride === 0 ? constant(affine.affine.offset, affine.type) : affine
  if (!index.dynamic) return simple
  return simple.kind === 'constant' && simple.value === 0 ? index.dynamic : binary('add', index.dynamic, simple)
}

export const rowMajorLayout = (shape: Shape): Layout => ({ offset: 0, strides: contiguousStrides(shape) })

/** A computed i32 as part of an address: a scalar when all lanes agree, otherwise one per lane with the affine lane steps added. */
export function dynamicAddress(dynamic: Expr, laneStride: number): { dynamic: Expr; laneStride: number } {
  if (dynamic.type.lanes === 1) return { dynamic, laneStride }
  if (isUniform(dynamic)) return { dynamic: lane(dynamic, 0), laneStride }
  if (laneStride === 0) return { dynamic, laneStride: 0 }
  const steps: Expr = { kind: 'indexValue', type: dynamic.type, affine: { offset: 0, terms: [] }, laneStride }
  return { dynamic: binary('add', dynamic, steps), laneStride: 0 }
}

/** Whether every lane surely holds the same. */
function isUniform(expr: Expr): boolean {
  switch (expr.kind) {
    case 'constant':
    case 'splat':
      return true
    case 'indexValue':
      return expr.laneStride === 0
    case 'load':
      return expr.laneStride === 0 && (!expr.at.dynamic || expr.at.dynamic.type.lanes === 1)
    case 'unary':
    case 'convert':
      return isUniform(expr.x)
    case 'binary':
    case 'compare':
      return isUniform(expr.a) && isUniform(expr.b)
    case 'select':
      return isUniform(expr.condition) && isUniform(expr.a) && isUniform(expr.b)
    default:
      return false
  }
}
