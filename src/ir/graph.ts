import type { TypedArray } from '../base/dtype.ts'
import type { Value } from '../ops/interpreter.ts'
import type { Attrs, OpName } from '../ops/table.ts'

/** A value known when the graph runs. */
export interface GraphInput extends Value {
  readonly op: 'input'
  /** argument: given at each call; state: read from its cell when the call begins; capture: a tensor of the enclosing scope, fixed. */
  readonly role: 'argument' | 'state' | 'capture'
  /** Unique in the graph; its name in IR text. */
  readonly name: string
}
/** A value known when the graph is built: one number in every element, or all elements in row-major order. */
export interface GraphConstant extends Value {
  readonly op: 'constant'
  readonly value: number | TypedArray
}
/** One op application. Never changed: a pass makes new nodes. */
export interface GraphNode extends Value {
  readonly op: OpName
  readonly operands: readonly GraphValue[]
  readonly attrs: Attrs
  /** `file:line:column` of the user's call. */
  readonly source?: string
}
export type GraphValue = GraphInput | GraphConstant | GraphNode

/** The value a state cell takes when the call has succeeded. */
export interface StateWrite {
  readonly state: GraphInput
  readonly value: GraphValue
}
export interface Graph {
  /** Every input, used or not, in the order they are bound. */
  readonly inputs: readonly GraphInput[]
  readonly results: readonly GraphValue[]
  readonly writes: readonly StateWrite[]
  /** Values that are computed even when nothing needs them, because that can fail: an index out of range is an error in every mode. */
  readonly checks?: readonly GraphValue[]
}

export const isNode = (value: GraphValue): value is GraphNode => value.op !== 'input' && value.op !== 'constant'
export const isConstant = (value: GraphValue): value is GraphConstant => value.op === 'constant'

/** All that must be computed: results, the values of state writes, and what can fail. */
export const outputsOf = (graph: Graph): readonly GraphValue[] => [
  ...graph.results,
  ...graph.writes.map((write) => write.value),
  ...(graph.checks ?? []),
]

/** The graph with every output replaced. */
export const mapOutputs = (graph: Graph, of: (value: GraphValue) => GraphValue): Graph => ({
  ...graph,
  results: graph.results.map(of),
  writes: graph.writes.map((write) => ({ ...write, value: of(write.value) })),
  ...(graph.checks ? { checks: graph.checks.map(of) } : {}),
})

/** Graphs never change, and several passes ask for the same one. */
const orders = new WeakMap<Graph, readonly (GraphNode | GraphConstant)[]>()

/** Every value the outputs need but the inputs, each after its operands. */
export function inDependencyOrder(graph: Graph): readonly (GraphNode | GraphConstant)[] {
  const known = orders.get(graph)
  if (known) return known
  const order = orderOf(graph)
  orders.set(graph, order)
  return order
}

function orderOf(graph: Graph): (GraphNode | GraphConstant)[] {
  const order: (GraphNode | GraphConstant)[] = []
  const seen = new Set<GraphValue>()
  // An explicit stack: recorded programs can be deeper than the call stack.
  const stack: { value: GraphValue; next: number }[] = []
  const visit = (value: GraphValue): void => {
    if (seen.has(value)) return
    seen.add(value)
    stack.push({ value, next: 0 })
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!
      const operand = isNode(top.value) ? top.value.operands[top.next++] : undefined
      if (operand === undefined) {
        if (top.value.op !== 'input') order.push(top.value)
        stack.pop()
      } else if (!seen.has(operand)) {
        seen.add(operand)
        stack.push({ value: operand, next: 0 })
      }
    }
  }
  outputsOf(graph).forEach(visit)
  return order
}

/** How often each value is used, by nodes and as an output. */
export function useCounts(graph: Graph): Map<GraphValue, number> {
  const counts = new Map<GraphValue, number>()
  const use = (value: GraphValue): void => void counts.set(value, (counts.get(value) ?? 0) + 1)
  for (const value of inDependencyOrder(graph)) if (isNode(value)) value.operands.forEach(use)
  outputsOf(graph).forEach(use)
  return counts
}
