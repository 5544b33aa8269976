import type * as ESTree from 'estree'

import { InternalError } from '../../base/errors.ts'
import type { Address, Affine, BinaryOp, Buffer, CompareOp, ConvertOp, Expr, Variable } from '../../kernel/ir.ts'
import { binary, boolean, call, conditional, logical, math, name, number, sum, unary } from './estree.ts'

export type HelperName =
  | 'fround'
  | 'pmin'
  | 'pmax'
  | 'pminI32'
  | 'pmaxI32'
  | 'saturateI32'
  | 'fusedF32'
  | 'fusedF64'
  | 'bitsOfF32'
  | 'f32OfBits'
  | 'highWord'
  | 'lowWord'
  | 'makeF64'

/** What an expression needs to know of the function around it. */
export interface ExpressionScope {
  readonly fma: 'fused' | 'separate'
  nameOf(variable: Variable): string
  element(buffer: Buffer, at: Address): ESTree.MemberExpression
  affine(affine: Affine): ESTree.Expression
  /** The name under which the program declares a helper. */
  helper(helper: HelperName): string
}

/** The JavaScript of a scalar: f32 and f64 are numbers (f32 rounded), i32 a signed integer, bool a boolean. */
export function expressionOf(expr: Expr, scope: ExpressionScope): ESTree.Expression {
  const emit = (operand: Expr): ESTree.Expression => expressionOf(operand, scope)
  const help = (helper: HelperName, ...args: ESTree.Expression[]): ESTree.Expression =>
    call(name(scope.helper(helper)), ...args)
  const { scalar, lanes } = expr.type
  if (lanes !== 1) throw new InternalError(`the JavaScript back end got a vector (${expr.kind} of ${lanes} lanes)`)
  switch (expr.kind) {
    case 'constant':
      if (scalar === 'bool') return boolean(expr.value !== 0)
      return number(scalar === 'f32' ? Math.fround(expr.value) : scalar === 'i32' ? expr.value | 0 : expr.value)
    case 'indexValue':
      return wrap(scope.affine(expr.affine))
    case 'laneMask':
      return boolean(expr.count > 0)
    case 'load': {
      const element = scope.element(expr.buffer, expr.at)
      return scalar === 'bool' ? binary('!==', element, number(0)) : element
    }
    case 'read':
      return name(scope.nameOf(expr.variable))
    case 'unary': {
      const x = emit(expr.x)
      switch (expr.op) {
        case 'neg':
          return scalar === 'i32' ? wrap(unary('-', x)) : unary('-', x)
        case 'abs':
          return scalar === 'i32' ? wrap(math('abs', x)) : math('abs', x)
        case 'sqrt':
          return rounded(math('sqrt', x))
        case 'floor':
          return math('floor', x)
        case 'not':
          return unary('!', x)
      }
    }
    case 'binary': {
      const [a, b] = [emit(expr.a), emit(expr.b)]
      if (expr.op === 'pmin' || expr.op === 'pmax') return help(scalar === 'i32' ? `${expr.op}I32` : expr.op, a, b)
      if (scalar === 'bool') return boolOperation(expr.op, a, b)
      return scalar === 'i32' ? integerOperation(expr.op, a, b) : rounded(binary(arithmetic(expr.op), a, b))
    }
    case 'compare':
      return comparison(expr.op, emit(expr.a), emit(expr.b))
    case 'select':
      return conditional(emit(expr.condition), emit(expr.a), emit(expr.b))
    case 'convert':
      return conversion(expr.op, emit(expr.x), help)
    case 'fma': {
      const [a, b, c] = [emit(expr.a), emit(expr.b), emit(expr.c)]
      if (scope.fma === 'fused') return help(scalar === 'f32' ? 'fusedF32' : 'fusedF64', a, b, c)
      return rounded(binary('+', rounded(binary('*', a, b)), c))
    }
    case 'lane':
    case 'splat':
      return emit(expr.x)
    case 'shuffle': // vectors only, which JavaScript has none of
      throw new InternalError('JavaScript has no lanes to shuffle')
    case 'makeF64':
      return help('makeF64', emit(expr.high), emit(expr.low))
    case 'host':
      return math(expr.fn, ...expr.args.map(emit))
  }

  function rounded(value: ESTree.Expression): ESTree.Expression {
    return scalar === 'f32' ? help('fround', value) : value
  }
}

const wrap = (value: ESTree.Expression): ESTree.Expression => binary('|', value, number(0))
const unsigned = (value: ESTree.Expression): ESTree.Expression => binary('>>>', value, number(0))

function arithmetic(op: BinaryOp): ESTree.BinaryOperator {
  switch (op) {
    case 'add':
      return '+'
    case 'sub':
      return '-'
    case 'mul':
      return '*'
    case 'div':
      return '/'
    default:
      throw new InternalError(`${op} of floats`)
  }
}

function integerOperation(op: BinaryOp, a: ESTree.Expression, b: ESTree.Expression): ESTree.Expression {
  switch (op) {
    case 'add':
      return wrap(sum(a, b))
    case 'sub':
      return wrap(binary('-', a, b))
    case 'mul':
      return math('imul', a, b)
    case 'and':
      return binary('&', a, b)
    case 'or':
      return binary('|', a, b)
    case 'xor':
      return binary('^', a, b)
    case 'shl':
      return binary('<<', a, b)
    case 'shrS':
      return binary('>>', a, b)
    case 'shrU':
      return wrap(binary('>>>', a, b))
    case 'remU':
      return wrap(binary('%', unsigned(a), unsigned(b)))
    // The f64 quotient of two words never rounds up to the next integer.
    case 'divS':
      return wrap(binary('/', a, b))
    default:
      throw new InternalError(`${op} of i32`)
  }
}

function boolOperation(op: BinaryOp, a: ESTree.Expression, b: ESTree.Expression): ESTree.Expression {
  switch (op) {
    case 'and':
      return logical('&&', a, b)
    case 'or':
      return logical('||', a, b)
    case 'xor':
      return binary('!==', a, b)
    default:
      throw new InternalError(`${op} of bool`)
  }
}

const comparisonOperators: { readonly [Op in Exclude<CompareOp, 'ltU'>]: ESTree.BinaryOperator } = {
  eq: '===',
  ne: '!==',
  lt: '<',
  le: '<=',
  gt: '>',
  ge: '>=',
}
const comparison = (op: CompareOp, a: ESTree.Expression, b: ESTree.Expression): ESTree.Expression =>
  op === 'ltU' ? binary('<', unsigned(a), unsigned(b)) : binary(comparisonOperators[op], a, b)

function conversion(
  op: ConvertOp,
  x: ESTree.Expression,
  help: (helper: HelperName, ...args: ESTree.Expression[]) => ESTree.Expression,
): ESTree.Expression {
  switch (op) {
    case 'f32ToF64':
    case 'i32ToF64':
      return x
    case 'f64ToF32':
    case 'i32ToF32':
      return help('fround', x)
    case 'u32ToF32':
      return help('fround', unsigned(x))
    case 'u32ToF64':
      return unsigned(x)
    case 'f32ToI32':
    case 'f64ToI32':
      return help('saturateI32', x)
    case 'boolToI32':
    case 'boolToF32':
    case 'boolToF64':
      return conditional(x, number(1), number(0))
    case 'bitsF32ToI32':
      return help('bitsOfF32', x)
    case 'bitsI32ToF32':
      return help('f32OfBits', x)
    case 'highWordF64':
      return help('highWord', x)
    case 'lowWordF64':
      return help('lowWord', x)
  }
}
