import { broadcastShapes, elementCount, sameShape, type Shape } from '../../base/shape.ts'
import { axesNotPermutation, axisNotOne, cannotBroadcastTo, reshapeCount, reshapeUnknowns } from '../errors.ts'
import { currentInterpreter, type Value } from '../interpreter.ts'
import { normalizeAxes, normalizeAxis, requireShape, type Axes } from './axes.ts'
import { settled, valueOf, type Operand } from './operands.ts'

/**
 * The elements in row-major order with another shape.
 *
 * @param shape sizes with the same product; one may be −1, to be worked out
 * @throws GryphError RESHAPE_SIZES when the numbers of elements differ
 */
export function reshape(x: Operand, shape: Shape): Value {
  const value = valueOf('reshape', x)
  if (Array.isArray(shape) && sameShape(value.type.shape, shape)) return value
  return currentInterpreter().apply('reshape', [settled(value)], { shape: knownShape(value.type.shape, shape) })
}

function knownShape(from: Shape, to: Shape): Shape {
  const unknown = Array.isArray(to) ? to.indexOf(-1) : -1
  if (unknown < 0) return requireShape('reshape', to)
  if (to.includes(-1, unknown + 1)) throw reshapeUnknowns('reshape', to)
  const known = elementCount(requireShape('reshape', to.toSpliced(unknown, 1)))
  const size = elementCount(from) / known
  if (!Number.isInteger(size)) throw reshapeCount('reshape', from, to)
  return to.with(unknown, size)
}

/** All elements along one axis, in row-major order. */
export const flatten = (x: Operand): Value => reshape(x, [-1])

/**
 * The axes in another order: axis i of the result is axis axes[i] of x.
 *
 * @throws GryphError AXES_NOT_PERMUTATION unless each axis is named once
 */
export function permute(x: Operand, axes: readonly number[]): Value {
  const value = valueOf('permute', x)
  const shape = value.type.shape
  if (!Array.isArray(axes)) throw axesNotPermutation('permute', [axes], shape)
  const order = (axes as readonly number[]).map((axis) => normalizeAxis('permute', axis, shape)) // isArray gives any[]
  if (order.length !== shape.length || new Set(order).size !== order.length)
    throw axesNotPermutation('permute', axes, shape)
  if (order.every((axis, i) => axis === i)) return value
  return currentInterpreter().apply('permute', [value], { axes: order })
}

/** Two axes swapped, or all axes in reverse when none are given. */
export function transpose(x: Operand, axisA?: number, axisB?: number): Value {
  const value = valueOf('transpose', x)
  const shape = value.type.shape
  const order = shape.map((_, axis) => axis)
  if (axisA === undefined && axisB === undefined) return permute(value, order.reverse())
  const a = normalizeAxis('transpose', axisA ?? -2, shape)
  const b = normalizeAxis('transpose', axisB ?? -1, shape)
  order[a] = b
  order[b] = a
  return permute(value, order)
}

/** A new axis of size 1 at `axis` of the result. */
export function expandDims(x: Operand, axis: number): Value {
  const value = valueOf('expandDims', x)
  const shape = value.type.shape
  return reshape(value, shape.toSpliced(normalizeAxis('expandDims', axis, [...shape, 1]), 0, 1))
}

/** Axes of size 1 removed: those named, or all. */
export function squeeze(x: Operand, axis?: Axes): Value {
  const value = valueOf('squeeze', x)
  const shape = value.type.shape
  if (axis === undefined || axis === null)
    return reshape(
      value,
      shape.filter((size) => size !== 1),
    )
  const axes = normalizeAxes('squeeze', axis, shape)
  for (const named of axes) if (shape[named] !== 1) throw axisNotOne('squeeze', named, shape)
  return reshape(
    value,
    shape.filter((_, i) => !axes.includes(i)),
  )
}

/** Repeats axes of size 1 to fit `shape`, by NumPy's broadcasting rules. */
export function broadcastTo(x: Operand, shape: Shape): Value {
  const value = valueOf('broadcastTo', x)
  if (Array.isArray(shape) && sameShape(value.type.shape, shape)) return value
  return currentInterpreter().apply('broadcastTo', [settled(value)], { shape: requireShape('broadcastTo', shape) })
}

/** broadcastTo for another call, which the error names. */
export function spreadTo(where: string, x: Value, shape: Shape): Value {
  const met = broadcastShapes(x.type.shape, shape)
  if (!met || !sameShape(met, shape)) throw cannotBroadcastTo(where, x.type.shape, shape)
  return broadcastTo(x, shape)
}
