import type { Graph } from '../../ir/graph.ts'
import { printGraph } from '../../ir/print.ts'
import type { HybridState } from './hybridize.ts'
import { signatureText } from './template.ts'

/** A graph as data; `String(graph)` is IR text, which is the same on every run. */
export interface ReadableGraph extends Graph {
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
  toString(): string
}

/** Of every specialisation, the latest first. */
export const graphsOf = ({ specialisations }: HybridState): SpecialisationGraphs[] =>
  specialisations.map(({ template, program }) => {
    const { traced, optimized } = program.compiled
    const signature = signatureText(template)
    const text = (): string =>
      `traced ${signature}\n${printGraph(traced)}\noptimized ${signature}\n${printGraph(optimized)}`
    return withText({ signature, traced: readable(traced), optimized: readable(optimized) }, text)
  })

const readable = (graph: Graph): ReadableGraph => withText({ ...graph }, () => printGraph(graph))

/** Not enumerable, so that data stays data. */
const withText = <T extends object>(data: T, toString: () => string): T =>
  Object.defineProperty(data, 'toString', { value: toString, enumerable: false })
