import { isFloat } from '../../../base/dtype.ts'
import type { OpTable } from '../../../ops/table.ts'
import { inInt32, same, type Operator, type OperatorsOf } from './operator.ts'

/** tanh(x/2) · (eˣ + 1): as exact near 0 as far from it. */
const expm1: Operator<unknown> = (writer, { operands: [x], result }) => {
  const half = writer.node('Mul', [x, writer.scalar(result.elementType, 0.5)], result)
  const exponential = writer.node('Exp', [x!], result)
  const more = writer.node('Add', [exponential, writer.scalar(result.elementType, 1)], result)
  return writer.node('Mul', [writer.node('Tanh', [half], result), more], result)
}

/** ln u, where u = 1 + x; near 0 corrected by x / (u − 1), which makes up for what the sum lost. */
const log1p: Operator<unknown> = (writer, { operands: [x], result }) => {
  const number = (value: number) => writer.scalar(result.elementType, value)
  const condition = { elementType: 'bool', shape: result.shape } as const
  const u = writer.node('Add', [x, number(1)], result)
  const log = writer.node('Log', [u], result)
  const isNear = writer.node('Less', [writer.node('Abs', [x!], result), number(0.5)], condition)
  const isOne = writer.node('Equal', [u, number(1)], condition)
  const factor = writer.node('Div', [x, writer.node('Sub', [u, number(1)], result)], result)
  const corrected = writer.node('Mul', [log, factor], result)
  const near = writer.node('Where', [isOne, x, corrected], result)
  return writer.node('Where', [isNear, near, log], result)
}

/** Only float32 has it: for float64 the float32 values are what there is. */
const erf: Operator<unknown> = (writer, { operands: [x], result }) => {
  const single = { ...result, elementType: 'float32' } as const
  return writer.cast(writer.node('Erf', [writer.cast(x!, 'float32')], single), result.elementType)
}

const cast: Operator<OpTable['cast']['attrs']> = (writer, { operands: [x], attrs: { dtype } }) => {
  // A float outside of 0 … 255 is nothing certain as uint8; its integer has a low byte.
  const isFromFloat = x!.elementType === 'float32' || x!.elementType === 'float64'
  return writer.cast(isFromFloat && dtype === 'uint8' ? writer.cast(x!, 'int32') : x!, dtype)
}

const notEqual: Operator<unknown> = (writer, call) =>
  writer.node('Not', [inInt32(same('Equal'))(writer, call)], call.result)

/** Runtimes choose among bytes, not among bools. */
const where: Operator<unknown> = (writer, { operands: [condition, ...sides], result }) => {
  const elementType = result.elementType === 'bool' ? 'uint8' : result.elementType
  const given = sides.map((side) => writer.cast(side, elementType))
  return writer.cast(writer.node('Where', [condition, ...given], { ...result, elementType }), result.elementType)
}

export const elementwiseOperators: OperatorsOf<
  | 'copy'
  | 'neg'
  | 'abs'
  | 'sign'
  | 'sqrt'
  | 'floor'
  | 'exp'
  | 'expm1'
  | 'log'
  | 'log1p'
  | 'sin'
  | 'cos'
  | 'tanh'
  | 'sigmoid'
  | 'erf'
  | 'relu'
  | 'logicalNot'
  | 'cast'
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'pow'
  | 'maximum'
  | 'minimum'
  | 'equal'
  | 'notEqual'
  | 'less'
  | 'lessEqual'
  | 'greater'
  | 'greaterEqual'
  | 'logicalAnd'
  | 'logicalOr'
  | 'logicalXor'
  | 'where'
> = {
  copy: (_, { operands: [x] }) => x!,
  neg: inInt32(same('Neg')),
  abs: same('Abs'),
  sign: same('Sign'),
  sqrt: same('Sqrt'),
  floor: same('Floor'),
  exp: same('Exp'),
  expm1,
  log: same('Log'),
  log1p,
  sin: same('Sin'),
  cos: same('Cos'),
  tanh: same('Tanh'),
  sigmoid: same('Sigmoid'),
  erf,
  relu: (writer, call) =>
    isFloat(call.result.elementType)
      ? writer.node('Relu', call.operands, call.result)
      : inInt32((inner, { operands: [x], result }) => inner.node('Max', [x, inner.scalar('int32', 0)], result))(
          writer,
          call,
        ),
  logicalNot: same('Not'),
  cast,
  add: inInt32(same('Add')),
  sub: inInt32(same('Sub')),
  mul: inInt32(same('Mul')),
  div: same('Div'),
  pow: same('Pow'),
  maximum: inInt32(same('Max')),
  minimum: inInt32(same('Min')),
  equal: inInt32(same('Equal')),
  notEqual,
  less: inInt32(same('Less')),
  lessEqual: inInt32(same('LessOrEqual')),
  greater: inInt32(same('Greater')),
  greaterEqual: inInt32(same('GreaterOrEqual')),
  logicalAnd: same('And'),
  logicalOr: same('Or'),
  logicalXor: same('Xor'),
  where,
}
