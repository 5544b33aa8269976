import { InternalError } from '../../base/errors.ts'
import type { Expr } from '../../kernel/ir.ts'
import { emitArithmetic, emitFma, emitUnary } from './emit-arithmetic.ts'
import { emitConversion } from './emit-conversion.ts'
import { emitLoad } from './emit-load.ts'
import type { KernelContext } from './kernel-context.ts'
import { compareOpcodes, shapeOf } from './opcode-tables.ts'
import { isHalfVector, narrowMask } from './half-vector.ts'
import { pushLaneMask, pushUniform, pushVector, wordsOf } from './vector-constant.ts'

type Of<K extends Expr['kind']> = Extract<Expr, { kind: K }>

/** Leaves the value of the expression on the stack. */
export function emitExpression(context: KernelContext, expression: Expr): void {
  const { builder } = context
  switch (expression.kind) {
    case 'constant':
      return emitConstant(context, expression)
    case 'indexValue':
      return emitIndexValue(context, expression)
    case 'laneMask':
      return expression.type.lanes === 1
        ? builder.emit('i32.const', expression.count > 0 ? 1 : 0)
        : pushLaneMask(context, expression.type.lanes, expression.count)
    case 'load':
      return emitLoad(context, expression)
    case 'read':
      return builder.emit('local.get', context.localOf(expression.variable))
    case 'unary':
      return emitUnary(context, expression)
    case 'binary':
      return emitArithmetic(context, expression)
    case 'compare':
      return emitCompare(context, expression)
    case 'select':
      return emitSelect(context, expression)
    case 'convert':
      return emitConversion(context, expression)
    case 'fma':
      return emitFma(context, expression)
    case 'lane':
      return emitLane(context, expression)
    case 'splat':
      return emitSplat(context, expression)
    case 'shuffle':
      return emitShuffle(context, expression)
    case 'makeF64':
      return emitMakeF64(context, expression)
    case 'host':
      expression.args.forEach((argument) => context.push(argument))
      return builder.emit('call', context.hostFunctionIndex(expression.fn))
  }
}

function emitConstant(context: KernelContext, { type, value }: Of<'constant'>): void {
  const { scalar, lanes } = type
  if (lanes !== 1) pushUniform(context, scalar, lanes, value)
  else if (scalar === 'f32') context.builder.emit('f32.const', Math.fround(value))
  else if (scalar === 'f64') context.builder.emit('f64.const', value)
  else context.builder.emit('i32.const', value | 0)
}

function emitIndexValue(context: KernelContext, { type, affine, laneStride }: Of<'indexValue'>): void {
  const { builder } = context
  const { local, constant } = context.addressing.resolve({ base: undefined, affine, scale: 1 })
  if (type.lanes === 1) {
    if (local !== undefined) builder.emit('local.get', local)
    if (local === undefined || constant !== 0) builder.emit('i32.const', constant)
    if (local !== undefined && constant !== 0) builder.emit('i32.add')
    return
  }
  const inLanes = [0, 1, 2, 3].map((lane) => constant + lane * laneStride)
  const isZero = inLanes.every((value) => value === 0)
  if (local !== undefined) {
    builder.emit('local.get', local)
    builder.emit('i32x4.splat')
    if (isZero) return
  }
  pushVector(context, wordsOf('i32', inLanes), `i32:${constant}+lane*${laneStride}`)
  if (local !== undefined) builder.emit('i32x4.add')
}

function emitCompare(context: KernelContext, { op, a, b }: Of<'compare'>): void {
  const { builder } = context
  const opcode = compareOpcodes[shapeOf(a.type)][op]
  if (!opcode) throw new InternalError(`there is no comparison ${op} of ${shapeOf(a.type)}`)
  context.push(a)
  context.push(b)
  builder.emit(opcode)
  if (isHalfVector(a.type)) builder.emit('i64x2.extend_low_i32x4_s')
}

/** Engines make three instructions of `bitselect`: one or two are enough where an operand is 0 or the result only has to be NaN. */
function emitSelect(context: KernelContext, { type, condition, a, b }: Of<'select'>): void {
  const { builder } = context
  const pushCondition = (): void => {
    context.push(condition)
    if (isHalfVector(type)) narrowMask(context)
  }
  if (type.lanes === 1) {
    context.push(a)
    context.push(b)
    pushCondition()
    builder.emit('select')
  } else if (isNaNTest(condition, a)) {
    context.push(b)
    pushCondition()
    builder.emit('v128.or') // all bits set are a NaN too
  } else if (isZero(b)) {
    context.push(a)
    pushCondition()
    builder.emit('v128.and')
  } else if (isZero(a)) {
    context.push(b)
    pushCondition()
    builder.emit('v128.andnot')
  } else {
    context.push(a)
    context.push(b)
    pushCondition()
    builder.emit('v128.bitselect')
  }
}

const isZero = (x: Expr): boolean => x.kind === 'constant' && Object.is(x.value, 0)

/** Whether `condition` is x ≠ x for a float register x. */
const isNaNTest = (condition: Expr, x: Expr): boolean =>
  x.kind === 'read' &&
  x.type.scalar !== 'i32' &&
  condition.kind === 'compare' &&
  condition.op === 'ne' &&
  [condition.a, condition.b].every((side) => side.kind === 'read' && side.variable === x.variable)
function emitShuffle(context: KernelContext, { a, b, pick }: Of<'shuffle'>): void {
  context.push(a)
  context.push(b)
  const bytes = 16 / pick.length
  const immediates = pick.flatMap((lane) => Array.from({ length: bytes }, (_, byte) => lane * bytes + byte))
  context.builder.emit('i8x16.shuffle', ...immediates)
}

function emitLane(context: KernelContext, { x, lane }: Of<'lane'>): void {
  const { builder } = context
  const { scalar, lanes } = x.type
  context.push(x)
  if (lanes === 1) return
  if (scalar === 'f32') builder.emit('f32x4.extract_lane', lane)
  else if (scalar === 'f64') builder.emit('f64x2.extract_lane', lane)
  else if (scalar === 'i32') builder.emit('i32x4.extract_lane', lane)
  else {
    builder.emit('i32x4.extract_lane', (lane * 4) / lanes)
    builder.emit('i32.const', 1)
    builder.emit('i32.and')
  }
}

function emitSplat(context: KernelContext, { type, x }: Of<'splat'>): void {
  const { builder } = context
  if (x.kind === 'constant') return context.push({ ...x, type })
  if (type.lanes === 1) return context.push(x)
  if (x.kind === 'load') return context.push({ ...x, type, laneStride: 0 }) // read and spread by one instruction
  if (type.scalar === 'bool') {
    builder.emit('i32.const', 0) // a mask is 0 − bool
    context.push(x)
    builder.emit('i32.sub')
    return builder.emit('i32x4.splat')
  }
  context.push(x)
  builder.emit(`${shapeOf(type) as 'f32x4' | 'f64x2' | 'i32x4'}.splat`) // bools and scalars are dealt with above
}

/** high · 2³² + low, as bits. */
function emitMakeF64(context: KernelContext, { high, low }: Of<'makeF64'>): void {
  const { builder } = context
  context.push(high)
  builder.emit('i64.extend_i32_u')
  builder.emit('i64.const', 32)
  builder.emit('i64.shl')
  context.push(low)
  builder.emit('i64.extend_i32_u')
  builder.emit('i64.or')
  builder.emit('f64.reinterpret_i64')
}
