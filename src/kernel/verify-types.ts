import type { BinaryOp, CompareOp, ConvertOp, Expr, Scalar, UnaryOp } from './ir.ts'
import { registerScalar } from './ir.ts'
import { operandsOf } from './operands.ts'
import { typeText } from './print.ts'

const numbers: readonly Scalar[] = ['f32', 'f64', 'i32']
const floats: readonly Scalar[] = ['f32', 'f64']

const unaryScalars: { readonly [Op in UnaryOp]: readonly Scalar[] } = {
  neg: numbers,
  abs: numbers,
  sqrt: floats,
  floor: floats,
  not: ['bool'],
}

const binaryScalars: { readonly [Op in BinaryOp]: readonly Scalar[] } = {
  add: numbers,
  sub: numbers,
  mul: numbers,
  div: floats,
  pmin: numbers,
  pmax: numbers,
  and: ['i32', 'bool'],
  or: ['i32', 'bool'],
  xor: ['i32', 'bool'],
  shl: ['i32'],
  shrS: ['i32'],
  shrU: ['i32'],
  remU: ['i32'],
  divS: ['i32'],
}

const compareScalars: { readonly [Op in CompareOp]: readonly Scalar[] } = {
  eq: numbers,
  ne: numbers,
  lt: numbers,
  le: numbers,
  gt: numbers,
  ge: numbers,
  ltU: ['i32'],
}

const conversions: { readonly [Op in ConvertOp]: readonly [from: Scalar, to: Scalar] } = {
  f32ToF64: ['f32', 'f64'],
  f64ToF32: ['f64', 'f32'],
  i32ToF32: ['i32', 'f32'],
  i32ToF64: ['i32', 'f64'],
  u32ToF32: ['i32', 'f32'],
  u32ToF64: ['i32', 'f64'],
  f32ToI32: ['f32', 'i32'],
  f64ToI32: ['f64', 'i32'],
  boolToI32: ['bool', 'i32'],
  boolToF32: ['bool', 'f32'],
  boolToF64: ['bool', 'f64'],
  bitsF32ToI32: ['f32', 'i32'],
  bitsI32ToF32: ['i32', 'f32'],
  highWordF64: ['f64', 'i32'],
  lowWordF64: ['f64', 'i32'],
}

/** What is wrong with the types of an expression and its direct operands, or undefined. */
export function typeFault(expr: Expr): string | undefined {
  const { scalar, lanes } = expr.type
  const types = operandsOf(expr).map((operand) => typeText(operand.type))
  const fault = `${'op' in expr ? expr.op : expr.kind} of ${types.join(', ') || 'nothing'} gives ${typeText(expr.type)}`
  return isWellTyped() ? undefined : fault

  function isWellTyped(): boolean {
    const own = typeText(expr.type)
    switch (expr.kind) {
      case 'constant':
        if (scalar === 'bool') return expr.value === 0 || expr.value === 1
        return scalar !== 'i32' || (Number.isInteger(expr.value) && expr.value >= -(2 ** 31) && expr.value < 2 ** 32)
      case 'indexValue':
        return scalar === 'i32'
      case 'laneMask':
        return scalar === 'bool'
      case 'load':
        return scalar === registerScalar[expr.buffer.dtype]
      case 'read':
        return own === typeText(expr.variable.type)
      case 'unary':
        return unaryScalars[expr.op].includes(scalar) && types[0] === own
      case 'binary': {
        if (!binaryScalars[expr.op].includes(scalar) || types[0] !== own) return false
        if (expr.op === 'shl' || expr.op === 'shrS' || expr.op === 'shrU')
          return types[1] === 'i32' || (types[1] === own && expr.b.kind === 'constant')
        return types[1] === own && (lanes === 1 || (expr.op !== 'remU' && expr.op !== 'divS'))
      }
      case 'compare':
        return (
          compareScalars[expr.op].includes(expr.a.type.scalar) &&
          types[0] === types[1] &&
          scalar === 'bool' &&
          lanes === expr.a.type.lanes
        )
      case 'select':
        return types[0] === typeText({ scalar: 'bool', lanes }) && types[1] === own && types[2] === own
      case 'convert': {
        const [from, to] = conversions[expr.op]
        return expr.x.type.scalar === from && scalar === to && expr.x.type.lanes === lanes
      }
      case 'fma':
        return floats.includes(scalar) && types.every((type) => type === own)
      case 'lane':
        return (
          scalar === expr.x.type.scalar &&
          lanes === 1 &&
          Number.isInteger(expr.lane) &&
          expr.lane >= 0 &&
          expr.lane < expr.x.type.lanes
        )
      case 'splat':
        return expr.x.type.scalar === scalar && expr.x.type.lanes === 1
      case 'shuffle':
        return (
          types.every((type) => type === own) &&
          (lanes === 4 || (lanes === 2 && scalar === 'f64')) &&
          expr.pick.length === lanes &&
          expr.pick.every((lane) => Number.isInteger(lane) && lane >= 0 && lane < 2 * lanes)
        )
      case 'makeF64':
        return own === 'f64' && types.every((type) => type === 'i32')
      case 'host':
        return own === 'f64' && types.every((type) => type === 'f64') && types.length === (expr.fn === 'pow' ? 2 : 1)
    }
  }
}
