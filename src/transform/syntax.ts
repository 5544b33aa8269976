import type * as acorn from 'acorn'

/** A node of the syntax tree, whose fields are reached through the union of all kinds. */
export type Node = acorn.AnyNode
export type FunctionNode = acorn.FunctionDeclaration | acorn.FunctionExpression | acorn.ArrowFunctionExpression
export type LoopNode =
  | acorn.WhileStatement
  | acorn.DoWhileStatement
  | acorn.ForStatement
  | acorn.ForOfStatement
  | acorn.ForInStatement

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string' // asked on this line

/** Direct parts of a node, in the order of the source. */
export function childrenOf(node: Node): Node[] {
  const children: Node[] = []
  for (const value of Object.values(node) as unknown[]) {
    children.push(...(Array.isArray(value) ? (value as unknown[]) : [value]).filter(isNode))
  }
  // A shorthand property has one identifier as key and as value.
  if (node.type === 'Property' && node.shorthand) return [node.value as Node]
  for (let i = 1; i < children.length; i++)
    if (children[i]!.start < children[i - 1]!.start) return children.sort((a, b) => a.start - b.start)
  return children
}

/** Visits a node and all parts of it, parents first; `visit` answers false to leave parts out. */
export function walk(node: Node, visit: (node: Node) => unknown): void {
  if (visit(node) === false) return
  for (const child of childrenOf(node)) walk(child, visit)
}

export const isFunction = (node: Node): node is FunctionNode =>
  node.type === 'FunctionDeclaration' || node.type === 'FunctionExpression' || node.type === 'ArrowFunctionExpression'

export const isLoop = (node: Node): node is LoopNode =>
  node.type === 'WhileStatement' ||
  node.type === 'DoWhileStatement' ||
  node.type === 'ForStatement' ||
  node.type === 'ForOfStatement' ||
  node.type === 'ForInStatement'

/** Whether a node lies in another one. */
export const isIn = (node: { start: number; end: number }, outer: { start: number; end: number }): boolean =>
  node.start >= outer.start && node.end <= outer.end

/** The name of a member that is written out: `x.name`, `x['name']`, `x[0]`. */
export function memberName(node: acorn.MemberExpression): string | undefined {
  if (!node.computed) return node.property.type === 'Identifier' ? node.property.name : undefined
  return node.property.type === 'Literal' ? String(node.property.value) : undefined
}
