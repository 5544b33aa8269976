import { isConstant, isNode, type GraphNode, type GraphValue } from '../../../ir/graph.ts'
import type { OpName, OpTable } from '../../../ops/table.ts'
import type { GraphWriter, Ref, RefType } from '../graph-writer.ts'

/** Several ops that one operator of ONNX stands for. */
export interface Idiom {
  /** What the operator reads; values in between are not written, unless others need them. */
  readonly operands: readonly GraphValue[]
  write(writer: GraphWriter, operands: readonly Ref[], result: RefType): Ref
}

/** The idiom that a value is the result of, if it is one. `isUsedOnce` tells of values that nothing else reads. */
export type Recognizer = (value: GraphNode, isUsedOnce: (value: GraphValue) => boolean) => Idiom | undefined

export type NodeOf<N extends OpName> = GraphNode & { readonly op: N; readonly attrs: OpTable[N]['attrs'] }

export const isOp = <N extends OpName>(value: GraphValue | undefined, op: N): value is NodeOf<N> =>
  value !== undefined && isNode(value) && value.op === op

/** Whether every element is `number`. */
export const isNumber = (value: GraphValue | undefined, number: number): boolean =>
  value !== undefined && isConstant(value) && typeof value.value === 'number' && Object.is(value.value, number)

/** The two operands in either order. */
export const eitherOrder = ({ operands: [a, b] }: GraphNode): readonly (readonly [GraphValue, GraphValue])[] => [
  [a!, b!],
  [b!, a!],
]
