import { bodyOf, carriedInputsOf, conditionOf, isBranch } from '../ir/control.ts'
import type { FusedGraph, FusionGroup } from '../ir/fusion-group.ts'
import type { Graph, GraphControl, GraphInput } from '../ir/graph.ts'
import { fuse, type FusionOptions } from './fusion.ts'
import { materializeOutputs } from './materialize-outputs.ts'
import { materializeReductionOperands } from './materialize-reduction-operands.ts'

export interface FuseProgramOptions extends FusionOptions {
  /** Whether a reduction kernel would need an operand that lies otherwise. */
  isBlocked(group: FusionGroup): boolean
}

/**
 * The kernels of a graph, and those of the regions in it. What a region hands on is written to places that its control op has for it: to a loop
 * the next carried values are writes to the present ones, to a branch its results are writes to inputs that nothing reads.
 */
export function fuseProgram(graph: Graph, options: FuseProgramOptions): FusedGraph {
  const final = materializeOutputs(materializeReductionOperands(graph, (group) => options.isBlocked(group)))
  const groups = fuse(final, options).map((group) =>
    group.control
      ? { ...group, regions: writingRegions(group.control).map((region) => fuseProgram(region, options)) }
      : group,
  )
  return { graph: final, groups }
}

function writingRegions(control: GraphControl): Graph[] {
  if (isBranch(control)) return control.regions.map((region) => writing(region, resultInputs(control)))
  const [body, condition] = [bodyOf(control), conditionOf(control)]
  const writingBody = writing(body, carriedInputsOf(control, body))
  return condition ? [writingBody, condition] : [writingBody]
}

const writing = (region: Graph, places: readonly GraphInput[]): Graph => ({
  ...region,
  inputs: [...new Set([...region.inputs, ...places])],
  results: [],
  writes: region.results.map((value, i) => ({ state: places[i]!, value })),
})

const resultInputs = ({ results }: GraphControl): GraphInput[] =>
  results.map(({ type }, i) => ({ op: 'input', role: 'state', name: `result${i}`, type }))
