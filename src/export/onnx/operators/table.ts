import type { Attrs, OpName } from '../../../ops/table.ts'
import { elementwiseOperators } from './elementwise.ts'
import { indexOperators } from './indices.ts'
import type { Operator, OperatorsOf, Refusal } from './operator.ts'
import { sumOperators } from './sums.ts'
import { viewOperators } from './views.ts'

/** What every op is in ONNX; a missing one is a type error. */
const operators: OperatorsOf<OpName> = { ...elementwiseOperators, ...viewOperators, ...sumOperators, ...indexOperators }

export const operatorOf = (op: OpName): Operator<Attrs> | Refusal =>
  operators[op] as unknown as Operator<Attrs> | Refusal // attrs come from the op's own call
