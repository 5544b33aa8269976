import { isFloat } from '../../../base/dtype.ts'
import { where } from '../../../frontend/functions/elementwise.ts'
import type { Tensor } from '../../../frontend/tensor.ts'
import type { NodeCall, Operator, OperatorTable } from '../node-call.ts'
import { acos, acosh, asin, asinh, atan, atanh, ceil, cosh, round, scalar, sinh, tan, trunc } from './functions.ts'

const unary =
  (compute: (x: Tensor, call: NodeCall) => Tensor): Operator =>
  (call) =>
    compute(call.tensor(0), call)

const binary =
  (compute: (a: Tensor, b: Tensor, call: NodeCall) => Tensor): Operator =>
  (call) =>
    compute(call.tensor(0), alongAxis(call), call)

/** Before opset 7 the second operand's axes began at one of the first's. */
function alongAxis(call: NodeCall): Tensor {
  const [a, b] = [call.tensor(0), call.tensor(1)]
  if (call.opset >= 7 || !call.hasAttribute('axis')) return b
  const after = a.rank - call.axis(call.int('axis'), a.rank) - b.rank
  return after > 0 ? b.reshape([...b.shape, ...Array.from({ length: after }, () => 1)]) : b
}

/** Operands of any number, combined from the left. */
const variadic =
  (combine: (a: Tensor, b: Tensor) => Tensor): Operator =>
  (call) => {
    const [first, ...rest] = call.tensors()
    if (!first) throw call.failed('it has no inputs')
    return rest.reduce(combine, first)
  }

/** Integers are divided toward zero; float64 holds the quotient of any two exactly enough. */
const divide = (a: Tensor, b: Tensor): Tensor =>
  isFloat(a.dtype) ? a.div(b) : trunc(a.cast('float64').div(b.cast('float64'))).cast(a.dtype)

function modulo(a: Tensor, b: Tensor, call: NodeCall): Tensor {
  const isTruncated = call.int('fmod', 0) === 1
  const [x, y] = [a.cast('float64'), b.cast('float64')]
  const quotient = x.div(y)
  return x.sub((isTruncated ? trunc(quotient) : quotient.floor()).mul(y)).cast(a.dtype)
}

const power = (a: Tensor, b: Tensor): Tensor =>
  isFloat(a.dtype) ? a.pow(b.cast(a.dtype)) : trunc(a.cast('float64').pow(b.cast('float64'))).cast(a.dtype)

/** The bound of Clip: an attribute before opset 11, an optional input since. */
function bound(call: NodeCall, name: string, input: number): Tensor | number | null {
  if (call.opset < 11) return call.hasAttribute(name) ? call.float(name) : null
  if (!call.has(input)) return null
  const given = call.tensor(input)
  return given.rank === 0 ? given : given.reshape([])
}

function clip(call: NodeCall): Tensor {
  const x = call.tensor(0)
  const [lowest, highest] = [bound(call, 'min', 1), bound(call, 'max', 2)]
  const atLeast = lowest === null ? x : x.maximum(typed(lowest, x))
  return highest === null ? atLeast : atLeast.minimum(typed(highest, x))
}

const typed = (value: Tensor | number, like: Tensor): Tensor =>
  typeof value === 'number' ? scalar(value, like.dtype) : value

const infinite: Operator = (call) => {
  const x = call.tensor(0)
  const [positive, negative] = [x.equal(Infinity), x.equal(-Infinity)]
  if (call.int('detect_positive', 1) === 0)
    return call.int('detect_negative', 1) === 0 ? positive.logicalAnd(negative) : negative
  return call.int('detect_negative', 1) === 0 ? positive : positive.logicalOr(negative)
}

/** Of bytes: the wider unsigned types have no counterpart. */
function shift(a: Tensor, b: Tensor, call: NodeCall): Tensor {
  if (a.dtype !== 'uint8') throw call.unsupported(`has elements of type ${a.dtype}`)
  const factor = scalar(2, 'float64').pow(b.cast('float64'))
  const x = a.cast('float64')
  const isLeft = call.string('direction') === 'LEFT'
  const wide = isLeft ? x.mul(factor) : x.div(factor).floor()
  return wide.sub(wide.div(256).floor().mul(256)).cast('uint8')
}

/** Before opset 7 a list of slopes was by channel. */
function preluOf(x: Tensor, given: Tensor, call: NodeCall): Tensor {
  const isByChannel = call.opset < 7 && given.rank === 1 && x.rank > 2
  const slope = isByChannel ? given.reshape([given.size, ...x.shape.slice(2).map(() => 1)]) : given
  return where(x.less(0), x.mul(slope), x)
}

export const elementwiseOperators: OperatorTable = {
  Abs: unary((x) => x.abs()),
  Acos: unary(acos),
  Acosh: unary(acosh),
  Add: binary((a, b) => a.add(b)),
  And: binary((a, b) => a.logicalAnd(b)),
  Asin: unary(asin),
  Asinh: unary(asinh),
  Atan: unary(atan),
  Atanh: unary(atanh),
  BitShift: binary(shift),
  Ceil: unary(ceil),
  Clip: clip,
  Cos: unary((x) => x.cos()),
  Cosh: unary(cosh),
  Div: binary(divide),
  Equal: binary((a, b) => a.equal(b)),
  Erf: unary((x) => x.erf()),
  Exp: unary((x) => x.exp()),
  Floor: unary((x) => x.floor()),
  Greater: binary((a, b) => a.greater(b)),
  GreaterOrEqual: binary((a, b) => a.greaterEqual(b)),
  IsInf: infinite,
  IsNaN: unary((x) => x.isNaN()),
  Less: binary((a, b) => a.less(b)),
  LessOrEqual: binary((a, b) => a.lessEqual(b)),
  Log: unary((x) => x.log()),
  Max: variadic((a, b) => a.maximum(b)),
  Mean: (call) =>
    call
      .tensors()
      .reduce((a, b) => a.add(b))
      .div(call.inputs.length),
  Min: variadic((a, b) => a.minimum(b)),
  Mod: binary(modulo),
  Mul: binary((a, b) => a.mul(b)),
  Neg: unary((x) => x.neg()),
  Not: unary((x) => x.logicalNot()),
  Or: binary((a, b) => a.logicalOr(b)),
  Pow: binary(power),
  PRelu: binary(preluOf),
  Reciprocal: unary((x) => scalar(1, x.dtype).div(x)),
  Round: unary(round),
  Sign: unary((x) => x.sign()),
  Sin: unary((x) => x.sin()),
  Sinh: unary(sinh),
  Sqrt: unary((x) => x.sqrt()),
  Sub: binary((a, b) => a.sub(b)),
  Sum: variadic((a, b) => a.add(b)),
  Tan: unary(tan),
  Tanh: unary((x) => x.tanh()),
  Where: (call) => where(call.tensor(0), call.tensor(1), call.tensor(2)),
  Xor: binary((a, b) => a.logicalXor(b)),
}
