import { GraphEvaluation, type RegionVisitor } from '../../compile/graph-evaluation.ts'
import { regionEffects, type Effect } from '../debug/effects.ts'
import { printEffect } from '../debug/print.ts'
import { inputElements } from './input-elements.ts'
import type { Recording } from './record-call.ts'

/**
 * Carries out, op by op, what the checks and prints of a call need, in the order of the function: checks fail and prints come out where they do
 * in eager code, in every pass of a loop too. From the state before the call.
 *
 * @throws FailedOp
 */
export function replayEffects({ effects, sources }: Recording, leaves: readonly unknown[]): void {
  const evaluation = new GraphEvaluation((input) => inputElements(input, sources, leaves), undefined, printsOfRegions)
  carryOut(effects, evaluation)
}

/** What happens in a region comes out each time it runs. */
export const printsOfRegions: RegionVisitor = (region, evaluation) => carryOut(regionEffects(region), evaluation)

function carryOut(effects: readonly Effect[], evaluation: GraphEvaluation): void {
  for (const effect of effects) {
    if (effect.kind === 'breakpoint') continue
    const elements = evaluation.elements(effect.value)
    if (effect.kind === 'print') printEffect(effect, elements)
  }
}
