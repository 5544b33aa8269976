import type { TypedArray } from '../base/dtype.ts'
import { controlsOf, type Graph, type GraphNode } from '../ir/graph.ts'
import { mapRegions } from '../rewrite/map-graph.ts'
import type { RuleHits } from '../rewrite/rewrite.ts'

/** A named graph-to-graph function. It never changes the graph it is given, and keeps nodes under which nothing changed. */
export interface Pass {
  readonly name: string
  run(graph: Graph, context: PassContext): Graph
}

/** What passes need from the caller. */
export interface PassContext {
  /**
   * The elements of a node whose operands are all constants, or one number for every element. The caller runs the kernels that would run
   * anyway, so folding keeps every bit; undefined leaves the node in the graph.
   */
  evaluate(node: GraphNode): TypedArray | number | undefined
  /** Counts the rules that applied, for reports. */
  readonly hits?: RuleHits
}

/** Something to do after every pass: verify, print, count, time. */
export type PassObserver = (pass: Pass, before: Graph, after: Graph) => void

/** Runs `passes` in order, each on the graph and then on the regions in it. */
export const runPasses = (
  graph: Graph,
  passes: readonly Pass[],
  context: PassContext,
  observers: readonly PassObserver[] = [],
): Graph =>
  passes.reduce((before, pass) => {
    const after = runPass(pass, before, context)
    for (const observe of observers) observe(pass, before, after)
    return after
  }, graph)

function runPass(pass: Pass, graph: Graph, context: PassContext): Graph {
  const after = pass.run(graph, context)
  return controlsOf(after).length === 0 ? after : mapRegions(after, (region) => runPass(pass, region, context))
}
