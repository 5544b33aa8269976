import type { FusionGroup } from '../ir/fusion-group.ts'
import { isNode, type GraphNode, type GraphValue } from '../ir/graph.ts'
import { isView, locate, type Location } from '../ir/materialize.ts'
import { recordOf } from '../ops/registry.ts'
import { largestGroup, type DraftGroup, type DraftGroups } from './fusion-draft.ts'

/** What the target can do with nodes before a product. */
export interface ProducerOptions {
  /** Whether there is a good kernel for the group. */
  canInline(group: FusionGroup): boolean
  /** Whether computing the value of these nodes `times` times costs less than storing it and loading it as often. */
  canRecompute(nodes: readonly GraphNode[], times: number): boolean
}

/**
 * Moves elementwise nodes in front of the products that alone use them, which then compute their operands while they pack them.
 *
 * Before: elementwise { %0 = cast(%x); %1 = div(%0, 255) → stores %1 }, contraction { %2 = matmul(%1, %w) }
 * After:  contraction { %0, %1, %2 }
 *
 * Where several products use a value, each computes it if that is cheap: then a node is in several groups. Only where all of them take it, or
 * it would be stored all the same; and nothing that reads what another kernel would have to store for it. Needs: nodes in kernels, `order` in
 * dependency order, nothing that joins or merges kernels after it. A product waited for all that it takes over, so that no kernels come to
 * wait for each other. Cost: O(n).
 */
export function fuseProducers(
  order: readonly GraphValue[],
  draft: DraftGroups,
  users: ReadonlyMap<GraphValue, readonly GraphNode[]>,
  outputs: ReadonlySet<GraphValue>,
  options: ProducerOptions,
): void {
  const known = new Map<GraphValue, Location>()
  for (const root of order.toReversed()) {
    if (!isNode(root) || draft.of(root)?.kind !== 'elementwise') continue
    const own = draft.of(root)!
    const anchors = productsOf(root, users, outputs, known)
    if (anchors.size === 0) continue
    const nodes = producersOf(root, own, users, outputs)
    if (!nodes || !readsWhatIsStored(nodes, own, draft)) continue
    if (anchors.size > 1 && !options.canRecompute(draft.inOrder(nodes), anchors.size)) continue
    const groups = [...anchors].map((anchor) => draft.of(anchor)!)
    const takes = (group: DraftGroup): boolean =>
      group.nodes.size + nodes.size <= largestGroup &&
      options.canInline({
        kind: 'contraction',
        nodes: draft.inOrder(new Set([...nodes, ...group.nodes])),
        anchor: group.anchor!,
        outputs: [...group.nodes].filter((node) => !group.prologue.has(node) && draft.isStored(node, group.nodes)),
      })
    if (groups.every(takes)) draft.recompute(nodes, own, groups)
  }
}

/** The products that use `root`, itself or through views, if nothing else does. */
function productsOf(
  root: GraphNode,
  users: ReadonlyMap<GraphValue, readonly GraphNode[]>,
  outputs: ReadonlySet<GraphValue>,
  known: Map<GraphValue, Location>,
): ReadonlySet<GraphNode> {
  const anchors = new Set<GraphNode>()
  const seen = new Set<GraphValue>([root])
  for (const value of seen) {
    if (outputs.has(value)) return new Set()
    for (const user of users.get(value)!) {
      if (recordOf(user.op).kind === 'contraction') anchors.add(user)
      else if (isView(user) && locate(user, known).base === root) seen.add(user)
      else return new Set()
    }
  }
  return anchors
}

/** `root` and the nodes of its kernel that only it needs; undefined where one of them is no elementwise node. */
function producersOf(
  root: GraphNode,
  own: DraftGroup,
  users: ReadonlyMap<GraphValue, readonly GraphNode[]>,
  outputs: ReadonlySet<GraphValue>,
): Set<GraphNode> | undefined {
  const nodes = new Set<GraphNode>([root])
  for (const node of nodes) {
    if (recordOf(node.op).kind !== 'elementwise') return undefined
    for (const operand of node.operands) {
      if (!isNode(operand) || !own.nodes.has(operand) || outputs.has(operand)) continue
      // Users come after what they use, so that all that can be taken have been when the last of them is.
      if (users.get(operand)!.every((user) => nodes.has(user))) nodes.add(operand)
    }
  }
  return nodes
}

/** Whether the kernel that the nodes leave stores what they read of it in any case. */
function readsWhatIsStored(nodes: ReadonlySet<GraphNode>, own: DraftGroup, draft: DraftGroups): boolean {
  for (const node of nodes)
    for (const operand of node.operands)
      if (isNode(operand) && own.nodes.has(operand) && !nodes.has(operand) && !draft.isStored(operand, own.nodes))
        return false
  return true
}
