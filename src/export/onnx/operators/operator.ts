import type { Dtype } from '../../../base/dtype.ts'
import type { Shape } from '../../../base/shape.ts'
import type { OpName, OpTable } from '../../../ops/table.ts'
import type { GraphWriter, Ref } from '../graph-writer.ts'

/** One op application on its way into a model. */
export interface OpCall<A> {
  readonly operands: readonly Ref[]
  readonly attrs: A
  readonly result: { readonly elementType: Dtype; readonly shape: Shape }
}

/** Writes the nodes for an op, and says which value is its result. */
export type Operator<A> = (writer: GraphWriter, call: OpCall<A>) => Ref

/** Why an op has no counterpart, as a sentence goes on after the name of the function, and what to do about it. */
export interface Refusal {
  readonly why: string
  readonly remedy: string
}

export type OperatorsOf<Names extends OpName> = {
  readonly [N in Names]: Operator<OpTable[N]['attrs']> | Refusal
}

/** The operator of ONNX that is meant, for every dtype. */
export const same =
  (opType: string): Operator<unknown> =>
  (writer, { operands, result }) =>
    writer.node(opType, operands, result)

/** Operators that have no uint8 or bool: these are counted in int32, and the low byte of the result is kept. */
export const inInt32 =
  (operator: Operator<unknown>): Operator<unknown> =>
  (writer, call) => {
    const isSmall = ({ elementType }: Ref): boolean => elementType === 'uint8' || elementType === 'bool'
    if (!call.operands.some(isSmall)) return operator(writer, call)
    const operands = call.operands.map((operand) => writer.cast(operand, 'int32'))
    const { elementType } = call.result
    if (elementType === 'bool') return operator(writer, { ...call, operands })
    return writer.cast(
      operator(writer, { ...call, operands, result: { ...call.result, elementType: 'int32' } }),
      elementType,
    )
  }
