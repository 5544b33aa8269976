import { InternalError } from '../../base/errors.ts'
import type { Expr } from '../../kernel/ir.ts'
import type { KernelContext } from './kernel-context.ts'
import { scalarConversions, vectorConversions } from './opcode-tables.ts'
import { isHalfVector, narrowMask } from './half-vector.ts'
import { pushUniform } from './vector-constant.ts'

/** Leaves the converted value on the stack. */
export function emitConversion(context: KernelContext, { op, x, type }: Extract<Expr, { kind: 'convert' }>): void {
  const { builder } = context
  context.push(x)
  const sequence = (type.lanes === 1 ? scalarConversions : vectorConversions)[op]
  if (sequence) {
    for (const opcode of sequence) builder.emit(opcode)
  } else if (type.lanes === 1 && op === 'highWordF64') {
    builder.emit('i64.reinterpret_f64')
    builder.emit('i64.const', 32)
    builder.emit('i64.shr_u')
    builder.emit('i32.wrap_i64')
  } else if (type.lanes !== 1 && (op === 'boolToI32' || op === 'boolToF32' || op === 'boolToF64')) {
    if (isHalfVector(type)) narrowMask(context)
    // A mask keeps the bits of 1 or clears them.
    pushUniform(context, type.scalar, type.lanes, 1)
    builder.emit('v128.and')
  } else throw new InternalError(`there is no conversion ${op} of ${type.lanes} lanes`)
}
