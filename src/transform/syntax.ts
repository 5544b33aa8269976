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

/** Where a node keeps its parts: a WeakMap of all nodes takes the garbage collector half of the time of a first transform. */
const parts = Symbol('parts')

/** Direct parts of a node, in the order of the source. */
export function childrenOf(node: Node & { [parts]?: readonly Node[] }): readonly Node[] {
  return (node[parts] ??= findChildren(node))
}

function findChildren(node: Node): Node[] {
  // A shorthand property has one identifier as key and as value.
  if (node.type === 'Property' && node.shorthand) return [node.value as Node]
  const children: Node[] = []
  for (const key in node) {
    const value: unknown = node[key as keyof Node] // a key of its
    if (typeof value !== 'object' || value === null) continue
    if (isNode(value)) children.push(value)
    else if (Array.isArray(value)) {
      for (const item of value as unknown[]) if (isNode(item)) children.push(item)
    }
  }
  for (let i = 1; i < children.length; i++)
    if (children[i]!.start < children[i - 1]!.start) return children.sort((x, y) => x.start - y.start)
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
