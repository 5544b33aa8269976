import type { Layout } from '../base/layout.ts'
import { contiguousStrides, reducedShape, sameShape, type Shape } from '../base/shape.ts'
import { recordOf } from '../ops/registry.ts'
import type { GraphNode, GraphValue } from './graph.ts'

/** What reductions over the same axes of one shape walk: for each position of the axes that are kept, a row of all others. */
export interface Rows {
  readonly shape: Shape
  readonly isReduced: readonly boolean[]
}

/** The rows of a reduction; undefined for other nodes, and where a row has one element, so that full and kept shapes are the same. */
export function rowsOf(node: GraphNode): Rows | undefined {
  const record = recordOf(node.op)
  if (record.kind !== 'reduction') return undefined
  const { shape } = node.operands[0]!.type
  const axes = record.axes(node.attrs)
  const isReduced = shape.map((_, axis) => axes.includes(axis))
  return rowLength({ shape, isReduced }) > 1 ? { shape, isReduced } : undefined
}

export const rowLength = ({ shape, isReduced }: Rows): number =>
  shape.reduce((length, size, axis) => (isReduced[axis] ? length * size : length), 1)

export const sameRows = (a: Rows, b: Rows): boolean =>
  sameShape(a.shape, b.shape) && a.isReduced.every((reduced, axis) => reduced === b.isReduced[axis])

/** Whether the value has an element for every one of the rows', and whether it has one for each row. */
export const isFull = (rows: Rows, { type }: GraphValue): boolean => sameShape(type.shape, rows.shape)
export const isKept = ({ shape, isReduced }: Rows, { type }: GraphValue): boolean => {
  const axes = isReduced.flatMap((reduced, axis) => (reduced ? [axis] : []))
  return [true, false].some((keepDims) => sameShape(type.shape, reducedShape(shape, axes, keepDims)))
}

/** Behind an axis of size 1 where a reduced axis was. */
export const noAxis = -1

/** The rows' axis that each axis of a value is: of one of full shape, or at kept shape with the reduced axes left out or as size 1. */
export function axesInRows(
  { isReduced }: Rows,
  { type: { shape } }: GraphValue,
  isFullShape = false,
): readonly number[] {
  const axes = isReduced.map((reduced, axis) => (reduced && !isFullShape ? noAxis : axis))
  return shape.length === isReduced.length ? axes : axes.filter((axis) => axis !== noAxis)
}

/**
 * Whether `node`, for an element of a row, reads the element of `base`, a value at kept shape, that belongs to the same row. `operand` is
 * the base seen through `layout`.
 */
export function readsOwnRow(
  rows: Rows,
  node: GraphNode,
  operand: GraphValue,
  base: GraphValue,
  layout: Layout,
): boolean {
  if (layout.offset !== 0) return false
  const read = new Array<number>(rows.shape.length).fill(0)
  const nodeAxes = axesInRows(rows, node, isFull(rows, node))
  const added = node.type.shape.length - operand.type.shape.length
  operand.type.shape.forEach((size, axis) => {
    if (size > 1) read[nodeAxes[axis + added]!]! += layout.strides[axis]!
  })
  const own = new Array<number>(rows.shape.length).fill(0)
  const baseStrides = contiguousStrides(base.type.shape)
  axesInRows(rows, base).forEach((walked, axis) => {
    if (walked !== noAxis) own[walked] = baseStrides[axis]!
  })
  return rows.shape.every((size, axis) => size === 1 || read[axis] === own[axis])
}
