import type { Graph, GraphControl, GraphNode } from './graph.ts'

/**
 * Nodes that one kernel computes. Operands outside the group are loaded from memory (through the layout of their views) or are
 * constants; only `outputs` are stored.
 *
 * - elementwise: every node is elementwise or a generator and has one shape (an operand from outside may broadcast to it).
 * - reduction: `anchor` reduces; nodes before it have its operand's shape (elementwise or generators), nodes after it have its result's shape.
 * - row-wise: several reductions over the same axes of one shape; `anchor` is one of them. The other nodes are elementwise or generators, and
 *   either of that shape (full) or of a reduction's result (kept, with the reduced axes left out or as size 1). They stand before, between
 *   and after the reductions. A node that reads a kept value of the group, itself or through a view, reads the element of its own row.
 * - contraction: `anchor` contracts; nodes after it are elementwise with its result's shape. An operand is loaded from memory, or is one of
 *   the group's nodes, or a view of one: then that and what it is computed from are elementwise nodes of one shape, used by nothing behind the
 *   anchor. These alone may be in several groups, and are no outputs.
 * - opaque: `anchor` alone.
 * - copy: `anchor` is a view whose operand is written out in row-major order, because strides cannot say the view.
 * - control: no nodes; `control` runs its regions, whose kernels are its own.
 * - updates: elementwise groups of any shapes side by side, its `parts`, of which none reads what another computes.
 */
export interface FusionGroup {
  readonly kind: 'elementwise' | 'reduction' | 'row-wise' | 'contraction' | 'opaque' | 'copy' | 'control' | 'updates'
  /** In dependency order; the anchor included. */
  readonly nodes: readonly GraphNode[]
  readonly anchor?: GraphNode
  readonly outputs: readonly GraphNode[]
  readonly control?: GraphControl
  /** Kernels of the control op's regions, in their order. */
  readonly regions?: readonly FusedGraph[]
  readonly parts?: readonly FusionGroup[]
}

/** A graph with its kernels. */
export interface FusedGraph {
  readonly graph: Graph
  readonly groups: readonly FusionGroup[]
}
