import type { Emission } from './emitter.ts'
import type { Piece } from './pieces.ts'
import type { Node } from './syntax.ts'

/** Patterns keep their form; defaults in them are expressions. */
export function emitPattern(e: Emission, node: Node): Piece[] {
  switch (node.type) {
    case 'Identifier':
      return e.free.reads.has(node) ? e.emit(node) : [node]
    case 'ObjectPattern':
    case 'ArrayPattern':
    case 'RestElement':
      return e.around(node, (part) => emitPattern(e, part))
    case 'AssignmentPattern':
      return e.around(node, (part) => (part === node.left ? emitPattern(e, part) : e.emit(part)))
    case 'Property':
      return e.around(node, (part) =>
        part === node.key && !node.computed ? [part] : part === node.key ? e.emit(part) : emitPattern(e, part),
      )
    default:
      return e.emit(node)
  }
}
