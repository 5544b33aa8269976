import type * as acorn from 'acorn'
import type { Scopes } from './scopes.ts'
import { isFunction, isIn, walk, type FunctionNode, type Node } from './syntax.ts'

const directive = 'use hybrid'

export const hasDirective = (node: Node): boolean =>
  isFunction(node) &&
  node.body.type === 'BlockStatement' &&
  node.body.body.some((statement) => 'directive' in statement && statement.directive === directive)

/** Functions that are marked, or passed to `hybridize` of the package: outermost ones, in the order of the source. */
export function hybridFunctions(program: acorn.Program, scopes: Scopes, packageName: string): FunctionNode[] {
  const found = new Set<FunctionNode>()
  walk(program, (node) => {
    if (hasDirective(node)) found.add(node as FunctionNode)
    if (node.type !== 'CallExpression' || !isHybridize(node.callee, scopes, packageName)) return
    const [given] = node.arguments
    const fn = given && functionOf(given, scopes)
    if (fn && !fn.async && !fn.generator) found.add(fn)
  })
  const all = [...found]
  return all.filter((fn) => !all.some((each) => each !== fn && isIn(fn, each))).sort((a, b) => a.start - b.start)
}

function isHybridize(callee: Node, scopes: Scopes, packageName: string): boolean {
  const id = callee.type === 'MemberExpression' ? callee.object : callee
  const imported = scopes.bindingOf.get(id)?.imported
  if (imported?.source !== packageName) return false
  if (callee.type !== 'MemberExpression') return imported.name === 'hybridize'
  return imported.name === '*' && callee.property.type === 'Identifier' && callee.property.name === 'hybridize'
}

function functionOf(given: Node, scopes: Scopes): FunctionNode | undefined {
  if (isFunction(given)) return given
  const binding = given.type === 'Identifier' ? scopes.bindingOf.get(given) : undefined
  if (!binding) return undefined
  if (binding.kind === 'function') return binding.declaration as FunctionNode // what declares a function
  const [write] = binding.writes
  return binding.kind === 'const' && write?.value && isFunction(write.value) ? write.value : undefined
}
