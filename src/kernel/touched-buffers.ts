import type { Buffer, Expr, Statement } from './ir.ts'
import { operandsOf } from './operands.ts'

/** The buffers a body loads from and stores to, in the order it first does. */
export function touchedBuffers(
  body: readonly Statement[],
  scratch: readonly Buffer[],
): { reads: Buffer[]; writes: Buffer[] } {
  const [reads, writes, seen] = [new Set<Buffer>(), new Set<Buffer>(), new Set<Expr>()]
  const visitExpr = (expr: Expr): void => {
    if (seen.has(expr)) return
    seen.add(expr)
    if (expr.kind === 'load') reads.add(expr.buffer)
    operandsOf(expr).forEach(visitExpr)
  }
  const visit = (statement: Statement): void => {
    if (statement.kind === 'comment' || statement.kind === 'barrier') return
    if (statement.kind === 'loop') return statement.body.forEach(visit)
    if (statement.kind === 'check') visitExpr(statement.ok)
    if (statement.kind === 'store') {
      writes.add(statement.buffer)
      if (statement.at.dynamic) visitExpr(statement.at.dynamic)
    }
    visitExpr(statement.value)
  }
  body.forEach(visit)
  const isOutside = (buffer: Buffer): boolean => !scratch.includes(buffer)
  return { reads: [...reads].filter(isOutside), writes: [...writes].filter(isOutside) }
}
