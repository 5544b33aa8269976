import type * as acorn from 'acorn'
import type { Emission } from './emitter.ts'
import { flagNames } from './emitter.ts'
import { emitExpression, type Use } from './expressions.ts'
import { emitFunction } from './functions.ts'
import { alwaysLeaves } from './jumps.ts'
import { emitLoop } from './loops.ts'
import type { Piece } from './pieces.ts'
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
      return e.within([{ kind: 'target', node }], () => emitSwitch(e, node))
    case 'ReturnStatement':
    case 'BreakStatement':
    case 'ContinueStatement':
      return jump(e, node)
    case 'ExpressionStatement':
      return e.around(node, (part) => emitNode(e, part, 'nothing'))
    case 'VariableDeclaration':
      return declaration(e, node)
    case 'LabeledStatement':
      return e.within([{ kind: 'target', node }], () => e.around(node, (part) => (part === node.label ? [part] : emitNode(e, part))))
    case 'TryStatement':
    case 'CatchClause':
      return e.around(node, (part) => (part.type === 'Identifier' ? [part] : emitNode(e, part)))
    default:
      return emitExpression(e, node, use, (part, partUse) => emitNode(e, part, partUse))
  }
}

/** The statements of a block from offset `from` to `to`. What follows a statement that may jump is done only if it did not. */
export function emitList(e: Emission, list: readonly Node[], from: number, to: number): Piece[] {
  const pieces: Piece[] = []
  let at = from
  for (let i = 0; i < list.length; i++) {
    const statement = list[i]!
    const rest = list.slice(i + 1)
    pieces.push({ start: at, end: statement.start })
    at = statement.end
    if (rest.length > 0 && statement.type === 'IfStatement' && e.analysis.converted.has(statement) && leavesAlone(statement)) {
      pieces.push(...branch(e, statement, { list: rest, end: rest.at(-1)!.end }))
      at = rest.at(-1)!.end
      break
    }
    const { result, pending } = e.collect(() => emitNode(e, statement))
    pieces.push(...result)
    if (rest.length === 0 || pending.length === 0) continue
    const end = rest.at(-1)!.end
    const body = e.collect(() => e.within([{ kind: 'closure' }], () => emitList(e, rest, at, end)))
    const names = carriedNames(e, { start: at, end }, body.flags)
    const test = `${e.call('go')}${pending.map(({ name }) => name).join(', ')})`
    pieces.push(` ${e.call('branch')}${test}, () => {`, ...body.result, `}, undefined, ${e.site(rest[0]!, names)}${e.access(names)});`)
    at = end
    break
  }
  pieces.push({ start: at, end: to })
  return pieces
}

/** What a part changes: its variables, and the flags of jumps in it. */
export function carriedNames(
  e: Emission,
  range: { start: number; end: number },
  flags: Parameters<typeof flagNames>[0],
  loop?: Node,
): string[] {
  return [...new Set([...e.carried.in(range, loop), ...flagNames(flags, e.functionFrame())])]
}

/** Whether the first side of an `if` always leaves: then what follows is the other side, and needs no test of its own. */
const leavesAlone = ({ consequent }: acorn.IfStatement): boolean => alwaysLeaves(consequent)

function branch(e: Emission, node: acorn.IfStatement, rest?: { list: readonly Node[]; end: number }): Piece[] {
  const { test, consequent, alternate } = node
  const end = rest?.end ?? node.end
  const testPieces = emitNode(e, test, 'test')
  const sides = e.collect(() => {
    const first = closureBody(e, consequent)
    const second = rest
      ? e.within([{ kind: 'closure' }], () => [
          '{',
          ...(alternate ? [e.gap(consequent.end, alternate.start), ...restAfter(e, alternate, rest)] : emitList(e, rest.list, node.end, rest.end)),
          '}',
        ])
      : alternate
        ? closureBody(e, alternate)
        : undefined
    return { first, second }
  })
  const names = carriedNames(e, { start: consequent.start, end }, sides.flags)
  const { first, second } = sides.result
  const closing = `, ${e.site(node, names)}${e.access(names)});`
  return [
    e.call('branch'),
    e.gap(node.start, test.start),
    ...testPieces,
    e.gap(test.end, consequent.start),
    ', () => ',
    ...first,
    ...(second ? [rest ? '' : e.gap(consequent.end, alternate!.start), ', () => ', ...second] : [', undefined']),
    closing,
  ]
}

