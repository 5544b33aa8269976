import { isConstant } from '../../src/ir/graph.ts'
import { canonicalize } from '../../src/passes/canonicalize.ts'
import { commonSubexpressions } from '../../src/passes/common-subexpressions.ts'
import { constantFolding } from '../../src/passes/constant-folding.ts'
import { controlFlow } from '../../src/passes/control-flow.ts'
import { copySharing } from '../../src/passes/copy-sharing.ts'
import { deadCode } from '../../src/passes/dead-code.ts'
import { joinLoops } from '../../src/passes/join-loops.ts'
import { joinParts } from '../../src/passes/join-parts.ts'
import { loopInvariants } from '../../src/passes/loop-invariants.ts'
import { loopSums } from '../../src/passes/loop-sums.ts'
import type { Pass, PassContext } from '../../src/passes/pass.ts'
import { simplify } from '../../src/passes/simplify.ts'
import { viewSinking } from '../../src/passes/view-sinking.ts'
import { windowSlicing } from '../../src/passes/window-slicing.ts'
import { evaluateGraph } from '../reference/evaluate.ts'

/** Every graph-to-graph pass. */
export const passes: readonly Pass[] = [
  canonicalize,
  simplify,
  constantFolding,
  commonSubexpressions,
  deadCode,
  viewSinking,
  joinParts,
  windowSlicing,
  copySharing,
  controlFlow,
  loopInvariants,
  loopSums,
  joinLoops,
]

/** Folds with the reference. */
export const context: PassContext = {
  evaluate: (node) => {
    if (!node.operands.every(isConstant)) throw new Error(`${node.op} is folded, but an operand is not a constant`)
    return evaluateGraph({ inputs: [], results: [node], writes: [] }, () => new Uint8Array()).results[0]!
  },
}
