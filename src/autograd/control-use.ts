import type { ControlParts } from '../ir/control.ts'
import type { Value } from '../ops/interpreter.ts'
import type { JointContributions, JointCotangents } from './pull-back.ts'

/** A control op without its operands. */
export type ControlSpec = Omit<ControlParts, 'operands'>

/** A control op that was carried out: on graph values, or on tensors that stand for them. */
export interface ControlUse {
  readonly control: ControlSpec
  readonly operands: readonly Value[]
  readonly results: readonly Value[]
  /** How many passes a loop makes, if that is known. */
  readonly count: number | undefined
}

/** Carries out a control op under the current interpreter. */
export type ApplyControl = (control: ControlSpec, operands: readonly Value[]) => readonly Value[]

/** Cotangents of a control op's operands. */
export type PullBackControl = (use: ControlUse, given: JointCotangents, apply: ApplyControl) => JointContributions
