import { compileGraph } from '../../compile/compile-graph.ts'
import type { CompileOptions } from '../../compile/options.ts'
import type { Graph } from '../../ir/graph.ts'
import { printGraph } from '../../ir/print.ts'
import type { HybridState } from './hybridize.ts'
import { signatureText } from './template.ts'

/** A graph as data; `String(graph)` is IR text, which is the same on every run. */
export interface ReadableGraph extends Graph {
  toString(): string
}

/** What one pass left. `String(stage)` is the pass's name and IR text, or that nothing changed. */
export interface PassStage {
  readonly pass: string
  readonly isChanged: boolean
  readonly graph: ReadableGraph
  toString(): string
}

/** The graphs of one specialisation. `String(graphs)` prints both. */
export interface SpecialisationGraphs {
  /** Form of the arguments they are for. */
  readonly signature: string
  /** What the recorded call did. */
  readonly traced: ReadableGraph
  /** What the program computes. */
  readonly optimized: ReadableGraph
  /** The graph after each pass on the way from one to the other, in the order they run. Optimizes anew. */
  passes(): PassStage[]
  toString(): string
}

/** Of every specialisation, the latest first. */
export const graphsOf = ({ specialisations, options }: HybridState): SpecialisationGraphs[] =>
  specialisations.map(({ template, program }) => {
    const { traced, optimized } = program.compiled
    const signature = signatureText(template)
    const text = (): string =>
      `traced ${signature}\n${printGraph(traced)}\noptimized ${signature}\n${printGraph(optimized)}`
    const graphs = { signature, traced: readable(traced), optimized: readable(optimized) }
    const passes = (): PassStage[] => passStages(traced, options)
    return withText(Object.defineProperty({ ...graphs, passes }, 'passes', { enumerable: false }), text)
  })

function passStages(traced: Graph, options: CompileOptions): PassStage[] {
  const stages: PassStage[] = []
  compileGraph(traced, options, [
    ({ name: pass }, before, after) => {
      const [was, is] = [printGraph(before), printGraph(after)]
      const text = (): string => (was === is ? `${pass}: nothing changed` : `${pass}:\n${is}`)
      stages.push(withText({ pass, isChanged: was !== is, graph: readable(after) }, text))
    },
  ])
  return stages
}

const readable = (graph: Graph): ReadableGraph => withText({ ...graph }, () => printGraph(graph))

/** Not enumerable, so that data stays data. */
const withText = <T extends object>(data: T, toString: () => string): T =>
  Object.defineProperty(data, 'toString', { value: toString, enumerable: false })
