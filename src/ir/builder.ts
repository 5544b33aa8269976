import { dtypeInfo, type Dtype, type TypedArray } from '../base/dtype.ts'
import type { TensorType } from '../base/shape.ts'
import type { Interpreter } from '../ops/interpreter.ts'
import { inferType } from '../ops/registry.ts'
import type { Attrs, OpName } from '../ops/table.ts'
import type { GraphConstant, GraphNode, GraphValue } from './graph.ts'
import { noteMade } from './marks.ts'

/** One application of `op`; its type follows from the record's rule. */
export function makeNode(op: OpName, operands: readonly GraphValue[], attrs: Attrs, source?: string): GraphNode {
  const type = inferType(
    op,
    operands.map((operand) => operand.type),
    attrs,
  )
  return source === undefined ? { op, operands, attrs, type } : { op, operands, attrs, type, source }
}

/** `value` in every element, or all elements in row-major order. A number is stored as the dtype holds it. */
export const makeConstant = (value: number | TypedArray, type: TensorType): GraphConstant => ({
  op: 'constant',
  value: typeof value === 'number' ? asStored(value, type.dtype) : value,
  type,
})

/** The number a tensor of `dtype` gives back when `value` is written to it. */
export function asStored(value: number, dtype: Dtype): number {
  if (dtype === 'float64') return value
  if (dtype === 'float32') return Math.fround(value)
  if (dtype === 'bool') return value === 0 ? 0 : 1
  return new dtypeInfo[dtype].array([value])[0]!
}

/** Puts every op into a graph. `sourceOf` names the user's line for each new node. */
export const graphInterpreterFrom = (sourceOf: () => string | undefined): Interpreter => ({
  // Values made under this interpreter, and those it is given, are graph values.
  apply: (op, operands, attrs) => noteMade(makeNode(op, operands as readonly GraphValue[], attrs, sourceOf())),
  constant: (value, dtype) => makeConstant(value, { dtype, shape: [] }),
})

/** Puts every op into a graph, without source lines. */
export const graphInterpreter: Interpreter = graphInterpreterFrom(() => undefined)
