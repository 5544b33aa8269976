import { InternalError } from '../base/errors.ts'
import { isNode, type Graph, type GraphValue } from '../ir/graph.ts'
import type { OpName } from '../ops/table.ts'
import { mapGraph } from './map-graph.ts'
import type { Rule } from './rule.ts'

/** How often each rule applied, by name. */
export type RuleHits = Map<string, number>

/** Every rule lowers the measure of docs/rewrite-rules.md, so this many walks or hits on one value mean a rule that does not. */
const enough = 100

/** Applies `rules` until none applies. */
export function rewriteGraph(graph: Graph, rules: readonly Rule[], hits: RuleHits = new Map()): Graph {
  const byOp = rulesByOp(rules)
  const rewrite = (value: GraphValue): GraphValue => rewriteValue(value, byOp, hits)
  let before = graph
  for (let walk = 0; walk < enough; walk++) {
    const after = mapGraph(before, rewrite)
    if (after === before) return after
    // Values a rule put under its answer are met in the next walk.
    before = after
  }
  throw noFixedPoint(hits)
}

function rewriteValue(value: GraphValue, byOp: ReadonlyMap<OpName, readonly Rule[]>, hits: RuleHits): GraphValue {
  let current = value
  for (let step = 0; step < enough; step++) {
    const next = isNode(current) ? firstHit(current, byOp.get(current.op) ?? [], hits) : undefined
    if (!next) return current
    current = next
  }
  throw noFixedPoint(hits)
}

function firstHit(node: Parameters<Rule['apply']>[0], rules: readonly Rule[], hits: RuleHits): GraphValue | undefined {
  for (const rule of rules) {
    const found = rule.apply(node)
    if (!found) continue
    hits.set(rule.name, (hits.get(rule.name) ?? 0) + 1)
    return found
  }
  return undefined
}

const noFixedPoint = (hits: RuleHits): InternalError => {
  const [name, count] = [...hits].reduce((most, hit) => (hit[1] > most[1] ? hit : most), ['none', 0])
  return new InternalError(`rewriting does not end; the rule ${name} applied ${count} times`)
}

function rulesByOp(rules: readonly Rule[]): ReadonlyMap<OpName, readonly Rule[]> {
  const byOp = new Map<OpName, Rule[]>()
  for (const rule of rules) {
    const same = byOp.get(rule.pattern.op)
    if (same) same.push(rule)
    else byOp.set(rule.pattern.op, [rule])
  }
  return byOp
}
