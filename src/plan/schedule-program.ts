import { carriedOf, countOf, givenOf, isBranch, selectorOf } from '../ir/control.ts'
import type { FusedGraph, FusionGroup } from '../ir/fusion-group.ts'
import type { GraphControl, GraphInput, GraphNode, GraphResult, GraphValue } from '../ir/graph.ts'
import { locate, type Location } from '../ir/materialize.ts'
import { joinUpdates } from './join-updates.ts'
import { scheduleKernels } from './state-writes.ts'

/** What a program does, in order. */
export type ScheduledStep =
  | { readonly kind: 'kernel'; readonly group: FusionGroup }
  | {
      readonly kind: 'branch'
      readonly selector: GraphValue
      readonly arms: readonly (readonly ScheduledStep[])[]
    }
  | {
      readonly kind: 'loop'
      readonly count: GraphValue | undefined
      readonly pass: GraphResult
      readonly condition: { readonly steps: readonly ScheduledStep[]; readonly test: GraphValue } | undefined
      readonly body: readonly ScheduledStep[]
    }

export interface ScheduledProgram {
  readonly steps: readonly ScheduledStep[]
  /** The node whose kernel stores straight into a state's place. */
  readonly inPlace: ReadonlyMap<GraphNode, GraphInput>
  /** Values that lie where a control op's result does: what a loop begins with and carries, and what regions hand on. */
  readonly cells: ReadonlyMap<GraphValue, GraphResult>
  /** How inputs of regions are seen in the values that they are given. */
  readonly known: Map<GraphValue, Location>
}

/** Orders the kernels of a program and of its regions. */
export function scheduleProgram(program: FusedGraph, joinsUpdates: boolean): ScheduledProgram {
  const known = new Map<GraphValue, Location>()
  const cells = new Map<GraphValue, GraphResult>()
  const scheduled = scheduleKernels(program.graph, program.groups)
  const { groups, inPlace } = joinsUpdates ? joinUpdates(scheduled) : scheduled
  return { steps: stepsOf(groups, { known, cells }), inPlace, cells, known }
}

type Places = { readonly known: Map<GraphValue, Location>; readonly cells: Map<GraphValue, GraphResult> }

const stepsOf = (groups: readonly FusionGroup[], places: Places): ScheduledStep[] =>
  groups.map((group) =>
    group.control ? controlStep(group.control, group.regions!, places) : { kind: 'kernel', group },
  )

function controlStep(control: GraphControl, regions: readonly FusedGraph[], places: Places): ScheduledStep {
  for (const { graph } of regions) bindInputs(control, graph.inputs, places)
  const scheduled = regions.map((region) => scheduleRegion(region, control, places))
  if (isBranch(control)) return { kind: 'branch', selector: selectorOf(control), arms: scheduled }
  carriedOf(control).forEach((value, i) => places.cells.set(value, control.results[i]!))
  const [body, steps] = scheduled
  const condition = steps && { steps, test: regions[1]!.graph.results[0]! }
  return { kind: 'loop', count: countOf(control), pass: control.results[control.carried]!, condition, body: body! }
}

/** A region's inputs are the values outside, where they lie. */
function bindInputs(control: GraphControl, inputs: readonly GraphInput[], { known, cells }: Places): void {
  const given = givenOf(control)
  given.forEach((value, i) => {
    const input = inputs[i]!
    if (value === undefined) cells.set(input, control.results[control.carried]!)
    else if (!isBranch(control) && i <= control.carried) cells.set(input, control.results[i - 1]!)
    else known.set(input, locate(value, known))
  })
}

/** Writes of a region go to the places of its control op's results, whatever they were called in it. */
function scheduleRegion({ graph, groups }: FusedGraph, control: GraphControl, places: Places): ScheduledStep[] {
  const schedule = scheduleKernels(graph, groups, 'region')
  const indexOf = new Map(graph.writes.map(({ state }, i) => [state, i]))
  for (const [node, state] of schedule.inPlace) places.cells.set(node, control.results[indexOf.get(state)!]!)
  return stepsOf(schedule.groups, places)
}
