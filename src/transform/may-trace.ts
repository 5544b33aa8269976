import type * as acorn from 'acorn'
import type { Binding, Scopes } from './scopes.ts'
import { memberName, type Node } from './syntax.ts'

/** Members that are never tensors or traced numbers. */
const plainMembers = new Set(['length', 'shape', 'rank', 'size', 'dtype', 'requiresGrad', 'isVariable', 'isTraining'])
/** Methods whose results never are. */
const plainMethods = new Set(
  'item bool toArray data includes has indexOf startsWith endsWith some every test isArray toFixed join toString entries keys values map filter flatMap split trim charAt charCodeAt match hasOwnProperty parameters namedParameters'.split(
    ' ',
  ),
)
const arithmetic = new Set(['+', '-', '*', '/', '%', '**'])
const comparisons = new Set(['<', '<=', '>', '>=', '===', '!==', '==', '!='])

export const isArithmetic = (operator: string): boolean => arithmetic.has(operator)
export const isComparison = (operator: string): boolean => comparisons.has(operator)

/** Whether a value compared with this says what kind of value the other one is, which is known while a call is traced. */
export const tellsKind = (node: Node, scopes: Scopes): boolean =>
  (node.type === 'Literal' && (node.value === null || typeof node.value === 'string')) ||
  (node.type === 'Identifier' && node.name === 'undefined' && !scopes.bindingOf.has(node)) ||
  (node.type === 'UnaryExpression' && (node.operator === 'typeof' || node.operator === 'void')) ||
  node.type === 'TemplateLiteral'

/** `x.item()` and `x.bool()`: in a test, the tensor itself is as good. */
export function readTensor(node: Node): acorn.Expression | undefined {
  if (node.type !== 'CallExpression' || node.optional || node.arguments.length > 0) return undefined
  const { callee } = node
  if (callee.type !== 'MemberExpression' || callee.optional || callee.object.type === 'Super') return undefined
  const name = memberName(callee)
  return name === 'item' || name === 'bool' ? callee.object : undefined
}

/**
 * Whether an expression may be a tensor, or a number or boolean that is a tensor while a call is traced. Errs on the side of yes: what
 * it says no to keeps its JavaScript form.
 *
 * @param isMaybe what is known of variables
 * @param inTest whether reads of elements count as their tensors
 */
export function mayTrace(node: Node, scopes: Scopes, isMaybe: (binding: Binding) => boolean, inTest: boolean): boolean {
  const may = (part: Node): boolean => mayTrace(part, scopes, isMaybe, inTest)
  switch (node.type) {
    case 'Literal':
    case 'TemplateLiteral':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
    case 'ClassExpression':
    case 'ObjectExpression':
    case 'ArrayExpression':
    case 'NewExpression':
    case 'ThisExpression':
    case 'ImportExpression':
    case 'MetaProperty':
      return false
    case 'Identifier': {
      const binding = scopes.bindingOf.get(node)
      return binding !== undefined && isMaybe(binding)
    }
    case 'MemberExpression':
      if (isGlobal(node.object, scopes)) return false
      if (plainMembers.has(memberName(node) ?? '')) return false
      return !(
        node.computed &&
        node.object.type === 'MemberExpression' &&
        ['shape', 'strides'].includes(memberName(node.object) ?? '')
      )
    case 'CallExpression': {
      const read = readTensor(node)
      if (read) return inTest
      const { callee } = node
      if (isGlobal(callee, scopes)) return false
      return !(
        callee.type === 'MemberExpression' &&
        (isGlobal(callee.object, scopes) || plainMethods.has(memberName(callee) ?? ''))
      )
    }
    case 'ChainExpression':
      return may(node.expression)
    case 'UnaryExpression':
      return (node.operator === '!' || node.operator === '-' || node.operator === '+') && may(node.argument)
    case 'UpdateExpression':
      return may(node.argument)
    case 'BinaryExpression':
      if (isComparison(node.operator)) {
        if (tellsKind(node.left, scopes) || tellsKind(node.right, scopes)) return false
        return may(node.left) || may(node.right)
      }
      return isArithmetic(node.operator) && (may(node.left) || may(node.right))
    case 'LogicalExpression':
      return may(node.left) || may(node.right)
    case 'ConditionalExpression':
      return may(node.test) || may(node.consequent) || may(node.alternate)
    case 'AssignmentExpression':
      return may(node.right) || (node.operator !== '=' && may(node.left))
    case 'SequenceExpression':
      return may(node.expressions.at(-1)!)
    default:
      return true
  }
}

const isGlobal = (node: Node, scopes: Scopes): boolean => node.type === 'Identifier' && !scopes.bindingOf.has(node)

/** Comparisons of tensors: what they return is certainly a tensor where the receiver is one. */
const tensorTests = new Set(
  'greater greaterEqual less lessEqual equal notEqual logicalAnd logicalOr logicalXor logicalNot isNaN'.split(' '),
)

/** Whether a test is a tensor for sure, so that what cannot be converted is an error at build time. */
export function surelyTensor(node: Node): boolean {
  if (node.type === 'LogicalExpression') return surelyTensor(node.left) || surelyTensor(node.right)
  if (node.type === 'UnaryExpression' && node.operator === '!') return surelyTensor(node.argument)
  return (
    node.type === 'CallExpression' &&
    node.callee.type === 'MemberExpression' &&
    node.callee.object.type !== 'Super' &&
    tensorTests.has(memberName(node.callee) ?? '') &&
    node.arguments.length < 3
  )
}
