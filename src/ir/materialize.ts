import { contiguousLayout, isContiguous, type Layout } from '../base/layout.ts'
import { recordOf } from '../ops/registry.ts'
import { isNode, type GraphNode, type GraphValue } from './graph.ts'

/** A value that lies in memory, and how another value is seen in it. */
export interface Location {
  readonly base: GraphValue
  readonly layout: Layout
}

/** Whether the value is only another layout of its operand's elements. */
export const isView = (value: GraphValue): value is GraphNode => isNode(value) && recordOf(value.op).kind === 'view'

/**
 * Follows views down to what lies in memory. A view that strides cannot say is a base itself: a copy kernel writes it.
 * `layouts` remembers answers; bases are laid out row-major, but for those given in it beforehand (eager operands).
 */
export function locate(value: GraphValue, known: Map<GraphValue, Location>): Location {
  const found = known.get(value)
  if (found) return found
  const location = locateView(value, known) ?? { base: value, layout: contiguousLayout(value.type.shape) }
  known.set(value, location)
  return location
}

function locateView(value: GraphValue, known: Map<GraphValue, Location>): Location | undefined {
  if (!isNode(value)) return undefined
  const record = recordOf(value.op)
  if (record.kind !== 'view') return undefined
  const operand = value.operands[0]!
  const { base, layout } = locate(operand, known)
  const view = record.layout(layout, value.attrs, { operands: [operand.type], result: value.type })
  return view && { base, layout: view }
}

/** Whether the elements of `value` lie row-major in its base. */
export const liesContiguous = (value: GraphValue, known: Map<GraphValue, Location>): boolean =>
  isContiguous(locate(value, known).layout, value.type.shape)
