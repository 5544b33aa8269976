import { InternalError } from '../../base/errors.ts'
import type { Statement } from '../../kernel/ir.ts'
import type { KernelContext } from './kernel-context.ts'

type Check = Extract<Statement, { kind: 'check' }>

/** Returns the site from the function when a lane is not ok, after writing that lane's value to the status slot. */
export function emitCheck(context: KernelContext, check: Check): void {
  if (check.site <= 0) throw new InternalError(`a check has the site number ${check.site}`)
  if (check.count === 0) return
  if (check.ok.type.lanes === 1) emitScalarCheck(context, check)
  else emitVectorCheck(context, check)
}

function emitScalarCheck(context: KernelContext, check: Check): void {
  const { builder } = context
  context.push(check.ok)
  builder.emit('i32.eqz')
  builder.open('if')
  fail(context, check.site, () => context.push(check.value))
  builder.emit('end')
}

function fail({ builder, statusByteOffset, statusBase }: KernelContext, site: number, pushValue: () => void): void {
  if (statusBase === undefined) builder.emit('i32.const', 0)
  else builder.emit('local.get', statusBase)
  pushValue()
  builder.emitNoted('status', 'i32.store', statusByteOffset)
  builder.emit('i32.const', site)
  builder.emit('return')
}

function emitVectorCheck(context: KernelContext, check: Check): void {
  const { builder } = context
  const { lanes } = check.ok.type
  const count = check.count ?? lanes
  const every = 2 ** count - 1
  const failing = builder.borrow('i32')
  context.push(check.ok)
  builder.emit(lanes === 2 ? 'i64x2.bitmask' : 'i32x4.bitmask')
  builder.emit('i32.const', every)
  builder.emit('i32.and')
  builder.emit('i32.const', every)
  builder.emit('i32.xor')
  builder.emit('local.tee', failing)
  builder.open('if')
  fail(context, check.site, () => pushFirstFailing(context, check, count, failing))
  builder.emit('end')
  builder.giveBack(failing, 'i32')
}

/** The value of the first lane whose bit is set in `failing`. */
function pushFirstFailing(context: KernelContext, check: Check, count: number, failing: number): void {
  const { builder } = context
  if (check.value.type.lanes === 1) return context.push(check.value)
  const values = builder.borrow('v128')
  context.push(check.value)
  builder.emit('local.set', values)
  const pushFrom = (lane: number): void => {
    builder.emit('local.get', values)
    builder.emit('i32x4.extract_lane', lane)
    if (lane === count - 1) return
    pushFrom(lane + 1)
    builder.emit('local.get', failing)
    builder.emit('i32.const', 2 ** lane)
    builder.emit('i32.and')
    builder.emit('select')
  }
  pushFrom(0)
  builder.giveBack(values, 'v128')
}
