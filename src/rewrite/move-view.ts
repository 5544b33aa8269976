import { elementCount, sameShape, type Shape } from '../base/shape.ts'
import { makeConstant, makeNode } from '../ir/builder.ts'
import type { GraphValue } from '../ir/graph.ts'
import type { Attrs, OpName, OpTable } from '../ops/table.ts'
import { isSplat } from './pattern.ts'

/** A view not yet applied. */
export interface ViewForm {
  readonly op: OpName
  readonly attrs: Attrs
}

/**
 * The views to apply to one operand of an elementwise node of shape `result`, in order, so that the node then computes what `view` shows of
 * it. Undefined where no views of this operand can.
 */
export type MoveView = (view: ViewForm, operand: Shape, result: Shape) => readonly ViewForm[] | undefined

/** Views that can change places with elementwise nodes. Repeating is not one: the node would compute every repetition. */
export const moveViewOf: Partial<Readonly<Record<OpName, MoveView>>> = {
  /** Operands are of the result's shape, or one element. */
  reshape: ({ attrs }, operand, result) => {
    if (sameShape(operand, result)) return [{ op: 'reshape', attrs }]
    if (operand.length === 0) return []
    return elementCount(operand) === 1 ? [{ op: 'reshape', attrs: { shape: [] } }] : undefined
  },
  /** Operands take part with axes of size 1 in front, which move too. */
  permute: ({ attrs }, operand, result) => {
    if (operand.length === 0) return []
    const move: ViewForm = { op: 'permute', attrs }
    if (operand.length === result.length) return [move]
    const shape = [...result.slice(operand.length).map(() => 1), ...operand]
    return [{ op: 'reshape', attrs: { shape } }, move]
  },
  /** Axes that the operand has with size 1 stay whole. */
  slice: ({ attrs }, operand, result) => {
    const { starts, sizes, steps } = attrs as OpTable['slice']['attrs'] // the record has checked them
    const added = result.length - operand.length
    const isRepeated = operand.map((size, axis) => size !== result[axis + added])
    if (isRepeated.every(Boolean)) return []
    const pick = (values: readonly number[], whole: number): number[] =>
      isRepeated.map((repeated, axis) => (repeated ? whole : values[axis + added]!))
    return [{ op: 'slice', attrs: { starts: pick(starts, 0), sizes: pick(sizes, 1), steps: pick(steps, 1) } }]
  },
}

/** The value seen through the views in turn; one number stays one number. */
export const applyViews = (value: GraphValue, views: readonly ViewForm[], source: string | undefined): GraphValue =>
  views.reduce((operand, { op, attrs }) => {
    const view = makeNode(op, [operand], attrs, source)
    return isSplat(operand) ? makeConstant(operand.value, view.type) : view
  }, value)
