import type { TypedArray } from '../../base/dtype.ts'
import { compileGraph, type CompiledGraph } from '../../compile/compile-graph.ts'
import { GraphEvaluation } from '../../compile/graph-evaluation.ts'
import { IsolatedProgram } from '../../compile/isolated-program.ts'
import type { CompileOptions } from '../../compile/options.ts'
import { isNode, type Graph, type GraphInput, type GraphValue } from '../../ir/graph.ts'
import { otherDifference, tensorDifference, type Difference } from './difference.ts'

/** A graph with all that one run of it depends on: op by op and compiled it has to give the same. */
export interface ParityCase {
  readonly functionName: string
  readonly graph: Graph
  /** Of every input, row-major. */
  readonly elements: ReadonlyMap<GraphInput, TypedArray>
  readonly options: CompileOptions
  /** What people call a result. */
  readonly nameOf: (result: number) => string
}

/** What a run leaves: its results, and every state that it has written. */
export interface Outcome {
  readonly results: readonly TypedArray[]
  readonly states: ReadonlyMap<GraphInput, TypedArray>
  /** Site of a check that failed; 0 if none did. */
  readonly failedSite: number
}

export const evaluationOf = ({ elements }: Pick<ParityCase, 'elements'>): GraphEvaluation =>
  new GraphEvaluation((input) => elements.get(input)!)

/** Op by op. `graph` has the inputs of the case's own. */
export function evaluateOutcome({ results, writes }: Graph, evaluation: GraphEvaluation): Outcome {
  return {
    results: results.map((value) => evaluation.elements(value)),
    states: new Map(writes.map(({ state, value }) => [state, evaluation.elements(value)])),
    failedSite: 0,
  }
}

export function runOutcome(parityCase: ParityCase, compiled: CompiledGraph, options: CompileOptions): Outcome {
  const program = new IsolatedProgram(compiled, parityCase.elements, options)
  const failedSite = program.run()
  const { results, writes } = compiled.traced
  const outcome = {
    results: failedSite === 0 ? results.map((_, i) => program.result(i)) : [],
    states: new Map(writes.map(({ state }) => [state, program.state(state)])),
    failedSite,
  }
  program.dispose()
  return outcome
}

export const compiledOutcome = (parityCase: ParityCase, options: CompileOptions): Outcome =>
  runOutcome(parityCase, compileGraph(parityCase.graph, options), options)

/** How an outcome differs from that of the ops one by one; the values of the graph that show it are given back as well. */
export function outcomeDifference(
  { graph, elements, nameOf }: ParityCase,
  expected: Outcome,
  actual: Outcome,
): { readonly difference: Difference; readonly value: GraphValue | undefined } | undefined {
  if (actual.failedSite !== 0)
    return { difference: otherDifference('the call', 'succeeds', 'fails in a check'), value: undefined }
  for (const [i, value] of graph.results.entries()) {
    const difference = tensorDifference(
      nameOf(i),
      sourceOf(value),
      value.type,
      expected.results[i]!,
      actual.results[i]!,
    )
    if (difference) return { difference, value }
  }
  for (const { state, value } of graph.writes) {
    const now = actual.states.get(state) ?? elements.get(state)!
    const difference = tensorDifference(state.name, sourceOf(value), value.type, expected.states.get(state)!, now)
    if (difference) return { difference, value }
  }
  return undefined
}

const sourceOf = (value: GraphValue): string | undefined => (isNode(value) ? value.source : undefined)
