import { sameShape, type Shape } from '../base/shape.ts'
import type { FusionGroup } from '../ir/fusion-group.ts'
import {
  controlsOf,
  inDependencyOrder,
  isNode,
  isResult,
  outputsOf,
  type Graph,
  type GraphNode,
  type GraphValue,
} from '../ir/graph.ts'
import { isView, locate, type Location } from '../ir/materialize.ts'
import { recordOf } from '../ops/registry.ts'
import { DraftGroups, type DraftGroup } from './fusion-draft.ts'
import { fuseProducers, type ProducerOptions } from './fuse-producers.ts'
import { joinReadersOfState } from './join-readers-of-state.ts'
import { recomputeMasks } from './recompute-masks.ts'
import { joinRows } from './row-groups.ts'

/**
 * Partitions a graph into kernels.
 *
 * Before: %0 = matmul(%x, %w); %1 = add(%0, %b); %2 = relu(%1); %3 = sum(%2) {axes: [0]}
 * After:  contraction { %0, %1, %2 → stores %2 }, reduction { %3 }
 *
 * Needs: canonical graph, views sunk. Leaves to others: loop order and tiles (kernel/), order and memory (plan/).
 * Pointwise nodes join the kernel of an operand; a reduction takes its operand's kernel in when nothing else reads it; never so that two
 * kernels would wait for each other. Then kernels that walk the same rows are joined (row-groups.ts), so are readers and writers of a state
 * (join-readers-of-state.ts), comparisons go to where they are used (recompute-masks.ts), and what only products read, in front of them (fuse-producers.ts). Cost: O(n · kernels) in the worst case, from the
 * reachability checks.
 */
export interface FusionOptions extends ProducerOptions {
  /** Off: every node has a kernel of its own. */
  readonly enabled: boolean
  /** Whether there is a good kernel for these nodes before a reduction, in rows, before or after a product (strides of every access must merge). */
  canInline(group: FusionGroup): boolean
}

export function fuse(graph: Graph, options: FusionOptions): FusionGroup[] {
  const known = new Map<GraphValue, Location>()
  const users = usersOf(graph)
  const outputs = new Set([...outputsOf(graph), ...controlsOf(graph).flatMap(({ operands }) => operands)])
  const draft = new DraftGroups((value) => locate(value, known).base, users, outputs)
  for (const value of inDependencyOrder(graph)) {
    if (isResult(value) && value.index === 0) draft.openControl(value.control)
    if (!isNode(value)) continue
    if (isView(value)) {
      if (locate(value, known).base === value) draft.open('copy', value, value.type.shape, value)
      continue
    }
    place(value, draft, users, outputs, options)
  }
  if (options.enabled) {
    joinRows(graph, draft, known, (group) => options.canInline(group))
    joinReadersOfState(graph, draft, users)
    recomputeMasks(inDependencyOrder(graph), draft, users, outputs)
    fuseProducers(inDependencyOrder(graph), draft, users, outputs, options)
  }
  return draft.finish()
}

function place(
  node: GraphNode,
  draft: DraftGroups,
  users: Users,
  outputs: ReadonlySet<GraphValue>,
  options: FusionOptions,
): void {
  const record = recordOf(node.op)
  switch (record.kind) {
    case 'elementwise':
      if (options.enabled && joinOperands(node, draft, users, outputs, options)) return
      draft.open('elementwise', node, node.type.shape)
      return
    case 'reduction':
      if (options.enabled && absorbProducer(node, draft, users, outputs, options)) return
      draft.open('reduction', node, node.type.shape, node)
      return
    case 'contraction':
      draft.open('contraction', node, node.type.shape, node)
      return
    case 'opaque':
      draft.open('opaque', node, node.type.shape, node)
      return
    default: // generators read their operands from memory, so they begin a kernel
      draft.open('elementwise', node, node.type.shape)
  }
}

