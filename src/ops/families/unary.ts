import { dtypes, type Dtype } from '../../base/dtype.ts'
import { add, mul, neg, sign, sub } from '../calls/arithmetic.ts'
import { where } from '../calls/choice.ts'
import { greater } from '../calls/comparison.ts'
import { cos, div, exp, sin, square } from '../calls/math.ts'
import type { ElementwiseRecord, Vjp } from '../record.ts'
import type { MathFunction, ScalarBuilder, ScalarValue } from '../scalar-builder.ts'
import type { NoAttrs } from '../table.ts'
import { floats, numbers, unaryType } from '../operand-types.ts'

type Lower = (k: ScalarBuilder, x: ScalarValue, dtype: Dtype) => ScalarValue

const unary = (
  op: string,
  accepted: readonly Dtype[],
  lower: Lower,
  vjp: Vjp<NoAttrs>,
): ElementwiseRecord<NoAttrs> => ({
  kind: 'elementwise',
  infer: (operands) => unaryType(op, operands, accepted),
  lower: (k, [x], _, { result }) => lower(k, x!, result.dtype),
  vjp,
})

const math = (fn: MathFunction, vjp: Vjp<NoAttrs>): ElementwiseRecord<NoAttrs> =>
  unary(fn, floats, (k, x) => k.math(fn, x), vjp)

/** Constant almost everywhere, so the gradient is zero. */
const flat: Vjp<NoAttrs> = () => [undefined]

/** Keeps the low byte of a uint8 register; other dtypes wrap or round by themselves. */
export const wrap = (k: ScalarBuilder, x: ScalarValue, dtype: Dtype): ScalarValue =>
  dtype === 'uint8' ? k.op('and', x, k.constant(255, 'int32')) : x

/** −1, 0 or 1; ±0 and NaN stay. */
const lowerSign: Lower = (k, x, dtype) => {
  const zero = k.constant(0, dtype)
  const one = k.constant(1, dtype)
  if (dtype === 'uint8') return k.op('select', k.op('gt', x, zero), one, zero)
  return k.op('select', k.op('gt', x, zero), one, k.op('select', k.op('lt', x, zero), k.constant(-1, dtype), x))
}

export const unaryRecords = {
  /** The operand written out in row-major order. */
  copy: unary(
    'copy',
    dtypes,
    (_, x) => x,
    ({ cotangent }) => [cotangent],
  ),
  neg: unary(
    'neg',
    numbers,
    (k, x, dtype) => wrap(k, k.op('neg', x), dtype),
    ({ cotangent }) => [neg(cotangent)],
  ),
  abs: unary(
    'abs',
    numbers,
    (k, x) => k.op('abs', x),
    ({ operands: [x], cotangent }) => [mul(cotangent, sign(x!))],
  ),
  sign: unary('sign', numbers, lowerSign, flat),
  floor: unary('floor', floats, (k, x) => k.op('floor', x), flat),
  // NaN and −0 stay: neither is less than 0.
  relu: unary(
    'relu',
    numbers,
    (k, x, dtype) => k.op('pmax', x, k.constant(0, dtype)),
    ({ result, cotangent }) => [where(greater(result, 0), cotangent, 0)],
  ),
  sqrt: unary(
    'sqrt',
    floats,
    (k, x) => k.op('sqrt', x),
    ({ result, cotangent }) => [div(cotangent, mul(result, 2))],
  ),
  exp: {
    ...math('exp', ({ result, cotangent }) => [mul(cotangent, result)]),
    lower: (k, [x], { nonPositive }: { nonPositive?: true }) => k.math(nonPositive ? 'expNonPositive' : 'exp', x!),
  },
  expm1: math('expm1', ({ result, cotangent }) => [mul(cotangent, add(result, 1))]),
  log: math('log', ({ operands: [x], cotangent }) => [div(cotangent, x!)]),
  log1p: math('log1p', ({ operands: [x], cotangent }) => [div(cotangent, add(x!, 1))]),
  sin: math('sin', ({ operands: [x], cotangent }) => [mul(cotangent, cos(x!))]),
  cos: math('cos', ({ operands: [x], cotangent }) => [neg(mul(cotangent, sin(x!)))]),
  tanh: math('tanh', ({ result, cotangent }) => [mul(cotangent, sub(1, square(result)))]),
  sigmoid: math('sigmoid', ({ result, cotangent }) => [mul(cotangent, mul(result, sub(1, result)))]),
  // erf′(x) = 2/√π · e^(−x²)
  erf: math('erf', ({ operands: [x], cotangent }) => [
    mul(cotangent, mul(exp(neg(square(x!))), 2 / Math.sqrt(Math.PI))),
  ]),
} satisfies Record<string, ElementwiseRecord<NoAttrs>>
