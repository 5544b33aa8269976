import type { Shape } from '../../base/shape.ts'
import { axisInvalid, axisOutOfRange, axisRepeated, shapeInvalid, sizeInvalid } from '../errors.ts'
import { checkedShape } from '../operand-types.ts'

/** Axes to work along: one, several, or all when left out. Negative ones count from the end. */
export type Axes = number | readonly number[] | null | undefined

/** `axis` in 0 … rank − 1. */
export function normalizeAxis(where: string, axis: number, shape: Shape): number {
  if (typeof axis !== 'number') throw axisInvalid(where, axis)
  const rank = shape.length
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) throw axisOutOfRange(where, axis, shape)
  return axis < 0 ? axis + rank : axis === 0 ? 0 : axis
}

/** Sorted, non-negative, each once. */
export function normalizeAxes(where: string, axes: Axes, shape: Shape): number[] {
  if (axes === undefined || axes === null) return shape.map((_, axis) => axis)
  if (typeof axes === 'number') return [normalizeAxis(where, axes, shape)]
  if (!Array.isArray(axes)) throw axisInvalid(where, axes)
  const sorted = (axes as readonly number[]).map((axis) => normalizeAxis(where, axis, shape)).sort((a, b) => a - b) // isArray gives any[]
  if (sorted.some((axis, i) => i > 0 && axis === sorted[i - 1])) throw axisRepeated(where, axes)
  return sorted
}

/** `shape`, a copy the caller cannot change, when every size is a whole number and the elements can be counted. */
export function requireShape(where: string, shape: Shape): Shape {
  if (!Array.isArray(shape)) throw shapeInvalid(where, shape)
  return checkedShape(where, [...shape])
}

export function requireSize(where: string, what: string, size: number): number {
  if (!Number.isInteger(size) || size < 0 || size > 2 ** 31 - 1) throw sizeInvalid(where, what, size)
  return size
}
