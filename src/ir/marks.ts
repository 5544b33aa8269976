import { inDependencyOrder, operandsOf, type Graph, type GraphValue } from './graph.ts'

/**
 * What differentiation wants to know of recorded values besides what they compute: in which order the program made them, and where no
 * gradient flows. Passes know nothing of it: a gradient is taken of a graph as it was recorded.
 */
const numbers = new WeakMap<GraphValue, number>()
const untracked = new WeakSet<GraphValue>()
const ofBodies = new WeakMap<Graph, RegionMarks>()
let made = 0

/** How a loop, or a call with a gradient of its own, provides for it. */
export interface RegionMarks {
  /** It keeps nothing, and begins again for the gradient of every pass. */
  readonly isCheckpoint?: boolean
  /** Which carried values lie on which of the carried stacks. */
  readonly stacks?: ReadonlyMap<number, number>
  readonly custom?: CustomGradient
}

/** The gradient that a user's function computes. */
export interface CustomGradient {
  /** Reads cotangents of the values, then all results of the call, then its captures. Not there for gradients of too high an order. */
  readonly graph: Graph | undefined
  /** How many of the results are values; gradients of the others, which the graph reads, are those of the region itself. */
  readonly values: number
  /** Of which captures the graph gives cotangents. */
  readonly captures: readonly number[]
}

/** The next position in program order, of a value or of a step of the eager tape. */
export const nextInProgram = (): number => ++made

export function noteMade<V extends GraphValue>(value: V): V {
  numbers.set(value, nextInProgram())
  return value
}

/** Puts the values of a graph in program order again after substitution, which may have made operands of values that are older. */
export function noteOrder(graph: Graph): void {
  const latest = new Map<GraphValue, number>()
  const order = inDependencyOrder(graph)
  for (const value of order) {
    const operands = operandsOf(value).map((operand) => latest.get(operand) ?? 0)
    latest.set(value, Math.max(numbers.get(value) ?? 0, ...operands))
  }
  for (const value of [...order].sort((a, b) => latest.get(a)! - latest.get(b)!)) noteMade(value)
}

/** Position in program order, if the value was recorded. */
export const positionOf = (value: GraphValue): number | undefined => numbers.get(value)

export const noteUntracked = (value: GraphValue): void => void untracked.add(value)

/** Whether the value was recorded as one that no gradient flows through: detached, or made under noGrad. */
export const isUntracked = (value: GraphValue): boolean => untracked.has(value)

/** Notes of `copy` what is known of `value`. */
export function copyMarks(value: GraphValue, copy: GraphValue): void {
  const position = numbers.get(value)
  if (position !== undefined) numbers.set(copy, position)
  if (untracked.has(value)) untracked.add(copy)
}

export const noteBody = (body: Graph, marks: RegionMarks): void => void ofBodies.set(body, marks)
export const marksOfBody = (body: Graph): RegionMarks => ofBodies.get(body) ?? {}
