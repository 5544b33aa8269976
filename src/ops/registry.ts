import type { TensorType } from '../base/shape.ts'
import { assertionRecords } from './families/assertions.ts'
import { binaryRecords } from './families/binary.ts'
import { blockRecords } from './families/blocks.ts'
import { choiceRecords } from './families/choice.ts'
import { contractionRecords } from './families/contraction.ts'
import { convolutionRecords } from './families/convolution.ts'
import { generatorRecords } from './families/generators.ts'
import { joiningRecords } from './families/joining.ts'
import { randomRecords } from './families/random.ts'
import { reductionRecords } from './families/reductions.ts'
import { unaryRecords } from './families/unary.ts'
import { viewRecords } from './families/views.ts'
import type { OpRecord } from './record.ts'
import type { Attrs, OpName, OpTable } from './table.ts'

/** The record of every primitive; a missing one is a type error. */
export const registry: { readonly [N in OpName]: OpRecord<OpTable[N]['attrs']> } = {
  ...unaryRecords,
  ...binaryRecords,
  ...choiceRecords,
  ...generatorRecords,
  ...assertionRecords,
  ...blockRecords,
  ...randomRecords,
  ...viewRecords,
  ...reductionRecords,
  ...contractionRecords,
  ...convolutionRecords,
  ...joiningRecords,
}

/** The record of an op met at run time, whose attributes were checked where it was applied. */
export const recordOf = (op: OpName): OpRecord<Attrs> => registry[op] as unknown as OpRecord<Attrs> // attrs come from the op's own call

/** The type an op gives; throws a coded error when the operands do not fit. */
export const inferType = (op: OpName, operands: readonly TensorType[], attrs: Attrs): TensorType =>
  recordOf(op).infer(operands, attrs)
