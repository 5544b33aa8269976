import type { Expr } from './ir.ts'

const none: readonly Expr[] = []

/** The expressions an expression reads, in order of evaluation. */
export function operandsOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'constant':
    case 'indexValue':
    case 'laneMask':
    case 'read':
      return none
    case 'load':
      return expr.at.dynamic ? [expr.at.dynamic] : none
    case 'unary':
    case 'convert':
    case 'lane':
    case 'splat':
      return [expr.x]
    case 'binary':
    case 'compare':
    case 'shuffle':
      return [expr.a, expr.b]
    case 'select':
      return [expr.condition, expr.a, expr.b]
    case 'fma':
      return [expr.a, expr.b, expr.c]
    case 'makeF64':
      return [expr.high, expr.low]
    case 'host':
      return expr.args
  }
}

/** The same expression over other operands, as many as `operandsOf` gives; `expr` itself when none differs. */
export function withOperands(expr: Expr, operands: readonly Expr[]): Expr {
  if (operandsOf(expr).every((operand, i) => operand === operands[i])) return expr
  const [first, second, third] = operands
  switch (expr.kind) {
    case 'constant':
    case 'indexValue':
    case 'laneMask':
    case 'read':
      return expr
    case 'load':
      return { ...expr, at: { affine: expr.at.affine, dynamic: first! } }
    case 'unary':
    case 'convert':
    case 'lane':
    case 'splat':
      return { ...expr, x: first! }
    case 'binary':
    case 'compare':
    case 'shuffle':
      return { ...expr, a: first!, b: second! }
    case 'select':
      return { ...expr, condition: first!, a: second!, b: third! }
    case 'fma':
      return { ...expr, a: first!, b: second!, c: third! }
    case 'makeF64':
      return { ...expr, high: first!, low: second! }
    case 'host':
      return { ...expr, args: operands }
  }
}

/** Whether computing it again costs no more than keeping it. */
export const isTrivial = (expr: Expr): boolean =>
  expr.kind === 'constant' || expr.kind === 'read' || expr.kind === 'indexValue' || expr.kind === 'laneMask'
