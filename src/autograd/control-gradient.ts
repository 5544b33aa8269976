import type { ControlParts } from '../ir/control.ts'
import { isBranch } from '../ir/control.ts'
import type { Value } from '../ops/interpreter.ts'
import { pullBackBranch } from './branch-gradient.ts'
import { pullBackLoop } from './loop-gradient.ts'
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

/**
 * The cotangents of a control op's operands: by a branch whose regions compute again what the one taken computed and pull back through it, or by
 * a loop over the passes in reverse. Sums of captures go through them, and every contribution is added at its place in program order, so
 * that bits are those of the same ops without regions.
 */
export const pullBackControl = (use: ControlUse, given: JointCotangents, apply: ApplyControl): JointContributions =>
  isBranch(use.control) ? pullBackBranch(use, given, apply) : pullBackLoop(use, given, apply)
