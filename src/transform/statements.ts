import type * as acorn from 'acorn'
import { emitList, branch } from './branches.ts'
import type { Emission, Use } from './emitter.ts'
import { emitExpression } from './expressions.ts'
import { emitFunction } from './functions.ts'
import { emitLoop } from './loops.ts'
import { emitPattern } from './patterns.ts'
import type { Piece } from './pieces.ts'
import { emitSwitch } from './switches.ts'
import { isFunction, type Node } from './syntax.ts'

/** Emits any node: what control flow and free variables are not part of stays as it is. */
export function emitNode(e: Emission, node: Node, use: Use = 'value'): Piece[] {
  if (isFunction(node)) return emitFunction(e, node)
  const { converted } = e.analysis
  switch (node.type) {
    case 'BlockStatement':
    case 'StaticBlock':
      return [
        { start: node.start, end: node.start + 1 },
        ...emitList(e, node.body, node.start + 1, node.end - 1),
        { start: node.end - 1, end: node.end },
      ]
    case 'IfStatement':
      return converted.has(node) ? branch(e, node) : plainIf(e, node)
    case 'WhileStatement':
    case 'DoWhileStatement':
    case 'ForStatement':
    case 'ForInStatement':
    case 'ForOfStatement':
      return emitLoop(e, node)
    case 'SwitchStatement':
      return converted.has(node)
        ? emitSwitch(e, node)
        : e.within([{ kind: 'target', node }], () => plainSwitch(e, node))
    case 'ReturnStatement':
    case 'BreakStatement':
    case 'ContinueStatement':
      return jump(e, node)
    case 'ExpressionStatement':
      return e.around(node, (part) => e.emit(part, 'nothing'))
    case 'VariableDeclaration':
      return declaration(e, node)
    case 'LabeledStatement':
      return e.within([{ kind: 'target', node }], () =>
        e.around(node, (part) => (part === node.label ? [part] : e.emit(part))),
      )
    case 'TryStatement':
    case 'CatchClause':
      return e.around(node, (part) => (part.type === 'Identifier' ? [part] : e.emit(part)))
    default:
      return emitExpression(e, node, use)
  }
}

function plainIf(e: Emission, node: acorn.IfStatement): Piece[] {
  const blocker = e.analysis.blocked.get(node)
  return e.around(node, (part) => {
    if (part !== node.test) return e.emit(part)
    if (!blocker) return e.emit(part, 'test')
    return [e.call('native'), ...e.emit(part), `, ${e.nativeSite(node, blocker.reason)})`]
  })
}

function plainSwitch(e: Emission, node: acorn.SwitchStatement): Piece[] {
  return e.around(node, (part) => {
    if (part.type !== 'SwitchCase') {
      const blocker = e.analysis.blocked.get(node)
      return blocker ? [e.call('native'), ...e.emit(part), `, ${e.nativeSite(node, blocker.reason)})`] : e.emit(part)
    }
    const [first] = part.consequent
    const before: Piece[] = []
    let at = part.start
    if (part.test) {
      before.push({ start: at, end: part.test.start }, ...e.emit(part.test))
      at = part.test.end
    }
    if (!first) return [...before, { start: at, end: part.end }]
    return [...before, ...emitList(e, part.consequent, at, part.end)]
  })
}

function jump(e: Emission, node: acorn.ReturnStatement | acorn.BreakStatement | acorn.ContinueStatement): Piece[] {
  const found = e.analysis.jumps.find((each) => each.node === node)
  const argument = node.type === 'ReturnStatement' ? node.argument : undefined
  const value = argument ? e.emit(argument) : undefined
  const plain = (): Piece[] => e.around(node, (part) => (part === argument ? value! : [part]))
  if (!found) return plain()
  const { target } = found
  const closures = e.closuresTo(target)
  if (closures === 0) return plain()
  if (node.type === 'ContinueStatement' && closures === 1) return ['return;']
  const kind = node.type === 'ReturnStatement' ? 'return' : node.type === 'BreakStatement' ? 'break' : 'continue'
  const { name } = e.flag(target, kind)
  if (kind !== 'return') return [`{ ${name} = true; return; }`]
  const frame = e.functionFrame()
  frame.value ??= e.newName('result')
  return [
    `{ ${frame.value} = ${e.call('returned')}`,
    ...(value
      ? [e.gap(node.start, argument!.start), ...wrapped(argument!, value), e.gap(argument!.end, node.end)]
      : []),
    `); ${name} = true; return; }`,
  ]
}

const wrapped = (node: Node, pieces: Piece[]): Piece[] =>
  node.type === 'SequenceExpression' ? ['(', ...pieces, ')'] : pieces

/** A `var` belongs to the function: in a closure it becomes an assignment. */
function declaration(e: Emission, node: acorn.VariableDeclaration): Piece[] {
  const emitPart = (part: Node): Piece[] => e.around(part, (each) => emitPattern(e, each))
  if (node.kind !== 'var' || !e.isInClosure()) return e.around(node, emitPart)
  const frame = e.functionFrame()
  for (const binding of e.analysis.scopes.bindings)
    if (binding.kind === 'var' && binding.writes.concat().some((write) => write.node === node))
      frame.vars.add(binding.name)
  // What it begins with cannot go on a statement before it that ends without a semicolon.
  const parts = node.declarations.filter(({ init }) => init)
  return [
    ...parts.flatMap((part, i) => [
      i === 0 ? e.gap(node.start, part.start) : `, ${e.gap(parts[i - 1]!.end, part.start)}`,
      ...(part.id.type === 'Identifier' ? emitPart(part) : ['void (', ...emitPart(part), ')']),
    ]),
    parts.length > 0 ? e.gap(parts.at(-1)!.end, node.end) : e.gap(node.start, node.end),
    ';',
  ]
}
