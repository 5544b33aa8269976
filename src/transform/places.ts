import type * as acorn from 'acorn'
import type { Binding, Scopes } from './scopes.ts'
import { isIn, memberName, walk, type Node } from './syntax.ts'

/** An assignment to a member: `state.count = …`, `list[i] += …`. */
export interface MemberWrite {
  readonly node: Node
  readonly member: acorn.MemberExpression
  /** The variable at the beginning; undefined for `this` and for what is no variable. */
  readonly root: Binding | undefined
  readonly isPath: boolean
}

/** Whether a member is written out from a variable or `this` on: `a.b[0].c`. */
export function isPath(node: Node): boolean {
  if (node.type === 'Identifier' || node.type === 'ThisExpression') return true
  return node.type === 'MemberExpression' && !node.optional && memberName(node) !== undefined && isPath(node.object)
}

export function rootOf(node: Node): Node {
  let at = node
  while (at.type === 'MemberExpression') at = at.object
  return at
}

/** All assignments to members in a tree. */
export function memberWrites(tree: Node, scopes: Scopes): MemberWrite[] {
  const found: MemberWrite[] = []
  walk(tree, (node) => {
    const target =
      node.type === 'AssignmentExpression' ? node.left : node.type === 'UpdateExpression' ? node.argument : undefined
    if (target?.type !== 'MemberExpression') return
    found.push({ node, member: target, root: scopes.bindingOf.get(rootOf(target)), isPath: isPath(target) })
  })
  return found
}

/** Whether a member belongs to something that is made anew inside `part`. */
export const isMadeIn = (member: Node, part: Node, scopes: Scopes): boolean => {
  const root = rootOf(member)
  const binding = scopes.bindingOf.get(root)
  if (binding) return isIn(binding.scope.node, part) && binding.kind !== 'parameter'
  return root.type === 'ObjectExpression' || root.type === 'ArrayExpression' || root.type === 'NewExpression'
}
