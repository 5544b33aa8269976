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
/** One result of a control op. */
export interface GraphResult extends Value {
  readonly op: 'result'
  readonly control: GraphControl
  readonly index: number
}
export type GraphValue = GraphInput | GraphConstant | GraphNode | GraphResult

/** What the user called. The first three are branches, the others loops; `customVjp` has one region, and a gradient of its own. */
export type ControlName = 'cond' | 'switchCase' | 'customVjp' | 'whileLoop' | 'forLoop' | 'scan'
/**
 * Regions that run as often as operands and conditions say. A region is a graph of its own: it reads nothing but its inputs, which are given
 * from the operands by position, and writes no state.
 *
 * - branch: operands are the selector (bool or int32 scalar), then captures; regions take the captures, and the one whose number is the selector
 *   runs. Their results are the control's.
 * - loop: operands are the count (int32 scalar; only if `counted`), `carried` initial values, then captures. Regions are the body and, unless there
 *   is a count only, the condition. Both take the number of the pass (int32 scalar), the carried values and the captures. The condition gives
 *   a bool scalar; the body gives the carried values of the next pass. Results are the carried values at the end, then the number of passes.
 */
export interface GraphControl {
  readonly name: ControlName
  readonly operands: readonly GraphValue[]
  readonly regions: readonly Graph[]
  readonly carried: number
  readonly counted: boolean
  readonly results: readonly GraphResult[]
  readonly source?: string
}

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

export const isNode = (value: GraphValue): value is GraphNode =>
  value.op !== 'input' && value.op !== 'constant' && value.op !== 'result'
export const isResult = (value: GraphValue): value is GraphResult => value.op === 'result'
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

/** What a value is computed from. */
export const operandsOf = (value: GraphValue): readonly GraphValue[] =>
  isNode(value) ? value.operands : isResult(value) ? value.control.operands : []

/** Every value but inputs. */
export type ComputedValue = GraphNode | GraphConstant | GraphResult

/** Graphs never change, and several passes ask for the same one. */
const orders = new WeakMap<Graph, readonly ComputedValue[]>()

/** Every value the outputs need but the inputs, each after its operands; the results of a control op all together, used or not. */
export function inDependencyOrder(graph: Graph): readonly ComputedValue[] {
  const known = orders.get(graph)
  if (known) return known
  const order = orderOf(graph)
  orders.set(graph, order)
  return order
}

function orderOf(graph: Graph): ComputedValue[] {
  const order: ComputedValue[] = []
  const seen = new Set<GraphValue>()
  // An explicit stack: recorded programs can be deeper than the call stack.
  const stack: { value: GraphValue; next: number }[] = []
  const enter = (value: GraphValue): void => {
    if (seen.has(value)) return
    for (const each of isResult(value) ? value.control.results : [value]) seen.add(each)
    stack.push({ value, next: 0 })
  }
  const visit = (value: GraphValue): void => {
    enter(value)
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!
      const operand = operandsOf(top.value)[top.next++]
      if (operand !== undefined) enter(operand)
      else {
        if (isResult(top.value)) order.push(...top.value.control.results)
        else if (top.value.op !== 'input') order.push(top.value)
        stack.pop()
      }
    }
  }
  outputsOf(graph).forEach(visit)
  return order
}

/** Every control op in the graph itself, each after those that it depends on. */
export const controlsOf = (graph: Graph): GraphControl[] =>
  inDependencyOrder(graph).flatMap((value) => (isResult(value) && value.index === 0 ? [value.control] : []))

/** How often each value is used, by nodes, by control ops and as an output. */
export function useCounts(graph: Graph): Map<GraphValue, number> {
  const counts = new Map<GraphValue, number>()
  const use = (value: GraphValue): void => void counts.set(value, (counts.get(value) ?? 0) + 1)
  for (const value of inDependencyOrder(graph)) if (isNode(value)) value.operands.forEach(use)
  for (const { operands } of controlsOf(graph)) operands.forEach(use)
  outputsOf(graph).forEach(use)
  return counts
}
