import type * as ESTree from 'estree'

/** Makers of ESTree nodes. */

type Expression = ESTree.Expression
type Statement = ESTree.Statement

export const name = (text: string): ESTree.Identifier => ({ type: 'Identifier', name: text })

export function number(value: number): Expression {
  if (Number.isNaN(value)) return name('NaN')
  if (value < 0 || Object.is(value, -0))
    return { type: 'UnaryExpression', operator: '-', prefix: true, argument: number(-value) }
  return value === Infinity ? name('Infinity') : { type: 'Literal', value }
}

export const boolean = (value: boolean): Expression => ({ type: 'Literal', value })
export const text = (value: string): ESTree.Literal => ({ type: 'Literal', value })
export const unary = (operator: ESTree.UnaryOperator, argument: Expression): Expression => ({
  type: 'UnaryExpression',
  operator,
  prefix: true,
  argument,
})
export const binary = (operator: ESTree.BinaryOperator, left: Expression, right: Expression): Expression => ({
  type: 'BinaryExpression',
  operator,
  left,
  right,
})
export const logical = (operator: ESTree.LogicalOperator, left: Expression, right: Expression): Expression => ({
  type: 'LogicalExpression',
  operator,
  left,
  right,
})
export const conditional = (test: Expression, consequent: Expression, alternate: Expression): Expression => ({
  type: 'ConditionalExpression',
  test,
  consequent,
  alternate,
})
export const member = (object: Expression, property: string): ESTree.MemberExpression => ({
  type: 'MemberExpression',
  object,
  property: name(property),
  computed: false,
  optional: false,
})
export const element = (object: Expression, index: Expression): ESTree.MemberExpression => ({
  type: 'MemberExpression',
  object,
  property: index,
  computed: true,
  optional: false,
})
export const call = (callee: Expression, ...args: Expression[]): Expression => ({
  type: 'CallExpression',
  callee,
  arguments: args,
  optional: false,
})
export const construct = (callee: string, ...args: Expression[]): Expression => ({
  type: 'NewExpression',
  callee: name(callee),
  arguments: args,
})
export const math = (fn: string, ...args: Expression[]): Expression => call(member(name('Math'), fn), ...args)

/** `left` + `right`, without adding 0 and with a minus for negative numbers. */
export function sum(left: Expression | undefined, right: Expression | number): Expression {
  if (typeof right !== 'number') return left ? binary('+', left, right) : right
  if (!left) return number(right)
  if (right === 0) return left
  return right < 0 ? binary('-', left, number(-right)) : binary('+', left, number(right))
}

export const declare = (kind: 'const' | 'let', variable: string, init: Expression): Statement => ({
  type: 'VariableDeclaration',
  kind,
  declarations: [{ type: 'VariableDeclarator', id: name(variable), init }],
})
export const assign = (
  left: ESTree.Identifier | ESTree.MemberExpression,
  right: Expression,
  operator: ESTree.AssignmentOperator = '=',
): Statement => statement({ type: 'AssignmentExpression', operator, left, right })
export const statement = (expression: Expression): Statement => ({ type: 'ExpressionStatement', expression })
export const block = (body: Statement[]): ESTree.BlockStatement => ({ type: 'BlockStatement', body })
export const when = (test: Expression, ...body: Statement[]): Statement => ({
  type: 'IfStatement',
  test,
  consequent: block(body),
})
export const returns = (argument: Expression): Statement => ({ type: 'ReturnStatement', argument })

export const declareFunction = (
  id: string,
  params: readonly string[],
  body: Statement[],
): ESTree.FunctionDeclaration => ({
  type: 'FunctionDeclaration',
  id: name(id),
  params: params.map(name),
  body: block(body),
  async: false,
  generator: false,
})

/** for (let index = 0; index < extent; index += step) body */
export const counting = (index: string, extent: number, step: number, body: Statement[]): Statement => ({
  type: 'ForStatement',
  init: {
    type: 'VariableDeclaration',
    kind: 'let',
    declarations: [{ type: 'VariableDeclarator', id: name(index), init: number(0) }],
  },
  test: binary('<', name(index), number(extent)),
  update:
    step === 1
      ? { type: 'UpdateExpression', operator: '++', prefix: false, argument: name(index) }
      : { type: 'AssignmentExpression', operator: '+=', left: name(index), right: number(step) },
  body: block(body),
})

/** for (let index = 0; ; index++) body */
export const forever = (index: string, body: Statement[]): Statement => ({
  type: 'ForStatement',
  init: {
    type: 'VariableDeclaration',
    kind: 'let',
    declarations: [{ type: 'VariableDeclarator', id: name(index), init: number(0) }],
  },
  update: { type: 'UpdateExpression', operator: '++', prefix: false, argument: name(index) },
  body: block(body),
})

export const breakUnless = (test: Expression): Statement => ({
  type: 'IfStatement',
  test: unary('!', test),
  consequent: { type: 'BreakStatement' },
})

/** if (test) … else if (test) … else …; the last alternative has no test. */
export const choose = (alternatives: readonly { test: Expression | undefined; body: Statement[] }[]): Statement =>
  alternatives.reduceRight<Statement>(
    (alternate, { test, body }) =>
      test ? { type: 'IfStatement', test, consequent: block(body), alternate } : block(body),
    block([]),
  )

/** The node with `// text` lines above it. */
export function commented<Node extends ESTree.BaseNode>(node: Node, ...lines: readonly string[]): Node {
  // The printer reads `comments`; line breaks inside one would leave the comment.
  const comments = lines.map((line) => ({
    type: 'Line' as const,
    value: ` ${line.replaceAll(/[\r\n\u2028\u2029]+/g, ' ')}`,
  }))
  return { ...node, comments }
}
