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

/** The first thing in a control statement or conditional expression that only plain JavaScript can do. */
export function findBlocker(
  control: Node,
  scopes: Scopes,
  /** Whether the innermost convertible statement around a node is this one. */
  isInnermost: (node: Node) => boolean,
): Blocker | undefined {
  let found: Blocker | undefined
  const inTry = new Set<Node>()
  walk(control, (node) => {
    if (found) return false
    if (isFunction(node) && (node.async || node.generator)) return false
    if (node.type === 'TryStatement' && node.handler) inTry.add(node.block)
    if (node.type === 'ThrowStatement' && isInnermost(node) && ![...inTry].some((block) => isIn(node, block)))
      found = { reason: 'throw', node }
    else if (node.type === 'UnaryExpression' && node.operator === 'delete') found = { reason: 'delete', node }
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
