import type { Expr, Statement } from './ir.ts'
import { operandsOf } from './operands.ts'

/** Floating-point operations that a body carries out, each lane of a vector counted. */
export interface FloatingPointCount {
  /** Additions, subtractions, products, quotients, square roots, minima and maxima. */
  single: number
  /** Each is a product and an addition. */
  multiplyAdds: number
  /** Calls of functions whose work is not known. */
  hostCalls: number
}

/** What profiles and rooflines count; lanes at edges that hold nothing are counted too. */
export function floatingPointCount(body: readonly Statement[]): FloatingPointCount {
  const count: FloatingPointCount = { single: 0, multiplyAdds: 0, hostCalls: 0 }
  countBody(body, 1, count)
  return count
}

function countBody(body: readonly Statement[], times: number, count: FloatingPointCount): void {
  for (const statement of body) {
    switch (statement.kind) {
      case 'loop':
        countBody(statement.body, times * (statement.extent / statement.step), count)
        break
      case 'store':
      case 'let':
      case 'assign':
        countExpression(statement.value, times, count)
        break
      case 'check':
        countExpression(statement.ok, times, count)
        countExpression(statement.value, times, count)
        break
      case 'barrier':
      case 'comment':
        break
    }
  }
}

const arithmetic: ReadonlySet<string> = new Set(['add', 'sub', 'mul', 'div', 'pmin', 'pmax', 'sqrt'])

function countExpression(expr: Expr, times: number, count: FloatingPointCount): void {
  const lanes = times * expr.type.lanes
  if (expr.kind === 'fma') count.multiplyAdds += lanes
  else if (expr.kind === 'host') count.hostCalls += lanes
  else if ((expr.kind === 'binary' || expr.kind === 'unary') && arithmetic.has(expr.op) && isFloat(expr))
    count.single += lanes
  for (const operand of operandsOf(expr)) countExpression(operand, times, count)
}

const isFloat = ({ type: { scalar } }: Expr): boolean => scalar === 'f32' || scalar === 'f64'
