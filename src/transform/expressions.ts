import type * as acorn from 'acorn'
import type { Emission, Use } from './emitter.ts'
import { isArithmetic, isComparison, readTensor, tellsKind } from './may-trace.ts'
import type { Piece } from './pieces.ts'
import { isPath } from './places.ts'
import { isIn, type Node } from './syntax.ts'

const binaryNames: Readonly<Record<string, string>> = {
  '+': 'add',
  '-': 'sub',
  '*': 'mul',
  '/': 'div',
  '%': 'rem',
  '**': 'pow',
  '<': 'lt',
  '<=': 'le',
  '>': 'gt',
  '>=': 'ge',
  '===': 'eq',
  '!==': 'ne',
  '==': 'looseEq',
  '!=': 'looseNe',
}

const isInTest = (use: Use): boolean => use === 'test' || use === 'operand'

/** Emits an expression, and everything that has no rules of its own. */
export function emitExpression(e: Emission, node: Node, use: Use): Piece[] {
  const { analysis } = e
  const operandUse: Use = isInTest(use) ? 'operand' : 'value'
  const part = (child: Node, childUse: Use = 'value'): Piece[] => e.emit(child, childUse)
  const number = e.free.reads.get(node)
  if (number !== undefined)
    return [`${e.call('read')}${e.freeObject}, ${number}, `, { start: node.start, end: node.end }, ')']
  const may = (each: Node): boolean => analysis.may(each, isInTest(use))
  if (!analysis.isPausing(node))
    switch (node.type) {
      case 'UnaryExpression':
        if (node.operator === '!' && analysis.may(node.argument, true))
          return [e.call('not'), e.gap(node.start, node.argument.start), ...part(node.argument, 'test'), ')']
        if (node.operator === '-' && may(node.argument))
          return [e.call('neg'), e.gap(node.start, node.argument.start), ...part(node.argument, operandUse), ')']
        break
      case 'LogicalExpression':
        if (node.operator !== '??' && isLogical(node, use, may))
          return logical(e, node, use === 'test' ? use : operandUse, part)
        break
      case 'ConditionalExpression':
        if (analysis.converted.has(node)) return conditional(e, node, part)
        if (analysis.blocked.has(node))
          return e.around(node, (child) =>
            child === node.test
              ? [e.call('native'), ...part(child), `, ${e.nativeSite(node, analysis.blocked.get(node)!.reason)})`]
              : part(child),
          )
        return e.around(node, (child) => part(child, child === node.test ? 'test' : 'value'))
      case 'BinaryExpression':
        if (may(node.left) || may(node.right)) {
          if (
            isComparison(node.operator) &&
            (tellsKind(node.left, analysis.scopes) || tellsKind(node.right, analysis.scopes))
          )
            return e.around(node, (child) =>
              child.type === 'Identifier' && may(child) ? [e.call('known'), ...part(child), ')'] : part(child),
            )
          if (isComparison(node.operator) || isArithmetic(node.operator)) return binary(e, node, operandUse, part)
        }
        break
      case 'AssignmentExpression': {
        const operator = node.operator.slice(0, -1)
        if (isArithmetic(operator) && isPath(node.left) && (may(node.left) || may(node.right))) {
          const target: Piece = { start: node.left.start, end: node.left.end }
          return [
            target,
            ` = ${e.call(binaryNames[operator]!)}`,
            target,
            ', ',
            e.gap(node.left.end, node.right.start),
            ...part(node.right, operandUse),
            ')',
          ]
        }
        break
      }
      case 'UpdateExpression':
        if (use === 'nothing' && isPath(node.argument) && may(node.argument)) {
          const target: Piece = { start: node.argument.start, end: node.argument.end }
          return [target, ` = ${e.call(node.operator === '++' ? 'add' : 'sub')}`, target, ', 1)']
        }
        break
      case 'MemberExpression':
        if (node.computed && analysis.may(node.property))
          return e.around(node, (child) =>
            child === node.property ? [e.call('key'), ...part(child), ')'] : part(child),
          )
        break
      case 'SequenceExpression':
        return e.around(node, (child) => part(child, child === node.expressions.at(-1) ? use : 'nothing'))
      case 'CallExpression': {
        const read = isInTest(use) ? readTensor(node) : undefined
        if (read)
          return [e.call('element'), ...part(read), `, '${isBool(node) ? 'bool' : 'item'}')`, e.gap(read.end, node.end)]
        break
      }
      case 'Property': {
        const value = node.value as Node
        if (node.shorthand && e.free.reads.has(value))
          return [`${e.source.slice(value.start, value.end)}: `, ...part(value)]
        break
      }
      default:
    }
  return e.around(node, (child) => part(child))
}

