import { canonicalize } from '../passes/canonicalize.ts'
import { commonSubexpressions } from '../passes/common-subexpressions.ts'
import { constantFolding } from '../passes/constant-folding.ts'
import { controlFlow } from '../passes/control-flow.ts'
import { copySharing } from '../passes/copy-sharing.ts'
import { deadCode } from '../passes/dead-code.ts'
import { joinLoops } from '../passes/join-loops.ts'
import { joinParts } from '../passes/join-parts.ts'
import { loopInvariants } from '../passes/loop-invariants.ts'
import { loopSums } from '../passes/loop-sums.ts'
import type { Pass } from '../passes/pass.ts'
import { simplify } from '../passes/simplify.ts'
import { viewSinking } from '../passes/view-sinking.ts'
import { windowSlicing } from '../passes/window-slicing.ts'

/** The graph passes, in the order they run. Fusion, lowering and the memory plan follow in compile-graph.ts. */
export const graphPasses: readonly Pass[] = [
  canonicalize, // one form for equal expressions, so that the next passes see them as equal
  controlFlow, // what regions do not need is gone before others look at them
  joinParts, // sums of slices' gradients, before other rules put part of them together
  simplify, // exact algebra; exposes constants
  constantFolding, // by the kernels that would run
  canonicalize, // what folding made: one number for equal elements
  viewSinking, // views end at loads, where they become index maps
  windowSlicing, // what of a product over windows nothing reads is not computed
  simplify, // views that met may cancel, and slices of padding
  commonSubexpressions, // last of the rewriting ones: what became equal is computed once
  joinLoops, // what is equal outside of loops is one value now
  loopInvariants, // late, so that views have moved and constants are folded
  loopSums, // where a pass adds to a block: what a block's place is made of is outside
  controlFlow, // captures that were used by what has moved
  copySharing, // what strides cannot say is copied once
  deadCode, // drops what nothing needs any more
]

/** What `withoutPasses` can name. */
export const optionalPasses: readonly string[] = [
  ...new Set(graphPasses.map((pass) => pass.name)),
  'fusion', // one kernel for each node
  'updates', // a kernel for the update of each state
]
