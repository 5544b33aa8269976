import { contiguousLayout } from '../base/layout.ts'
import type { FusionGroup } from '../ir/fusion-group.ts'
import { type GraphNode, type GraphValue, isConstant, isNode } from '../ir/graph.ts'
import { locate } from '../ir/materialize.ts'
import { isFull, type Rows, rowsOf } from '../ir/rows.ts'
import { recordOf } from '../ops/registry.ts'
import { groupWithoutAnchor } from './errors.ts'
import type { Expr } from './ir.ts'
import { identityPosition } from './position.ts'
import { allExpressions, probeGroup } from './probe.ts'

/** One walk over a row. */
export interface RowPass {
  /** The values at kept shape that are known before: those of this stage or an earlier one. */
  readonly stage: number
  readonly reductions: readonly GraphNode[]
  /** Values of full shape that are written while walking: outputs, and what a later pass reads instead of computing it again. */
  readonly stored: readonly GraphNode[]
  /** Values of full shape that an earlier pass stored and this one loads. */
  readonly loaded: readonly GraphNode[]
}

/** How a row-wise group goes through its rows. */
export interface RowStages {
  readonly rows: Rows
  readonly passes: readonly RowPass[]
  /** Elementwise nodes at kept shape, by the stage that they are computed before. */
  readonly kept: readonly (readonly GraphNode[])[]
  /** Views of values at kept shape, which have the same element in a row. */
  readonly aliases: ReadonlyMap<GraphValue, GraphNode>
  /** Stored values that are not outputs. */
  readonly scratch: readonly GraphNode[]
}

/** Reductions in one pass: more accumulators would not stay in registers. */
const mostReductions = 2
/** Operations up to which a value is computed again rather than stored and loaded. */
const cheapOperations = 3

/**
 * A node's stage is the number of reductions that have to be finished, one after the other, before its value can be computed. A pass reduces
 * and stores what has one stage; a stage with many reductions takes several.
 */
export function rowStagesOf(group: FusionGroup): RowStages {
  const rows = group.anchor && rowsOf(group.anchor)
  if (!rows) throw groupWithoutAnchor(group.kind)
  const aliases = aliasesOf(group)
  const stages = new Map<GraphValue, number>()
  const isReduction = (node: GraphNode): boolean => recordOf(node.op).kind === 'reduction'
  for (const node of group.nodes) {
    const known = node.operands.map((operand) => stages.get(aliases.get(operand) ?? operand) ?? 0)
    stages.set(node, Math.max(0, ...known) + (isReduction(node) ? 1 : 0))
  }
  const stageCount = Math.max(...stages.values()) + 1
  const at = (stage: number, accepts: (node: GraphNode) => boolean): GraphNode[] =>
    group.nodes.filter((node) => stages.get(node) === stage && accepts(node))
  const full = (node: GraphNode): boolean => isFull(rows, node)
  const drafts: { stage: number; reductions: GraphNode[]; stored: GraphNode[]; loaded: GraphNode[] }[] = []
  const kept: GraphNode[][] = []
  for (let stage = 0; stage < stageCount; stage++) {
    kept.push(at(stage, (node) => !full(node) && !isReduction(node)))
    const reductions = at(stage + 1, isReduction)
    const stored = at(stage, (node) => full(node) && group.outputs.includes(node))
    if (reductions.length === 0 && stored.length > 0) drafts.push({ stage, reductions, stored, loaded: [] })
    for (let i = 0; i < reductions.length; i += mostReductions) {
      drafts.push({
        stage,
        reductions: reductions.slice(i, i + mostReductions),
        stored: i === 0 ? stored : [],
        loaded: [],
      })
    }
  }
  const scratch = storeForLater(group, group.nodes.filter(full), drafts)
  return { rows, passes: drafts, kept, aliases, scratch }
}

/** Decides what passes store for later ones; gives what of it is not an output. */
function storeForLater(
  group: FusionGroup,
  full: readonly GraphNode[],
  passes: { reductions: GraphNode[]; stored: GraphNode[]; loaded: GraphNode[] }[],
): GraphNode[] {
  const neededIn = new Map<GraphValue, Set<number>>(full.map((node) => [node, new Set<number>()]))
  passes.forEach(({ reductions, stored }, i) => {
    for (const { operands } of reductions) neededIn.get(operands[0]!)?.add(i)
    for (const node of stored) neededIn.get(node)!.add(i)
  })
  const costs = costsOf(full)
  const scratch: GraphNode[] = []
  // Users first: what only a stored value needs is needed once.
  for (const node of full.toReversed()) {
    const needed = neededIn.get(node)!
    const first = Math.min(...needed)
    const isOutput = group.outputs.includes(node)
    const isLoaded = needed.size > 1 && costs.get(node)! > (isOutput ? 1 : cheapOperations)
    if (isLoaded) {
      for (const i of needed) if (i > first) passes[i]!.loaded.push(node)
      if (!isOutput) {
        passes[first]!.stored.push(node)
        scratch.push(node)
      }
    }
    for (const operand of node.operands) for (const i of isLoaded ? [first] : needed) neededIn.get(operand)?.add(i)
  }
  return scratch
}

/** Operations for an element of each node from what lies in memory. */
function costsOf(full: readonly GraphNode[]): Map<GraphValue, number> {
  const costs = new Map<GraphValue, number>()
  for (const node of full) {
    const rank = node.type.shape.length
    const storageOf = (value: GraphValue) => ({
      buffer: { name: 'operand', dtype: value.type.dtype, elementCount: 0 },
      layout: contiguousLayout(value.type.shape),
    })
    const position = identityPosition(rank)
    const group: FusionGroup = { kind: 'elementwise', nodes: [node], outputs: [node] }
    const { expressions } = probeGroup(group, { storageOf, siteOf: () => 0 }, { position, rank, roots: [node] })
    let cost = 0
    for (const expr of allExpressions(expressions)) cost += operationsOf(expr)
    for (const operand of new Set(node.operands)) cost += costs.get(operand) ?? 0
    costs.set(node, cost)
  }
  return costs
}

function operationsOf(expr: Expr): number {
  switch (expr.kind) {
    case 'constant':
    case 'load':
    case 'read':
    case 'indexValue':
    case 'laneMask':
      return 0
    case 'host':
      return 20
    case 'unary':
      return expr.op === 'sqrt' ? 4 : 1
    case 'binary':
      return expr.op === 'div' ? 4 : 1
    default:
      return 1
  }
}

function aliasesOf(group: FusionGroup): Map<GraphValue, GraphNode> {
  const members = new Set<GraphValue>(group.nodes)
  const aliases = new Map<GraphValue, GraphNode>()
  for (const node of group.nodes) {
    for (const operand of node.operands) {
      if (members.has(operand) || isConstant(operand)) continue
      const { base } = locate(operand, new Map())
      if (isNode(base) && members.has(base)) aliases.set(operand, base)
    }
  }
  return aliases
}
