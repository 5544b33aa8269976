import { sameShape } from '../base/shape.ts'
import type { Graph, GraphNode, GraphValue } from '../ir/graph.ts'
import type { DraftGroups } from './fusion-draft.ts'

/**
 * An elementwise kernel that computes what a state becomes joins one that reads what the state was, where both have its shape. Apart, the
 * first had to wait until the other is done, and so could not be one of the updates that share a kernel (plan/join-updates.ts).
 *
 * Before: %0 = mul(state %m, 0.9); write %m <- %0 | %1 = sign(state %m); %2 = sub(state %w, %1); write %w <- %2
 * After:  one kernel that stores %0 and %2
 */
export function joinReadersOfState(
  graph: Graph,
  draft: DraftGroups,
  users: ReadonlyMap<GraphValue, readonly GraphNode[]>,
): void {
  for (const { state, value } of graph.writes) {
    const writer = draft.of(value)
    if (writer?.kind !== 'elementwise' || !sameShape(writer.shape, state.type.shape)) continue
    for (const reader of users.get(state) ?? []) {
      const group = draft.of(reader)
      const isSibling = group?.kind === 'elementwise' && group !== writer && sameShape(group.shape, writer.shape)
      if (!isSibling || !draft.canMerge(group, writer, reader)) continue
      draft.merge(group, writer)
      break
    }
  }
}
