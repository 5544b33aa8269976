import { elementCount } from '../base/shape.ts'
import type { FusionGroup } from '../ir/fusion-group.ts'
import { isConstant, isNode, type Graph, type GraphNode, type GraphValue } from '../ir/graph.ts'
import { locate, type Location } from '../ir/materialize.ts'
import { isFull, isKept, readsOwnRow, rowLength, rowsOf, sameRows, type Rows } from '../ir/rows.ts'
import { recordOf } from '../ops/registry.ts'
import { largestGroup, type DraftGroup, type DraftGroups } from './fusion-draft.ts'

/**
 * Merges kernels that walk the same rows: reductions over the same axes of one shape, and elementwise kernels of that shape or of the
 * reductions' results that are next to them.
 *
 * Before: reduction { %1 = max(%x) }, elementwise { %2 = sub(%x, %1); %3 = exp(%2) }, reduction { %4 = sum(%3) }, elementwise { %5 = div(%3, %4) }
 * After:  row-wise { %1, …, %5 → stores %5 }
 *
 * Needs the kernels of fusion's first walk. Never so that a kernel would wait for itself, nor where rows are read out of step. Cost: for
 * every merge tried, a walk over the kernels before it.
 */
export function joinRows(
  graph: Graph,
  draft: DraftGroups,
  known: Map<GraphValue, Location>,
  canLower: (group: FusionGroup) => boolean,
): void {
  const joiner = new RowJoiner(graph, draft, known, canLower)
  for (const group of draft.all()) if (draft.has(group) && joiner.rowsOf(group)) joiner.grow(group)
}

/** Rows that are shorter leave lanes idle, and fewer of them leave cores idle, unless there is little to do anyway. */
const shortestRow = 4
const fewestRows = 16
const fewElements = 2 ** 12

class RowJoiner {
  readonly #draft: DraftGroups
  readonly #known: Map<GraphValue, Location>
  readonly #canLower: (group: FusionGroup) => boolean
  readonly #written: ReadonlySet<GraphValue>
  /** The nodes that read a value in memory, itself or through views. */
  readonly #readers = new Map<GraphValue, GraphNode[]>()

  constructor(
    graph: Graph,
    draft: DraftGroups,
    known: Map<GraphValue, Location>,
    canLower: (group: FusionGroup) => boolean,
  ) {
    this.#draft = draft
    this.#known = known
    this.#canLower = canLower
    this.#written = new Set(graph.writes.map(({ value }) => value))
    for (const group of draft.all()) {
      for (const node of group.nodes)
        for (const base of this.#basesOf(node)) this.#readers.set(base, [...(this.#readers.get(base) ?? []), node])
    }
  }

  /** The rows of a kernel that others can join. */
  rowsOf(group: DraftGroup): Rows | undefined {
    const rows = (group.kind === 'reduction' || group.kind === 'row-wise') && rowsOf(group.anchor!)
    if (!rows) return undefined
    const elements = elementCount(rows.shape)
    const length = rowLength(rows)
    return elements > 0 && (elements <= fewElements || (length >= shortestRow && elements / length >= fewestRows))
      ? rows
      : undefined
  }

  /** Takes in neighbours as long as there are any that fit. */
  grow(group: DraftGroup): void {
    const refused = new Set<DraftGroup>()
    for (let grew = true; grew;) {
      grew = false
      for (const other of this.#neighbours(group)) {
        if (refused.has(other) || !this.#draft.has(other)) continue
        if (this.#fits(group, other)) {
          this.#draft.mergeRows(group, other)
          grew = true
        } else refused.add(other)
      }
      // A kernel that came in may have been what kept another out.
      if (grew) refused.clear()
    }
  }

  /** Kernels that a value goes to or comes from, and those that reduce what this one reads. */
  #neighbours(group: DraftGroup): Set<DraftGroup> {
    const found = new Set<DraftGroup>()
    const add = (value: GraphValue): void => {
      const owner = this.#draft.of(value)
      if (owner && owner !== group) found.add(owner)
    }
    const rows = rowsOf(group.anchor!)!
    for (const node of group.nodes) {
      for (const reader of this.#readers.get(node) ?? []) add(reader)
      for (const base of this.#basesOf(node)) {
        add(base)
        if (elementCount(base.type.shape) === elementCount(rows.shape)) {
          for (const reader of this.#readers.get(base)!) if (this.#draft.of(reader)?.kind !== 'elementwise') add(reader)
        }
      }
    }
    return found
  }

  /** Whether `other` can become part of `group`. */
  #fits(group: DraftGroup, other: DraftGroup): boolean {
    if (other.kind !== 'elementwise' && other.kind !== 'reduction' && other.kind !== 'row-wise') return false
    if (group.nodes.size + other.nodes.size > largestGroup) return false
    const rows = rowsOf(group.anchor!)!
    const nodes = [...group.nodes, ...other.nodes]
    const members = new Set<GraphValue>(nodes)
    if (!nodes.every((node) => this.#standsInRow(node, rows))) return false
    const hasChecks = nodes.some((node) => recordOf(node.op).checks === true)
    // A state is written in place at the end of its row, where nothing can fail any more.
    if (nodes.some((node) => this.#written.has(node) && (hasChecks || isFull(rows, node)))) return false
    const outside: GraphValue[] = []
    for (const node of nodes) {
      for (const operand of node.operands) {
        const { base, layout } = locate(operand, this.#known)
        if (!members.has(base)) outside.push(base)
        else if (!readsInStep(rows, node, operand, base, layout)) return false
      }
    }
    if (this.#draft.waitFor(outside, group, other)) return false
    const outputs = nodes.filter((node) => this.#draft.isStored(node, members))
    return this.#canLower({
      kind: 'row-wise',
      nodes: this.#draft.inOrder(new Set(nodes)),
      anchor: group.anchor!,
      outputs,
    })
  }

  #standsInRow(node: GraphNode, rows: Rows): boolean {
    if (recordOf(node.op).kind !== 'reduction') return isFull(rows, node) || isKept(rows, node)
    const own = rowsOf(node)
    return own !== undefined && sameRows(own, rows)
  }

  #basesOf(node: GraphNode): Set<GraphValue> {
    return new Set(node.operands.flatMap((operand) => (isConstant(operand) ? [] : [locate(operand, this.#known).base])))
  }
}

/** Whether `node` finds what it reads of `base`, a value of its own kernel, in the row it is at. */
function readsInStep(
  rows: Rows,
  node: GraphNode,
  operand: GraphValue,
  base: GraphValue,
  layout: Location['layout'],
): boolean {
  const { kind } = recordOf(node.op)
  if (isFull(rows, base))
    return operand === base && (kind === 'reduction' || (kind === 'elementwise' && isFull(rows, node)))
  return kind === 'elementwise' && isNode(base) && readsOwnRow(rows, node, operand, base, layout)
}
