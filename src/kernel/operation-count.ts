import type { Expr, Statement } from './ir.ts'
import { operandsOf } from './operands.ts'

/** About how many instructions a body executes, a vector operation being one: 5 of them take a nanosecond. */
export function operationCount(body: readonly Statement[]): number {
  return body.reduce((sum, statement) => sum + statementCount(statement), 0)
}

function statementCount(statement: Statement): number {
  switch (statement.kind) {
    case 'loop':
      return (statement.extent / statement.step) * (operationCount(statement.body) + 1)
    case 'store':
      return 1 + expressionCount(statement.value)
    case 'let':
    case 'assign':
      return expressionCount(statement.value)
    case 'check':
      return 1 + expressionCount(statement.ok)
    case 'barrier':
    case 'comment':
      return 0
  }
}

const expressionCount = (expr: Expr): number =>
  operandsOf(expr).reduce((sum, operand) => sum + expressionCount(operand), ownCount(expr))

function ownCount(expr: Expr): number {
  switch (expr.kind) {
    case 'constant':
    case 'indexValue':
    case 'laneMask':
    case 'read':
      return 0
    case 'host':
      return 100
    case 'load': // lanes that do not lie side by side are loaded one by one
      return expr.laneStride > 1 || expr.laneStride < 0 || (expr.at.dynamic?.type.lanes ?? 1) > 1 ? expr.type.lanes : 1
    case 'unary':
      return expr.op === 'sqrt' ? 4 : 1
    case 'binary':
      return expr.op === 'div' ? 4 : 1
    default:
      return 1
  }
}
