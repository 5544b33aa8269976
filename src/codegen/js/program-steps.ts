import type * as ESTree from 'estree'

import { dtypeInfo } from '../../base/dtype.ts'
import type { Buffer } from '../../kernel/ir.ts'
import type { NameTable } from '../../kernel/names.ts'
import type { Placement } from '../../plan/placement.ts'
import type { BranchStep, LoopStep, ProgramStep, ScalarPlace } from '../../plan/program-steps.ts'
import { assign, binary, breakUnless, choose, element, forever, name, number, sum } from './estree.ts'
import { parameterName } from './kernel-function.ts'

interface StepContext {
  readonly names: NameTable
  placementOf(buffer: Buffer): Placement
  /** Statements that carry out a kernel. */
  invoke(position: number): ESTree.Statement[]
}

export const stepStatements = (steps: readonly ProgramStep[], context: StepContext): ESTree.Statement[] =>
  steps.flatMap((step) => {
    if (step.kind === 'kernel') return context.invoke(step.kernel)
    return [step.kind === 'branch' ? branchStatement(step, context) : loopStatement(step, context)]
  })

function branchStatement({ selector, arms }: BranchStep, context: StepContext): ESTree.Statement {
  const chosen = scalar(selector, context)
  const last = arms.length - 1
  return choose(
    arms.map((arm, i) => ({
      test: i === last ? undefined : binary(i === 0 ? '<=' : '===', chosen, number(i)),
      body: stepStatements(arm, context),
    })),
  )
}

/** The number of the pass is in memory for kernels, and at the end for what follows. */
function loopStatement({ count, pass, condition, body }: LoopStep, context: StepContext): ESTree.Statement {
  const index = context.names.fresh('pass')
  return forever(index, [
    assign(scalar(pass, context), name(index)),
    ...(count ? [breakUnless(binary('<', name(index), scalar(count, context)))] : []),
    ...(condition
      ? [
          ...stepStatements(condition.steps, context),
          breakUnless(binary('!==', scalar(condition.test, context), number(0))),
        ]
      : []),
    ...stepStatements(body, context),
  ])
}

/** An int32 or bool scalar in memory. */
function scalar({ buffer, elementOffset }: ScalarPlace, context: StepContext): ESTree.MemberExpression {
  const { byteSize } = dtypeInfo[buffer.dtype]
  const placement = context.placementOf(buffer)
  const view = name(buffer.dtype === 'int32' ? 'i32' : 'u8')
  if (placement.kind === 'static') return element(view, number(placement.byteOffset / byteSize + elementOffset))
  return element(view, sum(binary('/', name(parameterName(placement.position)), number(byteSize)), elementOffset))
}
