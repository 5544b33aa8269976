import type { MathFunction } from '../../ops/scalar-builder.ts'
import type { Expr, Scalar } from '../ir.ts'
import { InternalError } from '../../base/errors.ts'
import { add, binary, compare, div, host, like, select, unary } from '../builder.ts'
import { erf, erfF64 } from './erf.ts'
import { exp, expm1 } from './exp.ts'
import { log, log1p } from './log.ts'
import { pow } from './pow.ts'
import { sigmoid } from './sigmoid.ts'
import { tanh } from './tanh.ts'
import { cos, sin } from './trig.ts'

type Builder = (x: Expr, y: Expr) => Expr

/** Same arithmetic in every lane, whatever the number of lanes. */
const f32Builders: { readonly [F in MathFunction]: Builder } = {
  exp: (x) => exp(x),
  expNonPositive: (x) => exp(x, true),
  expm1,
  log,
  log1p,
  sin,
  cos,
  tanh,
  sigmoid,
  erf,
  pow,
}

const f64Builders: { readonly [F in MathFunction]: Builder } = {
  exp: (x) => host('exp', x),
  expNonPositive: (x) => host('exp', x),
  expm1: (x) => host('expm1', x),
  log: (x) => host('log', x),
  log1p: (x) => host('log1p', x),
  sin: (x) => host('sin', x),
  cos: (x) => host('cos', x),
  tanh: (x) => host('tanh', x),
  sigmoid: sigmoidF64,
  erf: erfF64,
  pow: powF64,
}

/** Never divides by an infinity, so that small results are subnormal rather than 0. */
function sigmoidF64(x: Expr): Expr {
  const decay = host('exp', unary('neg', unary('abs', x)))
  return div(select(compare('lt', x, like(x, 0)), decay, like(x, 1)), add(like(x, 1), decay))
}

/** `Math.pow`, but 1 ** NaN and (±1) ** ±∞ are 1, as IEEE 754 and the f32 kernel have it. */
function powF64(x: Expr, y: Expr): Expr {
  const one = like(x, 1)
  const isUnit = compare('eq', unary('abs', x), one)
  const isUnbounded = compare('eq', unary('abs', y), like(y, Infinity))
  const isOne = binary('or', compare('eq', x, one), binary('and', isUnit, isUnbounded))
  return select(isOne, one, host('pow', x, y))
}

/** Whether `fn` must be computed one lane at a time: f64 calls the host. */
export const isScalarOnly = (_fn: MathFunction, scalar: Scalar): boolean => scalar === 'f64'

/**
 * `fn` of f32 registers (any lanes) or f64 scalars as kernel IR. The result shares subexpressions: it is a graph of `Expr` objects.
 * f32 results are within 2 ulp; see each function for its figure.
 */
export function mathExpr(fn: MathFunction, args: readonly Expr[]): Expr {
  const [x, y = x] = args
  if (x === undefined || y === undefined || args.length !== (fn === 'pow' ? 2 : 1)) {
    throw new InternalError(`${fn} was given ${args.length} arguments`)
  }
  if (x.type.scalar === 'f32') return f32Builders[fn](x, y)
  if (x.type.scalar === 'f64' && x.type.lanes === 1) return f64Builders[fn](x, y)
  throw new InternalError(`${fn} has no kernel for ${x.type.scalar} in ${x.type.lanes} lanes`)
}
