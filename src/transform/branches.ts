import type * as acorn from 'acorn'
import type { Emission } from './emitter.ts'
import { alwaysLeaves } from './jumps.ts'
import type { Piece } from './pieces.ts'
import type { Node } from './syntax.ts'

/** The statements of a block from offset `from` to `to`. What follows a statement that may jump is done only if it did not. */
export function emitList(e: Emission, list: readonly Node[], from: number, to: number): Piece[] {
  const pieces: Piece[] = []
  let at = from
  for (let i = 0; i < list.length; i++) {
    const statement = list[i]!
    const rest = list.slice(i + 1)
    pieces.push({ start: at, end: statement.start })
    at = statement.end
    if (
      rest.length > 0 &&
      statement.type === 'IfStatement' &&
      e.analysis.converted.has(statement) &&
      leavesAlone(statement)
    ) {
      pieces.push(...branch(e, statement, { list: rest, end: rest.at(-1)!.end }))
      at = rest.at(-1)!.end
      break
    }
    const { result, pending } = e.collect(() => e.emit(statement))
    pieces.push(...result)
    if (rest.length === 0 || pending.length === 0) continue
    const end = rest.at(-1)!.end
    const body = e.collect(() => e.within([{ kind: 'closure' }], () => emitList(e, rest, at, end)))
    const names = e.carriedNames({ start: at, end }, body.flags)
    const test = `${e.call('go')}${pending.map(({ name }) => name).join(', ')})`
    pieces.push(
      ` ${e.call('branch')}${test}, () => {`,
      ...body.result,
      `}, undefined, ${e.site(rest[0]!, names)}${e.access(names)});`,
    )
    at = end
    break
  }
  pieces.push({ start: at, end: to })
  return pieces
}

/** Whether the first side of an `if` always leaves: then what follows is the other side, and needs no test of its own. */
const leavesAlone = ({ consequent }: acorn.IfStatement): boolean => alwaysLeaves(consequent)

export function branch(e: Emission, node: acorn.IfStatement, rest?: { list: readonly Node[]; end: number }): Piece[] {
  const { test, consequent, alternate } = node
  const end = rest?.end ?? node.end
  const testPieces = e.emit(test, 'test')
  const sides = e.collect(() => {
    const first = closureBody(e, consequent)
    const second = rest
      ? e.within([{ kind: 'closure' }], () => [
          '{',
          ...(alternate
            ? [e.gap(consequent.end, alternate.start), ...restAfter(e, alternate, rest)]
            : emitList(e, rest.list, node.end, rest.end)),
          '}',
        ])
      : alternate
        ? closureBody(e, alternate)
        : undefined
    return { first, second }
  })
  const names = e.carriedNames({ start: consequent.start, end }, sides.flags)
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
    const pieces = e.emit(node)
    return node.type === 'BlockStatement' ? pieces : ['{ ', ...pieces, ' }']
  })
}
