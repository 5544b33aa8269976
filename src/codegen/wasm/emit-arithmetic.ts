import { InternalError } from '../../base/errors.ts'
import type { Expr } from '../../kernel/ir.ts'
import type { KernelContext } from './kernel-context.ts'
import { pushVector, wordsOf } from './vector-constant.ts'
import { binaryOpcodes, shapeOf, unaryOpcodes, valueTypeOf } from './opcode-tables.ts'

type Of<K extends Expr['kind']> = Extract<Expr, { kind: K }>

export function emitUnary(context: KernelContext, { op, x }: Of<'unary'>): void {
  const { builder } = context
  const opcode = unaryOpcodes[shapeOf(x.type)][op]
  if (x.type.lanes !== 1 && x.type.scalar === 'f32' && (op === 'neg' || op === 'abs')) {
    // V8 makes three instructions of f32x4.neg and f32x4.abs; with the mask in a register it is one.
    context.push(x)
    pushVector(context, wordsOf('i32', new Array<number>(4).fill(op === 'neg' ? -0x80000000 : 0x7fffffff)), `f32:${op}`)
    builder.emit(op === 'neg' ? 'v128.xor' : 'v128.and')
  } else if (opcode) {
    context.push(x)
    builder.emit(opcode)
  } else if (shapeOf(x.type) === 'i32' && op === 'neg') {
    builder.emit('i32.const', 0)
    context.push(x)
    builder.emit('i32.sub')
  } else if (shapeOf(x.type) === 'i32' && op === 'abs') emitIntegerAbs(context, x)
  else throw new InternalError(`there is no ${op} of ${shapeOf(x.type)}`)
}

/** (x ^ s) − s with s = x >> 31, which wraps for −2³¹ as the vector instruction does. */
function emitIntegerAbs(context: KernelContext, x: Expr): void {
  const { builder } = context
  const held = hold(context, x)
  const pushSign = (): void => {
    held.push()
    builder.emit('i32.const', 31)
    builder.emit('i32.shr_s')
  }
  held.push()
  pushSign()
  builder.emit('i32.xor')
  pushSign()
  builder.emit('i32.sub')
  held.release()
}

export function emitArithmetic(context: KernelContext, { op, a, b }: Of<'binary'>): void {
  const { builder } = context
  const opcode = binaryOpcodes[shapeOf(a.type)][op]
  if (opcode) {
    context.push(a)
    if (op === 'shl' || op === 'shrS' || op === 'shrU') pushShiftCount(context, b)
    else context.push(b)
    builder.emit(opcode)
  } else if (a.type.lanes === 1 && (op === 'pmin' || op === 'pmax')) emitScalarPick(context, op, a, b)
  else throw new InternalError(`there is no ${op} of ${shapeOf(a.type)}`)
}

/** Vectors are shifted by a scalar, the same for all lanes. */
function pushShiftCount(context: KernelContext, count: Expr): void {
  if (count.type.lanes === 1) return context.push(count)
  if (count.kind === 'constant') return context.builder.emit('i32.const', count.value | 0)
  if (count.kind === 'splat') return context.push(count.x)
  throw new InternalError('lanes cannot be shifted by different counts')
}

/** pmin: b < a ? b : a; pmax: a < b ? b : a. */
function emitScalarPick(context: KernelContext, op: 'pmin' | 'pmax', a: Expr, b: Expr): void {
  const { builder } = context
  const { scalar } = a.type
  if (scalar === 'bool') throw new InternalError(`there is no ${op} of bool`)
  const heldA = hold(context, a)
  const heldB = hold(context, b)
  const [smaller, larger] = op === 'pmin' ? [heldB, heldA] : [heldA, heldB]
  heldB.push()
  heldA.push()
  smaller.push()
  larger.push()
  builder.emit(scalar === 'i32' ? 'i32.lt_s' : `${scalar}.lt`)
  builder.emit('select')
  heldB.release()
  heldA.release()
}

export function emitFma(context: KernelContext, { type, a, b, c }: Of<'fma'>): void {
  const { builder } = context
  const shape = shapeOf(type)
  const mul = binaryOpcodes[shape].mul
  const add = binaryOpcodes[shape].add
  if (!mul || !add) throw new InternalError(`there is no multiply-add of ${shape}`)
  if (context.fma === 'separate' || type.scalar === 'i32') {
    context.push(a)
    context.push(b)
    builder.emit(mul)
    context.push(c)
    return builder.emit(add)
  }
  // The scalar instruction set has no fused multiply-add: lane 0 of the vector one rounds the same.
  const vector = type.scalar === 'f64' ? 'f64x2' : 'f32x4'
  for (const operand of [a, b, c]) {
    context.push(operand)
    if (type.lanes === 1) builder.emit(`${vector}.splat`)
  }
  builder.emit(`${vector}.relaxed_madd`)
  if (type.lanes === 1) builder.emit(`${vector}.extract_lane`, 0)
}

/** Makes a value that is needed several times pushable again: by itself if that costs nothing, else from a local. */
function hold(context: KernelContext, x: Expr): { push: () => void; release: () => void } {
  if (x.kind === 'read' || (x.kind === 'constant' && x.type.lanes === 1))
    return { push: () => context.push(x), release: () => {} }
  const { builder } = context
  const type = valueTypeOf(x.type)
  context.push(x)
  const local = builder.borrow(type)
  builder.emit('local.set', local)
  return { push: () => builder.emit('local.get', local), release: () => builder.giveBack(local, type) }
}
