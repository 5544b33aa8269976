import { captureInputsOf, capturesOf, isBranch, makeControl } from '../ir/control.ts'
import {
  inDependencyOrder,
  isConstant,
  isNode,
  isResult,
  outputsOf,
  type Graph,
  type GraphControl,
  type GraphInput,
  type GraphNode,
  type GraphValue,
} from '../ir/graph.ts'
import { isView } from '../ir/materialize.ts'
import { elementCount } from '../base/shape.ts'
import { recordOf } from '../ops/registry.ts'
import { mapGraph, rebuildGraph, withOperands } from '../rewrite/map-graph.ts'
import type { Pass } from './pass.ts'

/**
 * Computes before a loop what is the same in every pass.
 *
 * Before: forLoop(%n, %x, %w) region(%pass, %a, %w) { %0 = tanh(%w); %1 = mul(%a, %0); … }
 * After:  %0 = tanh(%w); forLoop(%n, %x, %0) region(%pass, %a, %h) { %1 = mul(%a, %h); … }
 *
 * Needs control ops simplified. Leaves views where they are, what can fail (the loop may make no pass), and what would be larger than the
 * values it is made of. Regions of branches stay whole. Cost: O(n).
 */
export const loopInvariants: Pass = {
  name: 'loop-invariants',
  run: (graph) =>
    mapGraph(
      graph,
      (value) => value,
      (control) => (isBranch(control) ? control : hoisted(control)).results,
    ),
}

function hoisted(control: GraphControl): GraphControl {
  const captures = [...capturesOf(control)]
  const regions = control.regions.map((region) => {
    const outside = new Map<GraphValue, GraphValue>(
      captureInputsOf(control, region).map((input, i) => [input, capturesOf(control)[i]!]),
    )
    return { region, moved: movable(region, outside), outside }
  })
  if (regions.every(({ moved }) => moved.size === 0)) return control
  const inputs = regions.map(({ region }) => [...region.inputs])
  const rebuilt = regions.map(({ region, moved, outside }, r) =>
    rebuildGraph(region, (value, of) => {
      if (!isNode(value)) return value
      if (!moved.has(value)) return withOperands(value, value.operands.map(of))
      const name = uniqueName(inputs, 'invariant')
      captures.push(outside.get(value)!)
      // Every region takes the same captures, whether it reads them or not.
      inputs.forEach((each) => each.push({ op: 'input', role: 'argument', name, type: value.type }))
      return inputs[r]!.at(-1)!
    }),
  )
  return makeControl({
    ...control,
    operands: [...control.operands.slice(0, control.operands.length - capturesOf(control).length), ...captures],
    regions: rebuilt.map((region, r) => ({ ...region, inputs: inputs[r]! })),
  })
}

const uniqueName = (inputs: readonly (readonly GraphInput[])[], name: string): string => {
  const taken = new Set(inputs.flat().map((input) => input.name))
  for (let i = 0; ; i++) if (!taken.has(`${name}${i}`)) return `${name}${i}`
}

/** Nodes to take out of the region, of which others need nothing else; `outside` is given what they are there. */
function movable(region: Graph, outside: Map<GraphValue, GraphValue>): ReadonlySet<GraphNode> {
  const isKnown = (value: GraphValue): boolean => outside.has(value) || isConstant(value)
  const of = (value: GraphValue): GraphValue => outside.get(value) ?? value
  for (const value of inDependencyOrder(region)) {
    if (!isNode(value) || value.operands.length === 0 || !value.operands.every(isKnown)) continue
    if (value.operands.every(isConstant) || recordOf(value.op).checks || (!isView(value) && grows(value))) continue
    outside.set(value, withOperands(value, value.operands.map(of)))
  }
  const needed = new Set<GraphNode>()
  const visit = (value: GraphValue): void => {
    if (!isNode(value) || !outside.has(value)) return
    if (isView(value)) value.operands.forEach(visit)
    else needed.add(value)
  }
  for (const value of inDependencyOrder(region)) {
    if (isNode(value) && !outside.has(value)) value.operands.forEach(visit)
    else if (isResult(value) && value.index === 0) value.control.operands.forEach(visit)
  }
  outputsOf(region).forEach(visit)
  return needed
}

const grows = ({ type, operands }: GraphNode): boolean =>
  elementCount(type.shape) > operands.reduce((sum, operand) => sum + elementCount(operand.type.shape), 0)
