import type * as acorn from 'acorn'
import { childrenOf, isFunction, isLoop, type Node } from './syntax.ts'

/** A break, continue or return, and where it leads. */
export interface Jump {
  readonly node: acorn.BreakStatement | acorn.ContinueStatement | acorn.ReturnStatement
  /** A loop, switch or labelled statement; a function for `return`. */
  readonly target: Node
  /** Statements between the jump and its target, innermost first. */
  readonly through: readonly Node[]
}

/** All jumps in a function and the functions in it, and what each node is part of. */
export function findJumps(root: Node): { jumps: Jump[]; parents: Map<Node, Node> } {
  const jumps: Jump[] = []
  const parents = new Map<Node, Node>()
  const visit = (node: Node): void => {
    if (node.type === 'ReturnStatement' || node.type === 'BreakStatement' || node.type === 'ContinueStatement')
      jumps.push(resolve(node, parents))
    for (const child of childrenOf(node)) {
      parents.set(child, node)
      visit(child)
    }
  }
  visit(root)
  return { jumps, parents }
}

function resolve(node: Jump['node'], parents: ReadonlyMap<Node, Node>): Jump {
  const through: Node[] = []
  const label = node.type === 'ReturnStatement' ? undefined : node.label?.name
  for (let at = parents.get(node); at; at = parents.get(at)) {
    if (isTarget(at, node, label)) {
      // A label belongs to its loop.
      const loop = at.type === 'LabeledStatement' && isLoop(at.body) ? through.pop() : undefined
      return { node, target: loop ?? at, through }
    }
    through.push(at)
  }
  return { node, target: through.at(-1) ?? node, through }
}

function isTarget(at: Node, jump: Jump['node'], label: string | undefined): boolean {
  if (jump.type === 'ReturnStatement') return isFunction(at)
  if (label !== undefined) return at.type === 'LabeledStatement' && at.label.name === label
  return isLoop(at) || (jump.type === 'BreakStatement' && at.type === 'SwitchStatement')
}

/** Whether a statement never lets what follows it run: it ends in a jump or throws. */
export function alwaysLeaves(node: Node): boolean {
  switch (node.type) {
    case 'ReturnStatement':
    case 'BreakStatement':
    case 'ContinueStatement':
    case 'ThrowStatement':
      return true
    case 'BlockStatement':
      return node.body.some(alwaysLeaves)
    case 'IfStatement':
      return Boolean(node.alternate && alwaysLeaves(node.consequent) && alwaysLeaves(node.alternate))
    case 'SwitchStatement':
      return (
        node.cases.some(({ test }) => !test) &&
        node.cases.at(-1)!.consequent.some(alwaysLeaves) &&
        !node.cases.some((each) => hasBreak(each))
      )
    case 'TryStatement':
      return Boolean(
        (node.finalizer && alwaysLeaves(node.finalizer)) ||
        (alwaysLeaves(node.block) && (!node.handler || alwaysLeaves(node.handler.body))),
      )
    default:
      return false
  }
}

/** Whether a part of a switch has a `break` that leads behind it. */
function hasBreak(node: Node): boolean {
  if (node.type === 'BreakStatement') return !node.label
  if (isLoop(node) || isFunction(node) || node.type === 'SwitchStatement') return false
  return childrenOf(node).some(hasBreak)
}
