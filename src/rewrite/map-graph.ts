import { withParts } from '../ir/control.ts'
import {
  inDependencyOrder,
  isNode,
  isResult,
  mapOutputs,
  outputsOf,
  type Graph,
  type GraphConstant,
  type GraphControl,
  type GraphInput,
  type GraphNode,
  type GraphValue,
} from '../ir/graph.ts'

/** What has become of a value. */
export type Mapped = (value: GraphValue) => GraphValue
/** Is given the control op over its new operands, and what it was before. */
type TransformControl = (control: GraphControl, original: GraphControl) => readonly GraphValue[]

/**
 * The graph with `transform` applied to every node and constant, operands first; a node reaches `transform` with its new operands, and so do
 * control ops `transformControl`, which answers with a value for each result. Regions are graphs of their own: they are left as they are.
 * Values stay the same objects, and so does the graph, where nothing changed under them.
 */
export const mapGraph = (
  graph: Graph,
  transform: (value: GraphNode | GraphConstant) => GraphValue,
  transformControl?: TransformControl,
): Graph =>
  rebuildGraph(
    graph,
    (value, of) => transform(isNode(value) ? withOperands(value, value.operands.map(of)) : value),
    transformControl,
  )

/** Like `mapGraph`, for a `rebuild` that asks itself what has become of operands; `inputs` says what stands for inputs. */
export function rebuildGraph(
  graph: Graph,
  rebuild: (value: GraphNode | GraphConstant, of: Mapped) => GraphValue,
  transformControl: TransformControl = ({ results }) => results,
  inputs: ReadonlyMap<GraphInput, GraphValue> = new Map(),
): Graph {
  const mapped = new Map<GraphValue, GraphValue>(inputs)
  const of: Mapped = (value) => mapped.get(value) ?? value
  for (const value of inDependencyOrder(graph)) {
    if (!isResult(value)) mapped.set(value, rebuild(value, of))
    else if (value.index === 0) {
      const { control } = value
      const results = transformControl(withParts(control, control.operands.map(of)), control)
      control.results.forEach((result, i) => mapped.set(result, results[i]!))
    }
  }
  if (outputsOf(graph).every((value) => of(value) === value)) return graph
  return mapOutputs(graph, of)
}

/** The graph over other values in place of inputs; it lists `kept` as its inputs. */
export const replaceInputs = (
  graph: Graph,
  inputs: ReadonlyMap<GraphInput, GraphValue>,
  kept: readonly GraphInput[],
): Graph => ({
  ...rebuildGraph(
    graph,
    (value, of) => (isNode(value) ? withOperands(value, value.operands.map(of)) : value),
    undefined,
    inputs,
  ),
  inputs: kept,
})

/** The graph with every region of its control ops replaced. */
export const mapRegions = (graph: Graph, of: (region: Graph) => Graph): Graph =>
  mapGraph(
    graph,
    (value) => value,
    (control) => withParts(control, control.operands, control.regions.map(of)).results,
  )

/** The node over other operands of the same types; the node itself when they are the same objects. */
export const withOperands = (node: GraphNode, operands: readonly GraphValue[]): GraphNode =>
  operands.every((operand, i) => operand === node.operands[i]) ? node : { ...node, operands }
