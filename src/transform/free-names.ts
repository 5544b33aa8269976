import type * as acorn from 'acorn'
import { isPath, memberWrites, rootOf } from './places.ts'
import type { Binding, Scopes } from './scopes.ts'
import { childrenOf, isFunction, isIn, memberName, type FunctionNode, type Node } from './syntax.ts'

/** What a hybrid function reads from outside that may differ at a later call, and where it reads it. */
export interface FreeNames {
  /** As written: `rate`, `config.rate`, `this.rate`. */
  readonly texts: readonly string[]
  /** The number of the name that is read there. */
  readonly reads: ReadonlyMap<Node, number>
}

/**
 * Free variables that are assigned somewhere, names imported from other modules, and properties of free variables and of `this`. What is
 * called is no number, and is left alone; so is what the function itself assigns.
 */
export function freeNames(root: FunctionNode, scopes: Scopes, source: string): FreeNames {
  const texts: string[] = []
  const reads = new Map<Node, number>()
  const note = (node: Node): void => {
    const text = textOf(node)
    const known = texts.indexOf(text)
    reads.set(node, known < 0 ? texts.push(text) - 1 : known)
  }
  const textOf = (node: Node): string => source.slice(node.start, node.end).replaceAll(/\s/g, '')
  const assigned = new Set(memberWrites(root, scopes).map(({ member }) => textOf(member)))
  const hasOwnThis = root.type !== 'ArrowFunctionExpression'
  const isFree = (node: Node): Binding | undefined => {
    const binding = scopes.bindingOf.get(node)
    if (!binding || isIn(binding.scope.node, root) || binding.kind === 'function' || binding.kind === 'class')
      return undefined
    return binding
  }
  const visit = (node: Node, isThisOurs: boolean): void => {
    if (node.type === 'Identifier') {
      const binding = isFree(node)
      if (binding && changes(binding) && !isAssignedIn(binding, root)) note(node)
      return
    }
    if (node.type === 'MemberExpression' && isPath(node)) {
      const start = rootOf(node)
      const binding = start.type === 'ThisExpression' ? undefined : isFree(start)
      const isOurs = start.type === 'ThisExpression' ? isThisOurs : binding !== undefined && !isLibrary(binding)
      if (isOurs && !isKnownName(node) && !hasPrivateName(node) && !assigned.has(textOf(node))) return note(node)
    }
    for (const child of partsOf(node))
      visit(child, isThisOurs && (!isFunction(child) || child.type === 'ArrowFunctionExpression'))
  }
  for (const part of [...root.params, root.body]) visit(part, hasOwnThis)
  return { texts, reads }
}

/** Parts that are read: not what is called, what is assigned, or what is asked for its type. */
function partsOf(node: Node): readonly Node[] {
  switch (node.type) {
    case 'CallExpression':
    case 'NewExpression':
      return [...calleeParts(node.callee), ...node.arguments]
    case 'TaggedTemplateExpression':
      return [...calleeParts(node.tag), node.quasi]
    case 'AssignmentExpression':
      return [...targetParts(node.left), node.right]
    case 'UpdateExpression':
      return targetParts(node.argument)
    case 'UnaryExpression':
      return node.operator === 'typeof' || node.operator === 'delete' ? [] : [node.argument]
    case 'ForOfStatement':
    case 'ForInStatement':
      return [
        ...(node.left.type === 'VariableDeclaration' ? [node.left] : targetParts(node.left)),
        node.right,
        node.body,
      ]
    case 'MemberExpression':
      return node.computed ? [node.object, node.property] : [node.object]
    case 'Property':
      return node.shorthand ? [node.value as Node] : [...(node.computed ? [node.key] : []), node.value as Node]
    case 'MethodDefinition':
    case 'PropertyDefinition':
      return [...(node.computed ? [node.key] : []), ...(node.value ? [node.value] : [])]
    case 'LabeledStatement':
      return [node.body]
    case 'BreakStatement':
    case 'ContinueStatement':
    case 'MetaProperty':
      return []
    case 'VariableDeclarator':
      return [...targetParts(node.id), ...(node.init ? [node.init] : [])]
    default:
      return childrenOf(node)
  }
}

/** `a.b(…)`: a may be a free tensor, which is read; the method is not. */
function calleeParts(callee: Node): Node[] {
  if (callee.type === 'Identifier' || callee.type === 'Super') return []
  if (callee.type === 'MemberExpression') return callee.computed ? [callee.object, callee.property] : [callee.object]
  return [callee]
}

function targetParts(target: Node): Node[] {
  if (target.type === 'Identifier') return []
  if (target.type === 'MemberExpression') return target.computed ? [target.object, target.property] : [target.object]
  return childrenOf(target).flatMap((part) =>
    part.type === 'Property' ? targetParts(part.value as Node) : targetParts(part),
  )
}

/** Whether a variable may have another value later: it is assigned after its declaration, or comes from another module. */
const changes = (binding: Binding): boolean =>
  binding.kind === 'import'
    ? !isLibrary(binding)
    : binding.kind !== 'const' && binding.writes.some(({ node }) => node !== binding.declaration)

const isAssignedIn = (binding: Binding, root: FunctionNode): boolean =>
  binding.writes.some(({ node }) => isIn(node, root))

const isLibrary = ({ imported }: Binding): boolean => imported?.source === 'gryph'

/** Properties of tensors and arrays, which are no settings. */
const knownNames = new Set([
  'length',
  'shape',
  'rank',
  'size',
  'dtype',
  'grad',
  'requiresGrad',
  'isVariable',
  'name',
  'prototype',
])
const isKnownName = (node: acorn.MemberExpression): boolean => knownNames.has(memberName(node) ?? '')

function hasPrivateName(node: Node): boolean {
  return node.type === 'MemberExpression' && (node.property.type === 'PrivateIdentifier' || hasPrivateName(node.object))
}
