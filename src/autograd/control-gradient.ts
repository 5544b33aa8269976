import { isBranch } from '../ir/control.ts'
import { pullBackBranch } from './branch-gradient.ts'
import { pullBackCustom } from './custom-gradient.ts'
import { marksOfBody } from '../ir/marks.ts'
import type { PullBackControl } from './control-use.ts'
import { setPullBackControl } from './graph-derivations.ts'
import { pullBackLoop } from './loop-gradient.ts'

export type { ApplyControl, ControlSpec, ControlUse } from './control-use.ts'

/**
 * The cotangents of a control op's operands: by a branch whose regions compute again what the one taken computed and pull back through it, or by
 * a loop over the passes in reverse. Sums of captures go through them, and every contribution is added at its place in program order, so
 * that bits are those of the same ops without regions.
 */
export const pullBackControl: PullBackControl = (use, given, apply) =>
  !isBranch(use.control)
    ? pullBackLoop(use, given, apply)
    : marksOfBody(use.control.regions[0]!).custom
      ? pullBackCustom(use, given, apply)
      : pullBackBranch(use, given, apply)

// Regions have control ops in them: their gradients come back here.
setPullBackControl(pullBackControl)
