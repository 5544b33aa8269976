import type { ReasonName } from './diagnostics.ts'
import { isMadeIn, memberWrites } from './places.ts'
import type { Scopes } from './scopes.ts'
import { isFunction, isIn, memberName, walk, type Node } from './syntax.ts'

/** What keeps a statement from being converted. */
export interface Blocker {
  readonly reason: ReasonName
  readonly node: Node
}

const mutators = new Set(['push', 'pop', 'shift', 'unshift', 'splice', 'set', 'delete', 'clear'])

/** The first thing in a control statement or conditional expression that only plain JavaScript can do, but for `throw`. */
export function findBlocker(control: Node, scopes: Scopes): Blocker | undefined {
  let found: Blocker | undefined
  walk(control, (node) => {
    if (found) return false
    if (isFunction(node) && (node.async || node.generator)) return false
    if (node.type === 'UnaryExpression' && node.operator === 'delete') found = { reason: 'delete', node }
    else if (node.type === 'CallExpression' && node.callee.type === 'MemberExpression') {
      const { callee } = node
      if (mutators.has(memberName(callee) ?? '') && !isMadeIn(callee.object, control, scopes))
        found = { reason: 'push', node }
    }
    return !found
  })
  if (found) return found
  for (const { node, member, root, isPath } of memberWrites(control, scopes)) {
    if (isMadeIn(member, control, scopes)) continue
    const isMoved = root?.writes.some((write) => isIn(write.node, control)) === true
    if (!isPath || isMoved) return { reason: 'member', node }
  }
  return undefined
}

/** Whether a `try` inside `control` catches what is thrown at `node`. */
export function isCaughtIn(node: Node, control: Node, parents: ReadonlyMap<Node, Node>): boolean {
  for (let at = node; at !== control; at = parents.get(at)!) {
    const parent = parents.get(at)
    if (!parent) return false
    if (parent.type === 'TryStatement' && parent.block === at && parent.handler) return true
  }
  return false
}
