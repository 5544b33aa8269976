import { sameType } from '../../base/shape.ts'
import { inDependencyOrder, isNode, type Graph, type GraphNode, type GraphValue } from '../../ir/graph.ts'
import type { Effect } from './effects.ts'
import type { ResultTemplate } from '../hybridize/results.ts'
import type { Template } from '../hybridize/template.ts'
import { SourceLines } from './source-lines.ts'

/** `const loss = …`, and `loss = …`: what a line names. */
const assignment = /^\s*(?:export\s+)?(?:(?:const|let|var)\s+)?([A-Za-z_$][\w$]*)\s*(?::[^=]*)?=(?![=>])/

/**
 * The user's names of values: of arguments, of what is returned or printed with a label, and of what a line of source assigns. `optimized` is
 * what became of `traced`; a value that is not there as it was recorded has no name.
 */
export function variableNames(
  traced: Graph,
  optimized: Graph,
  parameters: readonly string[],
  template: ResultTemplate,
  effects: readonly Effect[],
): Map<GraphValue, string> {
  const names = new Map<GraphValue, string>()
  assignedNames(traced, optimized).forEach((name, value) => names.set(value, name))
  const nameResult = (part: ResultTemplate, path: string): void => {
    if (part.kind === 'result') {
      const value = optimized.results[part.position]!
      if (!names.has(value)) names.set(value, path)
    }
    if (part.kind === 'array') part.items.forEach((item, i) => nameResult(item, `${path}[${i}]`))
    if (part.kind === 'object') part.items.forEach((item, i) => nameResult(item, `${path}.${part.keys[i]}`))
  }
  nameResult(template, 'result')
  const prints = effects.filter((effect) => effect.kind === 'print')
  prints.forEach(({ label }, i) => {
    const value = optimized.results[traced.results.length - prints.length + i]
    if (label !== undefined && value && !names.has(value)) names.set(value, label)
  })
  for (const input of traced.inputs) {
    const position = input.name.match(/^arg(\d+)$/)?.[1]
    names.set(input, (position && parameters[Number(position)]) ?? input.name)
  }
  return names
}

/** What a line assigns is what its last op computes. */
function assignedNames(traced: Graph, optimized: Graph): Map<GraphValue, string> {
  const lastOf = (graph: Graph): Map<string, GraphNode> => {
    const last = new Map<string, GraphNode>()
    for (const node of inDependencyOrder(graph).filter(isNode)) {
      const line = node.source?.replace(/:\d+$/, '')
      if (line !== undefined) last.set(line, node)
    }
    return last
  }
  const lines = new SourceLines()
  const [recorded, names] = [lastOf(traced), new Map<GraphValue, string>()]
  for (const [line, node] of lastOf(optimized)) {
    const before = recorded.get(line)
    if (before?.source !== node.source || !sameType(before!.type, node.type)) continue
    const name = lines.lineAt(node.source!)?.match(assignment)?.[1]
    if (name !== undefined) names.set(node, name)
  }
  return names
}

/** Names of a function's parameters and of what is nested in them, one for each leaf of the call. */
export function parameterNames(fn: (...args: never[]) => unknown, template: Template): string[] {
  const names: string[] = []
  const visit = (part: Template, path: string): void => {
    if (part.kind === 'array') part.items.forEach((item, i) => visit(item, `${path}[${i}]`))
    else if (part.kind === 'object') part.items.forEach((item, i) => visit(item, `${path}.${part.keys[i]}`))
    else if (part.kind !== 'static' && part.kind !== 'bytes') names.push(path)
  }
  const given = parametersIn(String(fn))
  const items = template.kind === 'array' ? template.items.slice(1) : [] // the first is `this`
  items.forEach((item, i) => visit(item, given[i] ?? `arg${i}`))
  return names
}

/** Plain parameters; what is destructured or computed keeps its number. */
function parametersIn(source: string): (string | undefined)[] {
  const [, alone, list] = source.match(/^(?:async\s+)?(?:([\w$]+)\s*=>|[^(]*\(([^)]*)\))/) ?? []
  if (alone !== undefined) return [alone]
  if (list === undefined || /[{[(]/.test(list)) return []
  return list.split(',').map((each) => each.match(/^\s*([\w$]+)/)?.[1])
}