const isBool = (node: acorn.CallExpression): boolean =>
  node.callee.type === 'MemberExpression' &&
  node.callee.property.type === 'Identifier' &&
  node.callee.property.name === 'bool'

/** `a || b` that is no test means what it does in JavaScript, unless `a` is a bool tensor: the run-time part asks. */
const isLogical = (node: acorn.LogicalExpression, use: Use, may: (node: Node) => boolean): boolean =>
  may(node.left) || (use === 'test' && may(node.right))

function logical(
  e: Emission,
  node: acorn.LogicalExpression,
  use: Use,
  part: (node: Node, use?: Use) => Piece[],
): Piece[] {
  const { left, right } = node
  const name = node.operator === '&&' ? 'and' : 'or'
  const names = use === 'test' ? e.carried.in(right) : []
  if (names.length > 0) {
    // What the right side changes is changed only where it is asked.
    const asked: Piece[] = [', () => ', e.call('not'), e.call('not'), ...part(right, use), '))']
    return [
      e.call('select'),
      e.gap(node.start, left.start),
      ...argument(left, part(left, use)),
      e.gap(left.end, right.start),
      ...(name === 'and' ? [...asked, ', () => false'] : [', () => true', ...asked]),
      `, ${e.site(node, names)}${e.access(names)}${e.gap(right.end, node.end)})`,
    ]
  }
  return [
    e.call(use === 'test' ? name : `${name}Value`),
    e.gap(node.start, left.start),
    ...argument(left, part(left, use)),
    e.gap(left.end, right.start),
    ', () => (',
    ...part(right, use),
    `)${e.gap(right.end, node.end)}${use === 'test' && isHarmless(right) ? ', true' : ''})`,
  ]
}

function conditional(
  e: Emission,
  node: acorn.ConditionalExpression,
  part: (node: Node, use?: Use) => Piece[],
): Piece[] {
  const { test, consequent, alternate } = node
  const names = e.carried.in(node)
  return [
    e.call('select'),
    e.gap(node.start, test.start),
    ...argument(test, part(test, 'test')),
    e.gap(test.end, consequent.start),
    ', () => (',
    ...part(consequent),
    e.gap(consequent.end, alternate.start),
    '), () => (',
    ...part(alternate),
    `), ${e.site(node, names)}${e.access(names)})`,
  ]
}

function binary(
  e: Emission,
  node: acorn.BinaryExpression,
  use: Use,
  part: (node: Node, use?: Use) => Piece[],
): Piece[] {
  const { left, right, operator } = node
  return [
    e.call(binaryNames[operator]!),
    e.gap(node.start, left.start),
    ...argument(left, part(left, use)),
    e.gap(left.end, right.start),
    ', ',
    ...argument(right, part(right, use)),
    `)${e.gap(right.end, node.end)}`,
  ]
}

const argument = (node: Node, pieces: Piece[]): Piece[] =>
  node.type === 'SequenceExpression' ? ['(', ...pieces, ')'] : pieces

const harmlessMethods = /^(greater|greaterEqual|less|lessEqual|equal|notEqual|logical\w+|isNaN|abs|neg|item|bool)$/

/** Whether both sides of a `&&` may be computed: nothing in the right one can fail or change anything. */
function isHarmless(node: Node): boolean {
  switch (node.type) {
    case 'Identifier':
    case 'Literal':
      return true
    case 'UnaryExpression':
      return node.operator !== 'delete' && isHarmless(node.argument)
    case 'BinaryExpression':
      return isHarmless(node.left) && isHarmless(node.right)
    case 'LogicalExpression':
      return isHarmless(node.left) && isHarmless(node.right)
    case 'CallExpression': {
      const { callee } = node
      if (callee.type !== 'MemberExpression' || callee.computed || callee.property.type !== 'Identifier') return false
      if (!harmlessMethods.test(callee.property.name)) return false
      return isHarmless(callee.object) && node.arguments.every((each) => isIn(each, node) && isHarmless(each))
    }
    default:
      return false
  }
}
