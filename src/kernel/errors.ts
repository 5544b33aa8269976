import { InternalError } from '../base/errors.ts'

export const invalidScalarOp = (op: string, operandCount: number): InternalError =>
  new InternalError(`scalar op ${op} got ${operandCount} operands`)

export const notInGroup = (op: string): InternalError =>
  new InternalError(`${op} stands in a fusion group of a kind that cannot hold it`)

export const groupWithoutAnchor = (kind: string): InternalError =>
  new InternalError(`a ${kind} group needs an anchor of that kind`)

export const reducedAxesDoNotMerge = (op: string): InternalError =>
  new InternalError(`the reduced axes of ${op} have no common stride, so its operand must be made contiguous first`)
