import { dtypeInfo } from '../base/dtype.ts'
import { isContiguous } from '../base/layout.ts'
import { elementCount, sameShape } from '../base/shape.ts'
import type { FusionGroup } from '../ir/fusion-group.ts'
import {
  controlsOf,
  type Graph,
  type GraphInput,
  type GraphNode,
  type GraphValue,
  isConstant,
  isNode,
  outputsOf,
  type StateWrite,
} from '../ir/graph.ts'
import { locate, type Location } from '../ir/materialize.ts'
import { isFull, readsOwnRow, rowsOf } from '../ir/rows.ts'
import { recordOf } from '../ops/registry.ts'
import { Dependencies } from './dependencies.ts'
import type { Weights } from './growth.ts'

/** Kernels in the order they run, and the state each written value replaces in place. */
export interface Schedule {
  readonly groups: readonly FusionGroup[]
  /** The node whose kernel stores straight into the state's cell. */
  readonly inPlace: ReadonlyMap<GraphNode, GraphInput>
}

/**
 * Orders kernels so that state changes only when nothing can fail any more and nobody needs the old value: a kernel may write a
 * state in place when every other reader and every kernel with run-time checks can run before it. Otherwise the value goes to a
 * temporary and a copy kernel commits it. What a region writes is forgotten when a check fails, so that checks do not matter there.
 */
export function scheduleKernels(
  graph: Graph,
  groups: readonly FusionGroup[],
  kind: 'program' | 'region' = 'program',
): Schedule {
  const known = new Map<GraphValue, Location>()
  const baseOf = (value: GraphValue): GraphValue => locate(value, known).base
  const order = new Dependencies(groups, baseOf)
  const inPlace = new Map<GraphNode, GraphInput>()
  const checking = inOrderOfChecks(graph, groups.filter(hasChecks))
  checking.forEach((group, i) => i > 0 && order.tryPrecede([checking[i - 1]!], group))
  const toPass = kind === 'program' ? checking : []
  const outputs = new Set([...outputsOf(graph), ...controlsOf(graph).flatMap(({ operands }) => operands)])
  const mayReplace = (write: StateWrite, group: FusionGroup): boolean => {
    const before = [...order.readersOf(write.state), ...toPass].filter((other) => other !== group)
    const canFail = kind === 'program' && hasChecks(group)
    return readsOnlySameElement(group, write, known) && !canFail && order.tryPrecede(before, group)
  }
  /** The value that `node` changes a part of, if nothing else is made of it. */
  const updatedBy = (node: GraphNode): GraphNode | undefined => {
    const operand = node.operands[0]
    if (!operand || !isNode(operand) || outputs.has(operand)) return undefined
    if (!isUpdated(node, 0, locate(operand, known)) || order.readersOf(operand).length > 1) return undefined
    const isReadElsewhere = node.operands.slice(1).some((other) => baseOf(other) === operand)
    return isReadElsewhere || !order.ownerOf(operand) ? undefined : operand
  }
  for (const write of graph.writes) {
    const node = write.value as GraphNode // materializeOutputs() made every written value a node of its own
    const group = order.ownerOf(node)!
    if (mayReplace(write, group)) {
      inPlace.set(node, write.state)
      // What it changes a part of lies there already, if it can.
      for (let value = updatedBy(node); value; value = updatedBy(value)) {
        if (!mayReplace({ state: write.state, value }, order.ownerOf(value)!)) break
        inPlace.set(value, write.state)
      }
    } else {
      const commit: GraphNode = {
        op: 'copy',
        operands: [node],
        attrs: {},
        type: node.type,
        ...(node.source === undefined ? {} : { source: node.source }),
      }
      const commitGroup: FusionGroup = { kind: 'elementwise', nodes: [commit], outputs: [commit] }
      order.addSink(commitGroup, [group, ...order.readersOf(write.state), ...toPass])
      inPlace.set(commit, write.state)
    }
  }
  return { groups: order.lightest(weightsOf(graph, inPlace, baseOf)), inPlace }
}

