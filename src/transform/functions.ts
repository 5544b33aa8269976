import type { Emission, Frame } from './emitter.ts'
import { emitList } from './branches.ts'
import { alwaysLeaves } from './jumps.ts'
import { emitPattern } from './patterns.ts'
import type { Piece } from './pieces.ts'

import type { FunctionNode, Node } from './syntax.ts'

/** Emits a function. Returns from inside converted statements go through variables, and are made at its end. */
export function emitFunction(e: Emission, node: FunctionNode, free = ''): Piece[] {
  const frame: Frame & { kind: 'function' } = { kind: 'function', node, value: undefined, vars: new Set() }
  const { result } = e.collect(
    () =>
      e.within([frame], () =>
        e.around(node, (part) => (part === node.body ? functionBody(e, node, frame, free) : emitHead(e, part))),
      ),
    (flag) => flag.target === node,
  )
  return result
}

const emitHead = (e: Emission, part: Node): Piece[] => (part.type === 'Identifier' ? [part] : emitPattern(e, part))

function functionBody(e: Emission, node: FunctionNode, frame: Frame & { kind: 'function' }, free: string): Piece[] {
  const { body } = node
  if (body.type !== 'BlockStatement') {
    const pieces = e.emit(body)
    return free === '' ? pieces : [`${e.call('withFree')}${free}, (${e.freeObject}) => (`, ...pieces, '))']
  }
  const directives = body.body.filter((statement) => 'directive' in statement && statement.directive !== undefined)
  const statements = body.body.slice(directives.length)
  const from = directives.at(-1)?.end ?? body.start + 1
  const list = emitList(e, statements, from, body.end - 1)
  const returns = e.flagOf(node, 'return')
  const declarations = [...(returns ? [`${returns.name} = false`, frame.value!] : []), ...frame.vars]
  const isComplete = statements.some(alwaysLeaves)
  const end = returns
    ? [` return ${e.call('result')}${returns.name}, ${frame.value!}, ${isComplete}, ${e.site(node, [])});`]
    : []
  // A directive may end without a semicolon.
  const opening = free === '' ? '' : ` const ${e.freeObject} = ${e.call('free')}${free});`
  const start = `${directives.length > 0 ? ';' : ''}${opening}${declarations.length > 0 ? ` var ${declarations.join(', ')};` : ''}`
  return [
    { start: body.start, end: from },
    start === ';' ? '' : start,
    ...list,
    ...end,
    { start: body.end - 1, end: body.end },
  ]
}
