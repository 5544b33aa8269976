import { compileGraph } from '../../src/compile/compile-graph.ts'
import type { FusionGroup } from '../../src/ir/fusion-group.ts'
import { isConstant, isNode, type Graph, type GraphValue } from '../../src/ir/graph.ts'
import { recordOf } from '../../src/ops/registry.ts'
import { graphLines } from '../../src/ir/print.ts'

/** The groups of an optimized graph as text: what each computes, and which values it stores. `!` marks the anchor. */
export function groupsText(graph: Graph): string {
  const { optimized, plan } = compileGraph(graph, { target: 'wasm' })
  const { nameOf } = graphLines(optimized)
  const unnamed = new Map<GraphValue, string>()
  const name = (value: GraphValue): string => {
    const known = nameOf.get(value) ?? unnamed.get(value)
    if (known !== undefined) return known
    unnamed.set(value, `%+${unnamed.size}`) // made after the passes: a copy of a result or of a written value
    return unnamed.get(value)!
  }
  const operand = (value: GraphValue): string =>
    isConstant(value) && typeof value.value === 'number' ? String(value.value) : name(value)
  const line = (group: FusionGroup): string[] => [
    `${group.kind} → ${group.outputs.map((node) => `${name(node)}${plan.homes.get(bufferOf(plan, node))?.kind === 'state' ? ' in place' : ''}`).join(', ')}`,
    ...group.nodes.map(
      (node) =>
        `  ${node === group.anchor ? '!' : ' '} ${name(node)} = ${node.op}(${node.operands.map(operand).join(', ')}) : ${node.type.dtype}[${node.type.shape.join(', ')}]`,
    ),
  ]
  return plan.groups.flatMap(line).join('\n')
}

type Plan = ReturnType<typeof compileGraph>['plan']

/** The buffer that a group's kernel stores `node` in; kernels and groups stand in one order, stores and outputs need not. */
function bufferOf(plan: Plan, node: FusionGroup['outputs'][number]): Plan['kernels'][number]['writes'][number] {
  const step = plan.groups.findIndex((group) => group.outputs.includes(node))
  const { writes } = plan.kernels[step]!
  const { outputs } = plan.groups[step]!
  return outputs.length === 1
    ? writes[0]!
    : (writes.find(({ elementCount }) => elementCount === node.type.shape.reduce((n, size) => n * size, 1)) ??
        writes[0]!)
}

/** What breaks the promises of a partition into groups, in words. */
export function groupFaults(
  graph: Graph,
  groups: readonly FusionGroup[],
  baseOf: (value: GraphValue) => GraphValue,
  needed: readonly GraphValue[],
): string[] {
  const faults: string[] = []
  const owner = new Map<GraphValue, FusionGroup>()
  for (const group of groups) {
    const before = beforeProduct(group, baseOf)
    for (const node of group.nodes) {
      if (owner.has(node) && !before.has(node)) faults.push(`a ${node.op} is in two groups`)
      if (before.has(node) && group.outputs.includes(node)) faults.push(`a ${node.op} before a product is stored`)
      if (before.has(node) && recordOf(node.op).kind !== 'elementwise') faults.push(`a ${node.op} is before a product`)
      owner.set(node, group)
    }
  }
  const after = new Map(groups.map((group) => [group, new Set<FusionGroup>()]))
  for (const group of groups) {
    for (const [i, node] of group.nodes.entries()) {
      for (const operand of node.operands) {
        const base = baseOf(operand)
        const source = isNode(base) && group.nodes.includes(base) ? group : owner.get(base)
        if (isNode(base) && !source) faults.push(`nothing computes the ${base.op} that a ${node.op} needs`)
        if (source && source !== group) {
          after.get(source)!.add(group)
          if (!source.outputs.includes(base as FusionGroup['nodes'][number]))
            faults.push(`the ${base.op} that a ${node.op} needs is not stored`) // only nodes have owners
        }
        if (source === group && isNode(operand) && group.nodes.indexOf(operand) >= i)
          faults.push(`a ${node.op} comes before its operand`)
      }
    }
  }
  for (const value of needed) {
    const base = baseOf(value)
    if (isNode(base) && !owner.get(base)?.outputs.includes(base)) faults.push(`the output ${base.op} is not stored`)
  }
  for (const group of groups)
    if (reaches(after, group, group)) faults.push(`the group of a ${group.nodes[0]!.op} waits for itself`)
  return faults
}

/** The nodes that compute operands of the group's product. */
function beforeProduct(
  { kind, anchor, nodes }: FusionGroup,
  baseOf: (value: GraphValue) => GraphValue,
): ReadonlySet<GraphValue> {
  const before = new Set<GraphValue>(kind === 'contraction' ? [anchor!] : [])
  for (const node of before)
    if (isNode(node))
      for (const operand of node.operands) {
        const base = baseOf(operand)
        if (isNode(base) && nodes.includes(base)) before.add(base)
      }
  before.delete(anchor!)
  return before
}

function reaches(
  after: ReadonlyMap<FusionGroup, ReadonlySet<FusionGroup>>,
  from: FusionGroup,
  to: FusionGroup,
): boolean {
  const seen = new Set<FusionGroup>()
  const stack = [...after.get(from)!]
  for (let group = stack.pop(); group; group = stack.pop()) {
    if (group === to) return true
    if (seen.has(group)) continue
    seen.add(group)
    stack.push(...after.get(group)!)
  }
  return false
}
