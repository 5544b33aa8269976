import { makeConstant } from '../../ir/builder.ts'
import type { Graph, GraphInput, GraphNode, GraphValue } from '../../ir/graph.ts'
import type { OpName } from '../../ops/table.ts'
import type { Storage } from '../../runtime/storage.ts'
import { numberOf, type ExternalSpec, type Step } from './step.ts'

/** Where an input of a segment comes from. */
export type SegmentInput =
  | { readonly kind: 'external'; readonly spec: ExternalSpec }
  | { readonly kind: 'number'; readonly position: number } // among the run's lifted numbers

export interface SegmentGraph {
  readonly graph: Graph
  readonly inputs: ReadonlyMap<GraphInput, SegmentInput>
}

/** A sequence of steps as a graph: its results are the values of the slots in `kept`, and it writes the variables that it assigns. */
export function segmentGraph(steps: readonly Step[], kept: readonly number[]): SegmentGraph {
  const inputs = new Map<GraphInput, SegmentInput>()
  const values: GraphValue[] = []
  const written = new Map<number, number>()
  let numbers = 0
  const input = (role: GraphInput['role'], name: string, type: GraphInput['type'], from: SegmentInput): GraphInput => {
    const made: GraphInput = { op: 'input', role, name, type }
    inputs.set(made, from)
    return made
  }
  for (const step of steps) {
    for (const spec of step.externals) {
      const { slot, type, state } = spec
      values[slot] = state
        ? input('state', `state${slot}`, type, { kind: 'external', spec })
        : input('argument', `arg${slot}`, type, { kind: 'external', spec })
    }
    if (step.op === 'assign') {
      written.set(step.slots[0]!, step.slots[1]!)
      continue
    }
    const operands = step.slots.map((slot, i): GraphValue => {
      if (slot >= 0) return values[slot]!
      const constant = step.constants[i]!
      if (!step.lifted[i]) return makeConstant(numberOf(constant), constant.type)
      return input('argument', `number${numbers}`, constant.type, { kind: 'number', position: numbers++ })
    })
    values[step.slot] = nodeOf(step.op, operands, step)
  }
  const writes = [...written].flatMap(([target, value]) => {
    const state = values[target] as GraphInput // what is assigned to is a value from outside
    return state.role === 'state' && values[value] !== state ? [{ state, value: values[value]! }] : []
  })
  return { graph: { inputs: [...inputs.keys()], results: kept.map((slot) => values[slot]!), writes }, inputs }
}

const nodeOf = (op: OpName, operands: readonly GraphValue[], { attrs, type, source }: Step): GraphNode =>
  source === undefined ? { op, operands, attrs, type } : { op, operands, attrs, type, source }

/** Variables that a sequence of steps assigns, by the slots of what they were before. */
export function assignedStates(steps: readonly Step[]): { readonly target: number; readonly index: number }[] {
  const last = new Map<number, number>()
  steps.forEach((step, index) => {
    if (step.op === 'assign') last.set(step.slots[0]!, index)
  })
  return [...last].map(([target, index]) => ({ target, index }))
}

/** Every state of the steps. */
export const statesOf = (steps: readonly Step[]): Storage[] =>
  steps.flatMap(({ externals }) => externals.flatMap(({ state }) => (state ? [state] : [])))