/** The `else` of an `if` and what comes after it, as one list. */
function restAfter(e: Emission, alternate: acorn.Statement, rest: { list: readonly Node[]; end: number }): Piece[] {
  return emitList(e, [alternate, ...rest.list], alternate.start, rest.end)
}

/** A statement as the body of an arrow function. */
export function closureBody(e: Emission, node: Node): Piece[] {
  return e.within([{ kind: 'closure' }], () => {
    const pieces = emitNode(e, node)
    return node.type === 'BlockStatement' ? pieces : ['{ ', ...pieces, ' }']
  })
}

function plainIf(e: Emission, node: acorn.IfStatement): Piece[] {
  const blocker = e.analysis.blocked.get(node)
  return e.around(node, (part) => {
    if (part !== node.test) return emitNode(e, part)
    if (!blocker) return emitNode(e, part, 'test')
    return [e.call('native'), ...emitNode(e, part), `, ${e.nativeSite(node, blocker.reason)})`]
  })
}

function emitSwitch(e: Emission, node: acorn.SwitchStatement): Piece[] {
  return e.around(node, (part) => {
    if (part.type !== 'SwitchCase') {
      if (!e.analysis.may(part)) return emitNode(e, part)
      return [e.call('native'), ...emitNode(e, part), `, ${e.nativeSite(node, 'switch')})`]
    }
    const [first] = part.consequent
    const before: Piece[] = []
    let at = part.start
    if (part.test) {
      before.push({ start: at, end: part.test.start }, ...emitNode(e, part.test))
      at = part.test.end
    }
    if (!first) return [...before, { start: at, end: part.end }]
    return [...before, ...emitList(e, part.consequent, at, part.end)]
  })
}

function jump(e: Emission, node: acorn.ReturnStatement | acorn.BreakStatement | acorn.ContinueStatement): Piece[] {
  const found = e.analysis.jumps.find((each) => each.node === node)
  const argument = node.type === 'ReturnStatement' ? node.argument : undefined
  const value = argument ? emitNode(e, argument) : undefined
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
    ...(value ? [e.gap(node.start, argument!.start), ...wrapped(argument!, value), e.gap(argument!.end, node.end)] : []),
    `); ${name} = true; return; }`,
  ]
}

const wrapped = (node: Node, pieces: Piece[]): Piece[] => (node.type === 'SequenceExpression' ? ['(', ...pieces, ')'] : pieces)

/** A `var` belongs to the function: in a closure it becomes an assignment. */
function declaration(e: Emission, node: acorn.VariableDeclaration): Piece[] {
  const emitPart = (part: Node): Piece[] => e.around(part, (each) => emitPattern(e, each))
  if (node.kind !== 'var' || !e.isInClosure()) return e.around(node, emitPart)
  const frame = e.functionFrame()
  for (const binding of e.analysis.scopes.bindings)
    if (binding.kind === 'var' && binding.writes.concat().some((write) => write.node === node)) frame.vars.add(binding.name)
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

/** Patterns keep their form; defaults in them are expressions. */
export function emitPattern(e: Emission, node: Node): Piece[] {
  switch (node.type) {
    case 'Identifier':
      return e.free.reads.has(node) ? emitNode(e, node) : [node]
    case 'ObjectPattern':
    case 'ArrayPattern':
    case 'RestElement':
      return e.around(node, (part) => emitPattern(e, part))
    case 'AssignmentPattern':
      return e.around(node, (part) => (part === node.left ? emitPattern(e, part) : emitNode(e, part)))
    case 'Property':
      return e.around(node, (part) => (part === node.key && !node.computed ? [part] : part === node.key ? emitNode(e, part) : emitPattern(e, part)))
    default:
      return emitNode(e, node)
  }
}