/** Of two checks that fail, the one that comes first in the function is reported, as in eager mode: where kernels have several, by their first. */
function inOrderOfChecks({ checks = [] }: Graph, groups: readonly FusionGroup[]): FusionGroup[] {
  const position = new Map<GraphValue, number>(checks.map((check, i) => [check, i]))
  const first = ({ nodes, control }: FusionGroup): number =>
    Math.min(...[...nodes, ...(control?.results ?? [])].map((value) => position.get(value) ?? checks.length))
  return groups.toSorted((a, b) => first(a) - first(b))
}

/** What states, constants and results take does not depend on the order. */
function weightsOf(
  graph: Graph,
  inPlace: ReadonlyMap<GraphNode, GraphInput>,
  baseOf: (value: GraphValue) => GraphValue,
): Weights {
  const results = new Set(graph.results.map(baseOf))
  return (value) =>
    results.has(value) || isConstant(value) || inPlace.has(value as GraphNode) || isFixed(value) // only compared
      ? 0
      : elementCount(value.type.shape) * dtypeInfo[value.type.dtype].byteSize
}

const isFixed = (value: GraphValue): boolean => value.op === 'input' && value.role !== 'argument'

const hasChecks = ({ nodes, regions = [] }: FusionGroup): boolean =>
  nodes.some((node) => recordOf(node.op).checks === true) || regions.some(({ groups }) => groups.some(hasChecks))

/** Whether the kernel reads the old state, if at all, only at the element it is about to write. */
function readsOnlySameElement(group: FusionGroup, write: StateWrite, known: Map<GraphValue, Location>): boolean {
  const isSameElement = group.kind === 'row-wise' ? readsInRow(group, write) : readsInPlace(group, write, known)
  return group.nodes.every((node) =>
    node.operands.every((operand, i) => {
      const location = locate(operand, known)
      return (
        location.base !== write.state ||
        (recordOf(node.op).kind === 'elementwise' && isSameElement(node, operand, location)) ||
        isUpdated(node, i, location)
      )
    }),
  )
}

/** Whether the operand is what the node replaces a part of. Each element has been read before that part is written. */
export function isUpdated(node: GraphNode, operand: number, { layout }: Location): boolean {
  const record = recordOf(node.op)
  return (
    operand === 0 && record.kind === 'opaque' && record.updatesFirst === true && isContiguous(layout, node.type.shape)
  )
}

type Reads = (node: GraphNode, operand: GraphValue, location: Location) => boolean

function readsInPlace(group: FusionGroup, { state }: StateWrite, known: Map<GraphValue, Location>): Reads {
  const { shape } = state.type
  const prologue = prologueOf(group, known)
  return (node, operand, { layout }) =>
    sameShape(node.type.shape, shape) &&
    sameShape(operand.type.shape, shape) &&
    isContiguous(layout, shape) &&
    !prologue.has(node)
}

/** Values at kept shape are stored when their row is done; an element of full shape may be stored before a later pass reads it again. */
function readsInRow({ anchor }: FusionGroup, { state, value }: StateWrite): Reads {
  const rows = rowsOf(anchor!)!
  return (node, operand, { base, layout }) =>
    !isFull(rows, value) &&
    sameShape(value.type.shape, state.type.shape) &&
    readsOwnRow(rows, node, operand, base, layout)
}

/** A node before a reduction or a product runs for other elements than those of the result, or for many of one result. */
function prologueOf({ anchor, nodes }: FusionGroup, known: Map<GraphValue, Location>): ReadonlySet<GraphValue> {
  const before = new Set<GraphValue>()
  if (!anchor) return before
  const members = new Set<GraphValue>(nodes)
  const waiting = [anchor]
  for (let node = waiting.pop(); node; node = waiting.pop())
    for (const operand of node.operands) {
      const { base } = locate(operand, known)
      if (!members.has(base) || before.has(base)) continue
      before.add(base)
      waiting.push(base as GraphNode) // members are nodes
    }
  return before
}
