import type * as acorn from 'acorn'
import { capturedVariables } from './analysis.ts'
import type { Emission, Flag } from './emitter.ts'
import type { Piece } from './pieces.ts'
import { namesIn } from './scopes.ts'
import { emitPattern } from './patterns.ts'
import { isIn, walk, type LoopNode, type Node } from './syntax.ts'

export function emitLoop(e: Emission, node: LoopNode): Piece[] {
  if (!e.analysis.converted.has(node)) return nativeLoop(e, node)
  switch (node.type) {
    case 'WhileStatement':
    case 'ForStatement':
      return whileLoop(e, node)
    case 'DoWhileStatement':
      return doLoop(e, node)
    default:
      return eachLoop(e, node)
  }
}

/** The body as a closure, and the flags of the jumps in it that leave the loop. */
function loopBody(e: Emission, node: LoopNode): { pieces: Piece[]; exits: Flag[] } {
  const { body } = node
  const { result, flags } = e.collect(
    () => e.within([{ kind: 'target', node }, { kind: 'closure' }], () => e.emit(body)),
    (flag) => flag.target === node,
  )
  const inside = body.type === 'BlockStatement' ? result.slice(1, -1) : result
  const again = e.flagOf(node, 'continue')
  const opening = again ? `{ let ${again.name} = false;` : '{'
  return {
    pieces: [opening, ...inside, ...(body.type === 'BlockStatement' ? [] : [';']), '}'],
    exits: flags.filter((flag) => flag !== again),
  }
}

const declared = (e: Emission, node: LoopNode): string => {
  const flag = e.flagOf(node, 'break')
  return flag ? `let ${flag.name} = false; ` : ''
}

/** A closure that says whether no jump is under way, where one may be. */
const goes = (e: Emission, exits: readonly Flag[]): string =>
  exits.length === 0 ? 'undefined' : `() => ${e.call('go')}${exits.map(({ name }) => name).join(', ')})`

function ending(e: Emission, node: LoopNode, exits: readonly Flag[]): string {
  const names = e.carriedNames(node, exits, node.type === 'ForStatement' ? node : undefined)
  return `, ${goes(e, exits)}, ${e.site(node, names)}${e.access(names)}`
}

function whileLoop(e: Emission, node: acorn.WhileStatement | acorn.ForStatement): Piece[] {
  const isFor = node.type === 'ForStatement'
  const { pieces: bodyPieces, exits } = loopBody(e, node)
  const captured = capturedVariables(node, e.analysis.scopes).map(({ name }) => name)
  const body: Piece[] =
    captured.length > 0
      ? [`() => ((${captured.join(', ')}) => `, ...bodyPieces, `)(${captured.join(', ')})`]
      : ['() => ', ...bodyPieces]
  let at = node.start
  const until = (part: Node): string => {
    const text = e.gap(at, part.start)
    at = part.end
    return text
  }
  const { init, update } = isFor ? node : { init: undefined, update: undefined }
  const pieces: Piece[] = ['{ ', declared(e, node)]
  if (init) {
    pieces.push(until(init), ...e.emit(init, 'nothing'))
    if (!String(e.source.slice(init.start, init.end)).endsWith(';')) pieces.push('; ')
  }
  pieces.push(e.call('loop'))
  if (node.test) pieces.push(until(node.test), '() => (', ...e.emit(node.test, 'test'), '), ')
  else pieces.push('() => true, ')
  if (update) pieces.push(until(update), '() => { ', ...e.emit(update, 'nothing'), ' }, ')
  else pieces.push('undefined, ')
  pieces.push(
    until(node.body),
    ...body,
    `${ending(e, node, exits)}${steersIndices(e, node) ? unrolled(e, node, exits) : ''}); }`,
  )
  return pieces
}

/** Passes of a loop whose counter is an index into arrays are unrolled as far as its own test allows. */
const unrolled = (e: Emission, node: LoopNode, exits: readonly Flag[]): string =>
  e.carriedNames(node, exits, node).length === 0 ? ', undefined, undefined, true' : ', true'

function steersIndices(e: Emission, node: LoopNode): boolean {
  if (node.type !== 'ForStatement' || node.init?.type !== 'VariableDeclaration') return false
  const counters = node.init.declarations
    .flatMap(({ id }) => namesIn(id))
    .map((id) => e.analysis.scopes.bindingOf.get(id)!)
  let found = false
  walk(node.body, (each) => {
    if (each.type === 'MemberExpression' && each.computed)
      found ||= counters.some((counter) => counter.references.some((id) => isIn(id, each.property)))
    return !found
  })
  return found
}

function doLoop(e: Emission, node: acorn.DoWhileStatement): Piece[] {
  const { pieces, exits } = loopBody(e, node)
  const test = e.emit(node.test, 'test')
  return [
    `{ ${declared(e, node)}${e.call('repeat')}`,
    e.gap(node.start, node.body.start),
    '() => ',
    ...pieces,
    e.gap(node.body.end, node.test.start),
    ', () => (',
    ...test,
    `)${e.gap(node.test.end, node.end)}${ending(e, node, exits)}); }`,
  ]
}

function eachLoop(e: Emission, node: acorn.ForOfStatement | acorn.ForInStatement): Piece[] {
  const { left, right } = node
  const isDeclared = left.type === 'VariableDeclaration' && left.kind !== 'var'
  const { pieces, exits } = loopBody(e, node)
  const pattern = left.type === 'VariableDeclaration' ? left.declarations[0]!.id : left
  const patternText = e.source.slice(pattern.start, pattern.end).replaceAll('\n', ' ')
  const given = isDeclared ? patternText : e.newName('item')
  const assignment = isDeclared ? [] : [` (${patternText} = ${given});`]
  if (left.type === 'VariableDeclaration' && !isDeclared)
    for (const id of namesIn(pattern)) e.functionFrame().vars.add(id.name)
  const items = e.emit(right)
  return [
    `{ ${declared(e, node)}${e.call('each')}`,
    e.gap(node.start, right.start),
    ...(node.type === 'ForInStatement' ? [e.call('keys'), ...items, ')'] : items),
    e.gap(right.end, node.body.start),
    `, (${given}) => `,
    ...(assignment.length > 0 ? ['{', ...assignment, ...pieces, '}'] : pieces),
    `${ending(e, node, exits)}); }`,
  ]
}

/** A loop whose test is plain: what is in it may still be converted. */
function nativeLoop(e: Emission, node: LoopNode): Piece[] {
  const blocker = e.analysis.blocked.get(node)
  const isOver = node.type === 'ForOfStatement' || node.type === 'ForInStatement'
  const { result } = e.collect(
    () => e.within([{ kind: 'target', node }], () => e.emit(node.body)),
    (flag) => flag.target === node,
  )
  const again = e.flagOf(node, 'continue')
  const body: Piece[] = again ? [`{ let ${again.name} = false; `, ...result, ' }'] : result
  return e.around(node, (part) => {
    if (part === node.body) return body
    if (isOver && part === node.left) return part.type === 'VariableDeclaration' ? [part] : emitPattern(e, part)
    if (isOver && part === node.right)
      return blocker && node.type === 'ForOfStatement' ? [e.call('rows'), ...e.emit(part), ')'] : e.emit(part)
    if ('test' in node && part === node.test && blocker)
      return [e.call('native'), ...e.emit(part), `, ${e.nativeSite(node, blocker.reason)})`]
    return e.emit(part, 'test' in node && part === node.test ? 'test' : 'nothing')
  })
}
