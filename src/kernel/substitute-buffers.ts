import type { Address, Buffer, Expr, Statement } from './ir.ts'
import { operandsOf, withOperands } from './operands.ts'

/** The same statements over other buffers: `buffers` has one in place of each. Loop indices and variables stay. */
export function substituteBuffers(body: readonly Statement[], buffers: ReadonlyMap<Buffer, Buffer>): Statement[] {
  const known = new Map<Expr, Expr>()
  const inExpr = (expr: Expr): Expr => {
    const found = known.get(expr)
    if (found) return found
    const operands = operandsOf(expr)
    const moved = operands.length === 0 ? expr : withOperands(expr, operands.map(inExpr))
    const result = moved.kind === 'load' ? { ...moved, buffer: buffers.get(moved.buffer)! } : moved
    known.set(expr, result)
    return result
  }
  const inAddress = (at: Address): Address => (at.dynamic ? { ...at, dynamic: inExpr(at.dynamic) } : at)
  const inStatement = (statement: Statement): Statement => {
    switch (statement.kind) {
      case 'loop':
        return { ...statement, body: statement.body.map(inStatement) }
      case 'store':
        return {
          ...statement,
          buffer: buffers.get(statement.buffer)!,
          at: inAddress(statement.at),
          value: inExpr(statement.value),
        }
      case 'let':
      case 'assign':
        return { ...statement, value: inExpr(statement.value) }
      case 'check':
        return { ...statement, ok: inExpr(statement.ok), value: inExpr(statement.value) }
      case 'barrier':
      case 'comment':
        return statement
    }
  }
  return body.map(inStatement)
}
