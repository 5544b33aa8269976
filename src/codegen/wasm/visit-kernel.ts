import type { Address, Expr, Statement } from '../../kernel/ir.ts'
import { operandsOf } from '../../kernel/operands.ts'

/** Calls `onExpression` on every expression of the statements, and `onStatement` on every statement, outermost first. */
export function visitKernel(
  statements: readonly Statement[],
  onExpression: (expression: Expr) => void,
  onStatement: (statement: Statement) => void = () => {},
): void {
  const visit = (expression: Expr): void => {
    onExpression(expression)
    for (const operand of operandsOf(expression)) visit(operand)
  }
  for (const statement of statements) {
    onStatement(statement)
    if (statement.kind === 'loop') visitKernel(statement.body, onExpression, onStatement)
    else statementExpressions(statement).forEach(visit)
  }
}

const dynamicOf = (at: Address): readonly Expr[] => (at.dynamic ? [at.dynamic] : [])

function statementExpressions(statement: Exclude<Statement, { kind: 'loop' }>): readonly Expr[] {
  switch (statement.kind) {
    case 'store':
      return [...dynamicOf(statement.at), statement.value]
    case 'let':
    case 'assign':
      return [statement.value]
    case 'check':
      return [statement.ok, statement.value]
    case 'barrier':
    case 'comment':
      return []
  }
}