/** Joins the kernel of an operand with the same shape, and merges the kernels of the others into it where that is sound. */
function joinOperands(
  node: GraphNode,
  draft: DraftGroups,
  users: Users,
  outputs: ReadonlySet<GraphValue>,
  options: FusionOptions,
): boolean {
  const groups = new Set<DraftGroup>()
  for (const operand of node.operands) {
    const group = isNode(operand) && !isView(operand) ? draft.of(operand) : undefined
    if (!group || !takesPointwise(group, operand, node.type.shape)) continue
    if (group.kind === 'contraction' && !followsProduct(node, operand, group, users, outputs, options)) continue
    groups.add(group)
  }
  // Kernels with an anchor first: elementwise ones can merge into them, but not the other way round. Of those the latest: a sum of many
  // products grows from one to the next, where the first would have to wait for all others and read them.
  const candidates = [...groups].sort((a, b) =>
    a.anchor && b.anchor ? b.position - a.position : Number(a.anchor === undefined) - Number(b.anchor === undefined),
  )
  let joined: DraftGroup | undefined
  for (const group of candidates) {
    if (!joined) {
      if (draft.canJoin(node, group)) joined = group
    } else if (draft.canMerge(joined, group, node)) joined = draft.merge(joined, group)
  }
  if (!joined) return false
  draft.add(node, joined)
  return true
}

/** Whether the register value of `operand` is at hand where the group computes elements of `shape`. */
const takesPointwise = (group: DraftGroup, operand: GraphValue, shape: Shape): boolean =>
  group.kind !== 'copy' && group.kind !== 'opaque' && sameShape(group.shape, shape) && !group.prologue.has(operand)

/**
 * Whether a node is worth computing where a product is stored. Not if that would take its rows apart, nor if a reduction reads the operand
 * from memory anyway and the node goes the same way: it would be one more value to store, where reductions can compute it from the operand.
 */
function followsProduct(
  node: GraphNode,
  operand: GraphValue,
  group: DraftGroup,
  users: Users,
  outputs: ReadonlySet<GraphValue>,
  options: FusionOptions,
): boolean {
  const isReduced = users.get(operand)!.some((user) => recordOf(user.op).kind === 'reduction')
  if (isReduced && !leavesRows(node, operand, users, outputs)) return false
  return options.canInline({ kind: group.kind, nodes: [...group.nodes, node], anchor: group.anchor!, outputs: [node] })
}

/** Whether something else than reductions, or what waits for one of them, needs `node` or what elementwise nodes make of it. */
function leavesRows(node: GraphNode, operand: GraphValue, users: Users, outputs: ReadonlySet<GraphValue>): boolean {
  const kindOf = (user: GraphNode): string => recordOf(user.op).kind
  const [near, waiting] = [new Set<GraphValue>([operand]), new Set<GraphValue>()]
  for (const value of near) {
    for (const user of users.get(value)!) (kindOf(user) === 'elementwise' || isView(user) ? near : waiting).add(user)
  }
  for (const value of waiting) users.get(value)!.forEach((user) => waiting.add(user))
  const follows = new Set<GraphValue>([node])
  for (const value of follows) {
    if (outputs.has(value)) return true
    for (const user of users.get(value)!) {
      if (kindOf(user) === 'elementwise') {
        if (!waiting.has(user)) follows.add(user)
      } else if (kindOf(user) !== 'reduction') return true
    }
  }
  return false
}

/** The operand's elementwise kernel becomes the reduction's prologue when all its values end here. */
function absorbProducer(
  node: GraphNode,
  draft: DraftGroups,
  users: Users,
  outputs: ReadonlySet<GraphValue>,
  options: FusionOptions,
): boolean {
  const operand = node.operands[0]!
  const group = isNode(operand) && !isView(operand) ? draft.of(operand) : undefined
  if (!group || group.kind !== 'elementwise' || !sameShape(group.shape, operand.type.shape)) return false
  const endsHere = [...group.nodes].every(
    (member) => !outputs.has(member) && users.get(member)!.every((user) => user === node || group.nodes.has(user)),
  )
  if (!endsHere) return false
  if (!options.canInline({ kind: 'reduction', nodes: [...group.nodes, node], anchor: node, outputs: [node] }))
    return false
  draft.turnIntoReduction(group, node)
  return true
}

type Users = ReadonlyMap<GraphValue, readonly GraphNode[]>

function usersOf(graph: Graph): Users {
  const users = new Map<GraphValue, GraphNode[]>()
  for (const value of inDependencyOrder(graph)) {
    users.set(value, users.get(value) ?? [])
    if (isNode(value)) for (const operand of value.operands) users.set(operand, [...(users.get(operand) ?? []), value])
  }
  return users
}
