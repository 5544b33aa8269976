import { sameShape } from '../base/shape.ts'
import { isConstant, isNode, type GraphNode, type GraphValue } from '../ir/graph.ts'
import { isView } from '../ir/materialize.ts'
import { recordOf } from '../ops/registry.ts'
import { largestGroup, type DraftGroups } from './fusion-draft.ts'

/**
 * Moves comparisons out of the kernel that stores what they compare into the kernel that uses them, so that they do not go through memory.
 *
 * Before: contraction { %0 = matmul(%x, %w); %1 = relu(%0); %2 = greater(%1, 0) → stores %1, %2 }, contraction { %5 = matmul(%3, %4);
 *         %6 = where(%2, %5, 0) }, contraction { matmul(%1, %7) }
 * After:  contraction { %0, %1 → stores %1 }, contraction { %5, %2, %6 }, contraction { matmul(%1, %7) }
 *
 * Only where what is compared is stored anyway and read by something behind the user, so that it does not stay alive for it; and not in
 * kernels that reduce: down the columns of a matrix, elements of four bytes take longer to come than those of one. Needs: nodes in
 * kernels, `order` in dependency order. Cost: O(n).
 */
export function recomputeMasks(
  order: readonly GraphValue[],
  draft: DraftGroups,
  users: ReadonlyMap<GraphValue, readonly GraphNode[]>,
  outputs: ReadonlySet<GraphValue>,
): void {
  const positions = new Map(order.map((value, i) => [value, i]))
  const isReadBehind = (value: GraphValue, position: number): boolean =>
    users.get(value)!.some((user) => (isView(user) ? isReadBehind(user, position) : positions.get(user)! > position))
  for (const node of order) {
    if (!isNode(node) || node.type.dtype !== 'bool' || outputs.has(node)) continue
    const compared = comparedIn(node)
    const own = draft.of(node)
    if (!compared || !own || draft.of(compared) !== own || own.prologue.has(node)) continue
    const [user, ...others] = users.get(node)!
    if (!user || !takes(user, node)) continue
    const group = draft.of(user)!
    if (group === own || (group.kind !== 'contraction' && group.kind !== 'elementwise')) continue
    if (group.nodes.size >= largestGroup || !others.every((other) => draft.of(other) === group && takes(other, node)))
      continue
    const last = Math.max(...users.get(node)!.map((each) => positions.get(each)!))
    if (isReadBehind(compared, last)) draft.move(node, group)
  }
}

/** The node whose elements are compared with a number. */
function comparedIn(node: GraphNode): GraphNode | undefined {
  if (recordOf(node.op).kind !== 'elementwise') return undefined
  const read = node.operands.filter((operand) => !isConstant(operand) || typeof operand.value !== 'number')
  const [compared] = read.filter(isNode)
  if (read.length !== 1 || !compared) return undefined
  return sameShape(compared.type.shape, node.type.shape) ? compared : undefined
}

const takes = (user: GraphNode, node: GraphNode): boolean =>
  recordOf(user.op).kind === 'elementwise' && sameShape(user.type.shape, node.type.shape)
