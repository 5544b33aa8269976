import type { FusionGroup } from '../ir/fusion-group.ts'
import type { GraphValue } from '../ir/graph.ts'
import type { Kernel } from '../kernel/ir.ts'
import type { BufferTable } from './buffers.ts'
import type { GroupLowering } from './lower-groups.ts'
import type { ProgramStep, ScalarPlace } from './program-steps.ts'
import type { ScheduledProgram, ScheduledStep } from './schedule-program.ts'

/** Kernels in the order of the text, those of regions among them, and the groups that they were made of. */
export interface LoweredSteps {
  readonly steps: readonly ProgramStep[]
  readonly groups: readonly FusionGroup[]
  readonly kernels: readonly Kernel[]
}

export function lowerSteps({ steps }: ScheduledProgram, lowering: GroupLowering, table: BufferTable): LoweredSteps {
  const groups: FusionGroup[] = []
  const kernels: Kernel[] = []
  const lowerAll = (inOrder: readonly ScheduledStep[]): ProgramStep[] => inOrder.map(lower)
  const lower = (step: ScheduledStep): ProgramStep => {
    if (step.kind === 'kernel') {
      kernels.push(lowering.lower(step.group, kernelName(step.group, kernels.length)))
      return { kind: 'kernel', kernel: groups.push(step.group) - 1 }
    }
    if (step.kind === 'branch')
      return { kind: 'branch', selector: placeIn(table, step.selector), arms: step.arms.map(lowerAll) }
    const { count, pass, condition, body } = step
    return {
      kind: 'loop',
      count: count && placeIn(table, count),
      pass: placeIn(table, pass),
      condition: condition && { steps: lowerAll(condition.steps), test: placeIn(table, condition.test) },
      body: lowerAll(body),
    }
  }
  return { steps: lowerAll(steps), groups, kernels }
}

/** Where a value that is row-major in memory begins. */
export function placeIn(table: BufferTable, value: GraphValue): ScalarPlace {
  const { buffer, layout } = table.locate(value)
  return { buffer, elementOffset: layout.offset }
}

/** `k3_matmul_add_relu`: position and the ops carried out, shortened. */
function kernelName(group: FusionGroup, step: number): string {
  const ops = [...new Set(group.nodes.map((node) => node.op))]
  const shown = ops.length > 4 ? [...ops.slice(0, 3), `${ops.length - 3}_more`] : ops
  return `k${step}_${shown.join('_')}`
}
