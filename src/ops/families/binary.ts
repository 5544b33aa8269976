import type { Dtype } from '../../base/dtype.ts'
import { elementCount } from '../../base/shape.ts'
import { mul, neg, sub } from '../calls/arithmetic.ts'
import { where } from '../calls/choice.ts'
import { equal, greaterEqual, less, logicalAnd } from '../calls/comparison.ts'
import { div, log, pow } from '../calls/math.ts'
import { sumTo } from '../calls/sum-to.ts'
import type { Value } from '../interpreter.ts'
import type { ElementwiseRecord, VjpArgs } from '../record.ts'
import type { ScalarBuilder, ScalarValue } from '../scalar-builder.ts'
import type { NoAttrs } from '../table.ts'
import { binaryType, floats, numbers } from '../operand-types.ts'
import { wrap } from './unary.ts'

type Lower = (k: ScalarBuilder, a: ScalarValue, b: ScalarValue, dtype: Dtype) => ScalarValue
/** The cotangent of one operand, still of the result's shape. */
type CotangentRule = (a: Value, b: Value, at: VjpArgs<NoAttrs>) => Value

const binary = (
  op: string,
  accepted: readonly Dtype[],
  lower: Lower,
  da: CotangentRule,
  db: CotangentRule,
): ElementwiseRecord<NoAttrs> => ({
  kind: 'elementwise',
  infer: (operands) => binaryType(op, operands, accepted),
  lower: (k, [a, b], _, { result }) => lower(k, a!, b!, result.dtype),
  vjp: (at) => {
    const [a, b] = at.operands as readonly [Value, Value] // by arity
    return [
      at.needs?.(0) === false ? undefined : sumTo(da(a, b, at), a.type.shape),
      at.needs?.(1) === false ? undefined : sumTo(db(a, b, at), b.type.shape),
    ]
  },
})

/** ∂(a/b)/∂a = 1/b and ∂(a/b)/∂b = −(a/b)/b. Where b was broadcast it divides once for all elements that share it. */
function divCotangents({ operands, cotangent, result, needs }: VjpArgs<NoAttrs>): (Value | undefined)[] {
  const [a, b] = operands as readonly [Value, Value] // by arity
  const isShared = elementCount(b.type.shape) < elementCount(result.type.shape)
  const ofA = (): Value => (isShared ? mul(cotangent, div(1, b)) : div(cotangent, b))
  const ofB = (): Value =>
    isShared ? neg(div(sumTo(mul(cotangent, result), b.type.shape), b)) : neg(mul(cotangent, div(result, b)))
  return [needs?.(0) === false ? undefined : sumTo(ofA(), a.type.shape), needs?.(1) === false ? undefined : ofB()]
}

/** The winner of a and b gets the cotangent, half each at ties, as in PyTorch. */
const toWinner = (cotangent: Value, a: Value, b: Value, loses: Value): Value =>
  where(loses, 0, where(equal(a, b), mul(cotangent, 0.5), cotangent))

/** NaN of either operand stays (`extreme` keeps only that of its first); equal operands give the first. */
const withNaN =
  (extreme: 'pmin' | 'pmax'): Lower =>
  (k, a, b, dtype) => {
    const winner = k.op(extreme, a, b)
    return floats.includes(dtype) ? k.op('select', k.op('ne', b, b), b, winner) : winner
  }

export const binaryRecords = {
  add: {
    ...binary(
      'add',
      numbers,
      (k, a, b, dtype) => wrap(k, k.op('add', a, b), dtype),
      (_a, _b, { cotangent }) => cotangent,
      (_a, _b, { cotangent }) => cotangent,
    ),
    commutative: true,
  },
  sub: binary(
    'sub',
    numbers,
    (k, a, b, dtype) => wrap(k, k.op('sub', a, b), dtype),
    (_a, _b, { cotangent }) => cotangent,
    (_a, _b, { cotangent }) => neg(cotangent),
  ),
  mul: {
    ...binary(
      'mul',
      numbers,
      (k, a, b, dtype) => wrap(k, k.op('mul', a, b), dtype),
      (_a, b, { cotangent }) => mul(cotangent, b),
      (a, _b, { cotangent }) => mul(cotangent, a),
    ),
    commutative: true,
  },
  div: {
    ...binary(
      'div',
      floats,
      (k, a, b) => k.op('div', a, b),
      (_a, b, { cotangent }) => div(cotangent, b),
      (_a, b, { cotangent, result }) => neg(mul(cotangent, div(result, b))),
    ),
    vjp: divCotangents,
  },
  // b·aᵇ⁻¹ and aᵇ·ln a, where 0·0⁻¹ and 0·ln 0 count as 0
  pow: binary(
    'pow',
    floats,
    (k, a, b) => k.math('pow', a, b),
    (a, b, { cotangent }) => mul(cotangent, mul(b, pow(a, where(logicalAnd(equal(a, 0), equal(b, 0)), 0, sub(b, 1))))),
    (a, b, { cotangent, result }) =>
      mul(cotangent, mul(result, log(where(logicalAnd(equal(a, 0), greaterEqual(b, 0)), 1, a)))),
  ),
  maximum: binary(
    'maximum',
    numbers,
    withNaN('pmax'),
    (a, b, { cotangent }) => toWinner(cotangent, a, b, less(a, b)),
    (a, b, { cotangent }) => toWinner(cotangent, a, b, less(b, a)),
  ),
  minimum: binary(
    'minimum',
    numbers,
    withNaN('pmin'),
    (a, b, { cotangent }) => toWinner(cotangent, a, b, less(b, a)),
    (a, b, { cotangent }) => toWinner(cotangent, a, b, less(a, b)),
  ),
} satisfies Record<string, ElementwiseRecord<NoAttrs>>
