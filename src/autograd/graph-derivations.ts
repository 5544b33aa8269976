import { conditionOf, countOf, makeControl } from '../ir/control.ts'
import {
  inDependencyOrder,
  isConstant,
  isNode,
  isResult,
  operandsOf,
  type Graph,
  type GraphControl,
  type GraphValue,
} from '../ir/graph.ts'
import { isUntracked, noteMade, positionOf } from '../ir/marks.ts'
import { pullBackControl, type ApplyControl } from './control-gradient.ts'
import { deriveBy, type Derivation } from './pull-back.ts'

const none: ReadonlySet<GraphValue> = new Set()

/** What a gradient of a graph's value goes on to. */
export const trackedOperands = (value: GraphValue, untracked: ReadonlySet<GraphValue> = none): readonly GraphValue[] =>
  untracked.has(value) || isUntracked(value) ? [] : operandsOf(value)

/** How the values of a graph came to be, in the order in which they were recorded or, where that is not known, that of the graph. */
export function graphDerivations(
  graph: Graph,
  untracked: ReadonlySet<GraphValue> = none,
): (value: GraphValue) => Derivation<GraphValue> | undefined {
  const order = inDependencyOrder(graph)
  const isRecorded = order.every((value) => value.op === 'constant' || positionOf(value) !== undefined)
  const places = isRecorded ? undefined : new Map<GraphValue, number>(order.map((value, i) => [value, i]))
  const placeOf = (value: GraphValue): number => (places ? places.get(value) : positionOf(value)) ?? 0
  const ofControl = new Map<GraphControl, Derivation<GraphValue>>()
  return (value) => {
    if (untracked.has(value) || isUntracked(value)) return undefined
    if (isNode(value)) return deriveBy(value.op, value.operands, value, value.attrs, placeOf(value))
    if (!isResult(value)) return undefined
    const { control } = value
    const known = ofControl.get(control) ?? derivationOfControl(control, placeOf(control.results[0]!))
    ofControl.set(control, known)
    return known
  }
}

const derivationOfControl = (control: GraphControl, position: number): Derivation<GraphValue> => ({
  operands: control.operands,
  results: control.results,
  position,
  pullBackAll: (given) => pullBackControl({ ...control, control, count: knownCount(control) }, given, apply),
})

/** How many passes a loop makes, if the graph says it. */
function knownCount(control: GraphControl): number | undefined {
  const count = conditionOf(control) ? undefined : countOf(control)
  return count && isConstant(count) && typeof count.value === 'number' ? count.value : undefined
}

/** Puts a control op into a graph. */
const apply: ApplyControl = (spec, operands) => {
  const { results } = makeControl({ ...spec, operands: operands as readonly GraphValue[] }) // the graph interpreter's values
  results.forEach(noteMade)
  return results
}
