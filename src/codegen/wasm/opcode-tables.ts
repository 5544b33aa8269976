import type { BinaryOp, CompareOp, ConvertOp, RegisterType, UnaryOp } from '../../kernel/ir.ts'
import type { ValueType } from './module.ts'
import type { OpcodeName } from './opcodes.ts'

/** A register type as the instruction set names it. Two lanes of 32 bits are the low half of four; two truth values are masks of 64 bits each. */
export type RegisterShape = 'f32' | 'f64' | 'i32' | 'bool' | 'f32x4' | 'f64x2' | 'i32x4' | 'boolx4' | 'boolx2'

export function shapeOf({ scalar, lanes }: RegisterType): RegisterShape {
  if (lanes === 1) return scalar
  if (scalar === 'bool') return lanes === 2 ? 'boolx2' : 'boolx4'
  if (scalar === 'f64') return 'f64x2'
  return scalar === 'f32' ? 'f32x4' : 'i32x4'
}

export function valueTypeOf({ scalar, lanes }: RegisterType): ValueType {
  if (lanes !== 1) return 'v128'
  return scalar === 'bool' ? 'i32' : scalar
}

type Table<Op extends string> = { readonly [S in RegisterShape]: { readonly [O in Op]?: OpcodeName } }

/** Operations that are one instruction; the others are composed where they are emitted. */
export const unaryOpcodes: Table<UnaryOp> = {
  f32: { neg: 'f32.neg', abs: 'f32.abs', sqrt: 'f32.sqrt', floor: 'f32.floor' },
  f64: { neg: 'f64.neg', abs: 'f64.abs', sqrt: 'f64.sqrt', floor: 'f64.floor' },
  i32: {},
  bool: { not: 'i32.eqz' },
  f32x4: { neg: 'f32x4.neg', abs: 'f32x4.abs', sqrt: 'f32x4.sqrt', floor: 'f32x4.floor' },
  f64x2: { neg: 'f64x2.neg', abs: 'f64x2.abs', sqrt: 'f64x2.sqrt', floor: 'f64x2.floor' },
  i32x4: { neg: 'i32x4.neg', abs: 'i32x4.abs' },
  boolx4: { not: 'v128.not' },
  boolx2: { not: 'v128.not' },
}

const scalarLogic = { and: 'i32.and', or: 'i32.or', xor: 'i32.xor' } as const
const vectorLogic = { and: 'v128.and', or: 'v128.or', xor: 'v128.xor' } as const

export const binaryOpcodes: Table<BinaryOp> = {
  f32: { add: 'f32.add', sub: 'f32.sub', mul: 'f32.mul', div: 'f32.div' },
  f64: { add: 'f64.add', sub: 'f64.sub', mul: 'f64.mul', div: 'f64.div' },
  i32: {
    add: 'i32.add',
    sub: 'i32.sub',
    mul: 'i32.mul',
    shl: 'i32.shl',
    shrS: 'i32.shr_s',
    shrU: 'i32.shr_u',
    remU: 'i32.rem_u',
    divS: 'i32.div_s',
    ...scalarLogic,
  },
  bool: scalarLogic,
  f32x4: {
    add: 'f32x4.add',
    sub: 'f32x4.sub',
    mul: 'f32x4.mul',
    div: 'f32x4.div',
    pmin: 'f32x4.pmin',
    pmax: 'f32x4.pmax',
  },
  f64x2: {
    add: 'f64x2.add',
    sub: 'f64x2.sub',
    mul: 'f64x2.mul',
    div: 'f64x2.div',
    pmin: 'f64x2.pmin',
    pmax: 'f64x2.pmax',
  },
  i32x4: {
    add: 'i32x4.add',
    sub: 'i32x4.sub',
    mul: 'i32x4.mul',
    pmin: 'i32x4.min_s',
    pmax: 'i32x4.max_s',
    shl: 'i32x4.shl',
    shrS: 'i32x4.shr_s',
    shrU: 'i32x4.shr_u',
    ...vectorLogic,
  },
  boolx4: vectorLogic,
  boolx2: vectorLogic,
}

/** By the shape of the operands. */
export const compareOpcodes: Table<CompareOp> = {
  f32: { eq: 'f32.eq', ne: 'f32.ne', lt: 'f32.lt', le: 'f32.le', gt: 'f32.gt', ge: 'f32.ge' },
  f64: { eq: 'f64.eq', ne: 'f64.ne', lt: 'f64.lt', le: 'f64.le', gt: 'f64.gt', ge: 'f64.ge' },
  i32: { eq: 'i32.eq', ne: 'i32.ne', lt: 'i32.lt_s', le: 'i32.le_s', gt: 'i32.gt_s', ge: 'i32.ge_s', ltU: 'i32.lt_u' },
  bool: {},
  f32x4: { eq: 'f32x4.eq', ne: 'f32x4.ne', lt: 'f32x4.lt', le: 'f32x4.le', gt: 'f32x4.gt', ge: 'f32x4.ge' },
  f64x2: { eq: 'f64x2.eq', ne: 'f64x2.ne', lt: 'f64x2.lt', le: 'f64x2.le', gt: 'f64x2.gt', ge: 'f64x2.ge' },
  i32x4: {
    eq: 'i32x4.eq',
    ne: 'i32x4.ne',
    lt: 'i32x4.lt_s',
    le: 'i32x4.le_s',
    gt: 'i32x4.gt_s',
    ge: 'i32x4.ge_s',
    ltU: 'i32x4.lt_u',
  },
  boolx4: {},
  boolx2: {},
}

/** An empty list where the bits stay as they are; absent where the conversion is composed. */
type Conversions = { readonly [O in ConvertOp]?: readonly OpcodeName[] }

export const scalarConversions: Conversions = {
  f32ToF64: ['f64.promote_f32'],
  f64ToF32: ['f32.demote_f64'],
  i32ToF32: ['f32.convert_i32_s'],
  i32ToF64: ['f64.convert_i32_s'],
  u32ToF32: ['f32.convert_i32_u'],
  u32ToF64: ['f64.convert_i32_u'],
  f32ToI32: ['i32.trunc_sat_f32_s'],
  f64ToI32: ['i32.trunc_sat_f64_s'],
  boolToI32: [],
  boolToF32: ['f32.convert_i32_s'],
  boolToF64: ['f64.convert_i32_s'],
  bitsF32ToI32: ['i32.reinterpret_f32'],
  bitsI32ToF32: ['f32.reinterpret_i32'],
  lowWordF64: ['i64.reinterpret_f64', 'i32.wrap_i64'],
}

export const vectorConversions: Conversions = {
  i32ToF32: ['f32x4.convert_i32x4_s'],
  u32ToF32: ['f32x4.convert_i32x4_u'],
  f32ToI32: ['i32x4.trunc_sat_f32x4_s'],
  f32ToF64: ['f64x2.promote_low_f32x4'],
  f64ToF32: ['f32x4.demote_f64x2_zero'],
  i32ToF64: ['f64x2.convert_low_i32x4_s'],
  u32ToF64: ['f64x2.convert_low_i32x4_u'],
  f64ToI32: ['i32x4.trunc_sat_f64x2_s_zero'],
  bitsF32ToI32: [],
  bitsI32ToF32: [],
}
